"""Instants."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from passport.clock import to_iso, utc_now


def test_the_present_is_aware_and_in_utc():
    assert utc_now().tzinfo is timezone.utc


@pytest.mark.asvs("16.2.2")
def test_instants_are_written_in_utc_to_the_second():
    zone = timezone(timedelta(hours=2))
    assert to_iso(datetime(2026, 11, 23, 4, 0, 0, 999999, zone)) == "2026-11-23T02:00:00Z"
    assert to_iso(None) is None
