"""What the checks need to know of the ComfyUI around us; `comfyui` finds it out."""

from __future__ import annotations

from dataclasses import dataclass

GUARDED = "guarded"
FALLBACK = "fallback"


@dataclass(frozen=True)
class HostFacts:
    """Versions, start options, and how prompts get their credential here."""

    comfyui_version: str = ""
    frontend_served: str = ""
    frontend_wanted: str = ""
    """The version that this ComfyUI asks for in its requirements."""
    listen: str = "127.0.0.1"
    tls: bool = False
    cors_open: bool = False
    binding: str = GUARDED
    uncovered: tuple[str, ...] = ()
    """Ways out of ComfyUI whose form we do not know, and which are not redacted."""
    refused_copies: tuple[str, ...] = ()
    """Folders of further copies of Passport, which were not loaded."""
    output_folder: str = ""
    users_folder: str = ""
    """Where ComfyUI keeps what it makes, and the folders of its users."""
