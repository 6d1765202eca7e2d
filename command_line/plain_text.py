"""Text of other people's, made harmless for a terminal."""

from __future__ import annotations

import unicodedata

JOINERS = "\u200c\u200d"
"""Invisible, and needed by scripts and emoji; a display name may hold them."""
WIDE = ("W", "F")
ELLIPSIS = "…"


def escape(text: str) -> str:
    """Show what cannot be printed as `\\x1b`: a name must not drive the terminal."""
    return "".join(
        each if each.isprintable() or each in JOINERS else ascii(each)[1:-1] for each in text
    )


def measure(text: str) -> int:
    """Return how many cells of a terminal the text takes."""
    return sum(_width(each) for each in text)


def cut(text: str, cells: int) -> str:
    """Return the text, or its beginning and an ellipsis, in so many cells at most."""
    if measure(text) <= cells:
        return text
    left = cells - 1
    kept = ""
    for each in text:
        left -= _width(each)
        if left < 0:
            break
        kept += each
    return kept + ELLIPSIS if cells > 0 else ""


def _width(character: str) -> int:
    if unicodedata.combining(character) or character in JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in WIDE else 1
