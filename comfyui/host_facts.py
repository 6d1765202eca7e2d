"""Reads what the checks want to know from the ComfyUI that we run in."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
from pathlib import Path
from typing import Any

from ..network.host_facts import FALLBACK, GUARDED, HostFacts
from .execution_binding import ExecutionBinding
from .redaction import Redaction

FRONTEND_PACKAGE = "comfyui-frontend-package"


def read_host_facts(
    binding: ExecutionBinding, redaction: Redaction, refused_copies: tuple[str, ...] = ()
) -> HostFacts:
    """Return the facts as they are now. What this ComfyUI does not tell stays empty."""
    arguments: Any = importlib.import_module("comfy.cli_args").args
    return HostFacts(
        comfyui_version=_read_comfyui_version(),
        frontend_served=_read_served_frontend(arguments),
        frontend_wanted=_read_wanted_frontend(),
        listen=str(getattr(arguments, "listen", "")),
        tls=bool(getattr(arguments, "tls_keyfile", None)),
        cors_open=bool(getattr(arguments, "enable_cors_header", None)),
        binding=GUARDED if binding.guarded else FALLBACK,
        uncovered=tuple(sorted(name for name, covered in redaction.covered.items() if not covered)),
        refused_copies=refused_copies,
        output_folder=_read_folder("get_output_directory"),
        users_folder=_read_folder("get_user_directory"),
    )


def _read_folder(function: str) -> str:
    folder_paths: Any = importlib.import_module("folder_paths")
    read = getattr(folder_paths, function, None)
    return str(read()) if read else ""


def _read_comfyui_version() -> str:
    try:
        return str(importlib.import_module("comfyui_version").__version__)
    except (ImportError, AttributeError):
        return ""


def _read_served_frontend(arguments: Any) -> str:
    if getattr(arguments, "front_end_root", None):
        return ""  # somebody's own build
    chosen = str(getattr(arguments, "front_end_version", "") or "")
    if match := re.search(r"@v?(\d+\.\d+\.\d+)$", chosen):
        return match.group(1)
    try:
        return importlib.metadata.version(FRONTEND_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _read_wanted_frontend() -> str:
    folder_paths: Any = importlib.import_module("folder_paths")
    file = Path(folder_paths.__file__).parent / "requirements.txt"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return ""
    match = re.search(rf"^{FRONTEND_PACKAGE}==(\S+)", text, re.MULTILINE)
    return match.group(1) if match else ""
