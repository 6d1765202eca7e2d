"""Passport: accounts and API keys for ComfyUI. This file is ComfyUI's door to it."""

from __future__ import annotations

from .comfyui.install import install
from .nodes import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS

WEB_DIRECTORY = "./web/js"

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "WEB_DIRECTORY"]

install()
