"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

START = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)


class SettableClock:
    """Call it for the present; `advance(minutes=5)` moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> datetime:
        self.now += timedelta(**units)
        return self.now
