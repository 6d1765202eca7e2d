"""The arguments of the commands that look after the store as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def add_store_commands(add: Any, text: Callable[[str], str]) -> None:
    """Add them by way of `add`; `text` reads an argument."""
    _add_rotation(add, text)


def _add_rotation(add: Any, text: Callable[[str], str]) -> None:
    rotate = add("rotate-master-key", "seal what is stored under a new master key")
    rotate.add_argument(
        "--status", action="store_true", help="only tell how much is sealed under which key"
    )
    rotate.add_argument(
        "--key-file", metavar="FILE", type=text, help="take the key from there (else: make one)"
    )
    rotate.add_argument(
        "--drop-old", action="store_true", help="forget older keys under which nothing is sealed"
    )
    rotate.add_argument(
        "--lost", action="store_true", help="the key is lost: make one, for what is entered anew"
    )
