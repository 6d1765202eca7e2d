"""Comparing version numbers, as far as the checks need it."""

from __future__ import annotations

import re

OLDEST_COMFYUI = "0.3.34"
OLDEST_FRONTEND = "1.18.0"


def is_older(version: str, than: str) -> bool:
    """Tell whether the version is known and older."""
    known, wanted = _numbers(version), _numbers(than)
    return bool(known) and known + [0] * (len(wanted) - len(known)) < wanted


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]
