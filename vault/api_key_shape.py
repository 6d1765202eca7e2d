"""What a Comfy API key looks like, and what is wrong with a text that is none."""

from __future__ import annotations

import re

from ..secret import Secret
from .errors import ApiKeyMalformedError

PREFIX = "comfyui-"
LENGTH = 72
CHARACTERS = re.compile(r"[A-Za-z0-9._~+/=-]*")

OTHER_SERVICES = {
    "sk-ant-": "Anthropic",
    "sk-": "OpenAI",
    "hf_": "Hugging Face",
    "r8_": "Replicate",
    "ghp_": "GitHub",
    "github_pat_": "GitHub",
    "AIza": "Google",
}


def parse_api_key(text: str) -> Secret:
    """Return the key without the blanks that pasting brings along.

    Raises ApiKeyMalformedError and says what is wrong, never what was entered.
    """
    key = text.strip()
    if problem := _find_problem(key):
        reason, message = problem
        raise ApiKeyMalformedError(message, reason=reason, length=len(key), expected_length=LENGTH)
    return Secret(key)


def _find_problem(key: str) -> tuple[str, str] | None:
    if not key:
        return "empty", "Enter your Comfy API key."
    if not key.startswith(PREFIX):
        for prefix, service in OTHER_SERVICES.items():
            if key.startswith(prefix):
                return "other_service", (
                    f"This looks like a key of {service}. A Comfy API key begins with {PREFIX}."
                )
        return "prefix", f"A Comfy API key begins with {PREFIX}. Copy it whole."
    if not CHARACTERS.fullmatch(key):
        return "characters", (
            "There is a space, a line break or another character in the key that does not "
            "belong there. Copy it again."
        )
    if len(key) != LENGTH:
        word = "short" if len(key) < LENGTH else "long"
        return "length", (
            f"A Comfy API key has {LENGTH} characters; this is {abs(LENGTH - len(key))} too {word}."
            " Copy it whole."
        )
    return None
