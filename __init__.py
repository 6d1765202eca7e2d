"""Passport: accounts and API keys for ComfyUI. This file is ComfyUI's door to it."""

from __future__ import annotations

from . import nodes
from .comfyui.install import install

# Where another copy of Passport is here already, this one brings nothing.
is_installed = install()

NODE_CLASS_MAPPINGS = nodes.NODE_CLASS_MAPPINGS if is_installed else {}
NODE_DISPLAY_NAME_MAPPINGS = nodes.NODE_DISPLAY_NAME_MAPPINGS if is_installed else {}
WEB_DIRECTORY = "./web/js" if is_installed else None

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "WEB_DIRECTORY"]
