"""The one seam for time: services take a `Clock`, so tests can set it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present instant, aware and in UTC."""
    return datetime.now(timezone.utc)


def is_current(now: datetime, began_at: datetime, ends_at: datetime) -> bool:
    """Tell whether what began and ends then is good now.

    It is not where a clock that went ahead began it, by more than it may last: once the clock is
    right, it would be good for as long on top.
    """
    return now < ends_at and began_at - now <= ends_at - began_at


def to_iso(instant: datetime | None) -> str | None:
    """Write an instant as people and browsers read it: `2026-11-23T02:00:00Z`."""
    if instant is None:
        return None
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_iso(text: str) -> datetime | None:
    """Read an instant as `to_iso` writes it, or with another offset; None when it is none."""
    try:
        instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return None if instant.tzinfo is None else instant.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
