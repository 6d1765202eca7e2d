"""Columns of plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .plain_text import cut, escape, measure

GAP = "  "
NARROWEST = 16
"""No column is made narrower for others to fit."""


@dataclass(frozen=True)
class Table:
    """Rows under headings; `otherwise` is said where there are none."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    otherwise: str


def draw(table: Table, cells: int | None) -> str:
    """Return the lines, each in so many cells at most; None for as long as they are."""
    if not table.rows:
        return table.otherwise
    lines = [[escape(text) for text in row] for row in (table.headings, *table.rows)]
    widths = [max(measure(text) for text in column) for column in zip(*lines, strict=True)]
    if cells is not None:
        widths = _fit(widths, cells)
    drawn = [_draw_line(line, widths) for line in lines]
    return "\n".join(drawn if cells is None else [cut(line, cells) for line in drawn])


def _fit(widths: list[int], cells: int) -> list[int]:
    """Take from the widest column, again and again, but from the last: that is the id."""
    fitted = list(widths)
    shrinking = range(len(widths) - 1)
    while sum(fitted) + len(GAP) * (len(fitted) - 1) > cells:
        widest = max(shrinking, key=lambda index: fitted[index], default=None)
        if widest is None or fitted[widest] <= NARROWEST:
            break
        fitted[widest] -= 1
    return fitted


def _draw_line(line: list[str], widths: list[int]) -> str:
    texts = [cut(text, width) for text, width in zip(line, widths, strict=True)]
    padded = (
        text + " " * (width - measure(text)) for text, width in zip(texts, widths, strict=True)
    )
    return GAP.join(padded).rstrip()
