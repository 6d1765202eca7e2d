"""How long the tests of security, faults and the browser go on: a moment, or through it all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")

FULL = os.environ.get("PASSPORT_TESTS") == "full"
"""`python3 dev test --full` says so."""


def some(items: Iterable[Item], most: int) -> list[Item]:
    """Return all of them in a full run, else as many, mixed, and the same ones each time."""
    every = list(items)
    if FULL or len(every) <= most:
        return every
    mixed = sorted(every, key=lambda item: hashlib.sha256(repr(item).encode()).digest())
    return mixed[:most]
