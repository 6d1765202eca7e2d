"""What a benchmark has found: rows of figures, each beside its target, in sections."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """What a figure is to be, whether it is, and the reason where it is not."""

    text: str
    met: bool
    reason: str = ""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    figure: str
    target: Target | None = None


@dataclass(frozen=True)
class Section:
    """Rows that belong together, under a title; figures of one section were measured together."""

    title: str
    rows: list[Row]


def at_least(found: float, limit: float, reason: str = "") -> Target:
    """Return the target of a figure that is to be this much or more."""
    return Target(f"≥ {limit:g}", found >= limit, reason)


def at_most(found: float, limit: float, unit: str = "", reason: str = "") -> Target:
    """Return the target of a figure that is to be this much or less."""
    return Target(f"≤ {limit:g} {unit}".rstrip(), found <= limit, reason)


def spell(number: int) -> str:
    """Write a number for people."""
    return f"{number:,}".replace(",", " ")
