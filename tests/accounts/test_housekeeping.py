"""What is forgotten because nobody needs it any more, and what stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from passport.accounts.throttle import Limit, Try, count
from passport.accounts.tokens import LIFETIMES, PASSWORD_RESET
from passport.storage.tables import (
    accounts,
    audit_events,
    identities,
    invitations,
    one_time_tokens,
    passwords,
    sessions,
    throttles,
)
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.fixtures import LIFETIMES as SESSION_LIFETIMES
from passport.tests.backend.people import ADA, actions, count_rows, knows, log_in, register

MINUTE = timedelta(minutes=1)
LASTING = (accounts, identities, passwords)


@pytest.fixture
def house(open_house):
    return open_house(audit_retention_days=30)


@pytest.mark.asvs("14.2.7")
async def test_it_goes_when_its_time_has_come_and_not_before(house, clock):
    start = clock()
    ada = await register(house)
    house.accounts.recovery.make(ada.account.id, None, HERE)
    house.accounts.invitations.make(None, 1, None, HERE)
    count(house.database, clock(), Try(Limit("x", 5, timedelta(hours=30)), "ada"))
    ends = {
        throttles: start + timedelta(hours=30),
        one_time_tokens: start + LIFETIMES[PASSWORD_RESET],
        sessions: start + timedelta(seconds=SESSION_LIFETIMES.lifetime_seconds),
        invitations: start + timedelta(days=1),
        audit_events: start + timedelta(days=30),
    }
    for table, end in sorted(ends.items(), key=lambda item: item[1]):
        clock.now = end - timedelta(milliseconds=1)
        house.accounts.housekeeping.tidy()
        assert count_rows(house, table) != (0,), table.name
        clock.now = end + timedelta(milliseconds=table is audit_events)
        house.accounts.housekeeping.tidy()
        assert count_rows(house, table) == (0,), table.name
    assert count_rows(house, *LASTING) == (1, 1, 1)
    assert await log_in(house)


async def test_what_is_still_good_stays(house, clock):
    old = await register(house)
    clock.advance(seconds=SESSION_LIFETIMES.lifetime_seconds)
    new = await log_in(house)
    row, _ = house.accounts.invitations.make(None, 1, None, HERE)
    token = house.accounts.recovery.make(new.account.id, None, HERE).token.reveal()
    house.accounts.housekeeping.tidy()
    assert count_rows(house, sessions) == (1,)
    assert await knows(house, old, new) == [False, True]
    assert house.accounts.invitations.list() == [row]
    await house.accounts.recovery.confirm(token, "staple in the rain", HERE)
    assert actions(house)[0] == "registered"


async def test_a_bucket_that_was_forgotten_is_as_good_as_a_full_one(house, clock):
    each = Try(Limit("x", 2, MINUTE), ADA)
    for _ in range(2):
        count(house.database, clock(), each)
    clock.advance(seconds=119)
    house.accounts.housekeeping.tidy()
    assert count_rows(house, throttles) == (1,)
    clock.advance(seconds=1)
    house.accounts.housekeeping.tidy()
    assert count_rows(house, throttles) == (0,)
    count(house.database, clock(), each)


def test_a_store_with_nothing_in_it_is_tidy(house):
    house.accounts.housekeeping.tidy()
