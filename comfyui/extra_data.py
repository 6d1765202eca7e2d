"""What stands in `extra_data`, the part of a prompt that travels beside the graph."""

from __future__ import annotations

import re
from typing import Any, cast

from ..secret import Secret

API_KEY = "api_key_comfy_org"
AUTH_TOKEN = "auth_token_comfy_org"  # noqa: S105  # the field's name
HANDLE = "passport"
LONGEST_CREDENTIAL = 8192
VISIBLE_ASCII = re.compile(r"[!-~]+")


def take_credentials(extra_data: dict[str, Any]) -> dict[str, Secret]:
    """Remove what stands here as credentials, and return those that a header could carry."""
    taken: dict[str, Secret] = {}
    for name in (AUTH_TOKEN, API_KEY):
        value = extra_data.pop(name, None)
        if isinstance(value, str) and _fits_a_header(value):
            taken[name] = Secret(value)
    return taken


def _fits_a_header(text: str) -> bool:
    return len(text) <= LONGEST_CREDENTIAL and VISIBLE_ASCII.fullmatch(text) is not None


def find_extra_data(json_data: object) -> dict[str, Any] | None:
    """Return the extra_data of a posted prompt, or None when it has none that is an object.

    Some clients send null, which ComfyUI answers with 500: it becomes an empty object.
    """
    if not isinstance(json_data, dict):
        return None
    prompt = cast("dict[str, Any]", json_data)
    if "extra_data" in prompt and prompt["extra_data"] is None:
        prompt["extra_data"] = {}
    extra_data = prompt.get("extra_data")
    return cast("dict[str, Any]", extra_data) if isinstance(extra_data, dict) else None


def leave(json_data: dict[str, Any], name: str, value: str) -> None:
    """Put a value into the extra_data of a posted prompt."""
    json_data.setdefault("extra_data", {})[name] = value
