"""When to ask again what may be asked twice: soon, not all at the same moment, and not for ever."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

MOST_ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 0.3
LONGEST_RETRY_AFTER_SECONDS = 24 * 60 * 60  # whoever names more is not believed

WORTH_ANOTHER_TRY = frozenset({"dns", "connect", "busy", "server_error"})

_chance = secrets.SystemRandom()


def pause_before_retry(failures: int, retry_after_seconds: int | None) -> float | None:
    """Return for how long to wait after so many failures, None to give up.

    The pause doubles, and half of it is chance: those who failed together come back apart.
    """
    if failures >= MOST_ATTEMPTS:
        return None
    pause = FIRST_PAUSE_SECONDS * 2 ** (failures - 1)
    return max(_chance.uniform(pause / 2, pause), retry_after_seconds or 0)


def read_retry_after(headers: Mapping[str, str], now: datetime) -> int | None:
    """Return the seconds of a Retry-After header, which is a number or a date (RFC 9110)."""
    value = headers.get("Retry-After", "").strip()
    seconds = int(value) if _is_number(value) else _until(value, now)
    if seconds is None or not 0 <= seconds <= LONGEST_RETRY_AFTER_SECONDS:
        return None
    return seconds


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 10  # noqa: PLR2004


def _until(value: str, now: datetime) -> int | None:
    try:
        return round((parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError, OverflowError):  # no date, or one without a zone
        return None
