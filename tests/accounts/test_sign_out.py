"""Logged out is out: this session, another one, all others, all."""

from __future__ import annotations

import pytest
from passport.accounts.errors import SessionMissingError
from passport.tests.backend.comfy_in_memory import OTHER_KEY
from passport.tests.backend.fixtures import HERE, LIFETIMES, House
from passport.tests.backend.people import (
    actions,
    at_once,
    events,
    failures,
    knows,
    log_in_with_key,
    successes,
)
from passport.vault.credentials import COMFY


async def test_logging_out_ends_this_session_and_keeps_the_key(house):
    here, there = await log_in_with_key(house), await log_in_with_key(house)
    assert await knows(house, here, there) == [True, True]
    house.sign_out.end(here.session, HERE)
    assert await knows(house, here, there) == [False, True]
    assert house.credentials.find(here.account.id)


async def test_advisory_a_copied_cookie_is_worth_nothing_after_log_out_elsewhere_and_later(
    house, open_sqlite, comfy, clock
):
    """Threat 17."""
    signed_in = await log_in_with_key(house)
    house.sign_out.end(signed_in.session, HERE)
    assert await knows(House(open_sqlite(), comfy, clock), signed_in) == [False]
    clock.advance(seconds=30)
    assert await knows(house, signed_in) == [False]


async def test_logging_out_and_forgetting_removes_the_key_from_the_store(house):
    signed_in = await log_in_with_key(house)
    ciphertext = signed_in.credential.ciphertext
    house.sign_out.end(signed_in.session, HERE, forget_credentials=True)
    assert house.credentials.find(signed_in.account.id) is None
    with pytest.raises(Exception, match="no credential"):
        await house.credentials.check(signed_in.account.id, COMFY)
    assert (await log_in_with_key(house)).account.id == signed_in.account.id
    assert house.credentials.find(signed_in.account.id).ciphertext != ciphertext


async def test_logging_out_twice_is_no_fault_and_one_event(house):
    signed_in = await log_in_with_key(house)
    for _ in range(2):
        house.sign_out.end(signed_in.session, HERE)
    assert actions(house).count("signed_out") == 1


async def test_another_session_is_ended_by_its_own_account_alone(house):
    ada, elsewhere = await log_in_with_key(house), await log_in_with_key(house)
    ben = await log_in_with_key(house, OTHER_KEY)
    with pytest.raises(SessionMissingError):
        house.sign_out.revoke(ben.account.id, ada.session.id, HERE)
    assert await knows(house, ada, elsewhere, ben) == [True, True, True]
    house.sign_out.revoke(ada.account.id, elsewhere.session.id, HERE)
    assert await knows(house, ada, elsewhere, ben) == [True, False, True]
    with pytest.raises(SessionMissingError, match="may have ended"):
        house.sign_out.revoke(ada.account.id, elsewhere.session.id, HERE)
    assert actions(house).count("session_revoked") == 1


@pytest.mark.parametrize("keep", [True, False])
async def test_all_sessions_of_the_account_end_and_this_one_on_request(house, keep):
    mine = [await log_in_with_key(house) for _ in range(3)]
    other = await log_in_with_key(house, OTHER_KEY)
    assert await knows(house, *mine, other) == [True] * 4
    kept = mine[0].session.id if keep else None
    ended = house.sign_out.revoke_all(mine[0].account.id, HERE, kept, by=other.account.id)
    assert ended == (2 if keep else 3)
    assert await knows(house, *mine, other) == [keep, False, False, True]
    event = events(house)[-1]
    assert event.action == "sessions_revoked"
    assert event.details == f'{{"count": {ended}, "by": "{other.account.id}"}}'


async def test_the_list_holds_those_that_can_still_be_used_the_last_seen_first(house, clock):
    first = await log_in_with_key(house)
    await log_in_with_key(house, shared_computer=True)
    clock.advance(seconds=LIFETIMES.shared_computer_idle_seconds)
    second = await log_in_with_key(house)
    await log_in_with_key(house, OTHER_KEY)
    listed = house.sign_out.list(first.account.id)
    assert [row.id for row in listed] == [second.session.id, first.session.id]
    assert {(row.method, row.address) for row in listed} == {("comfy-api-key", HERE.address)}
    clock.advance(seconds=LIFETIMES.lifetime_seconds)
    assert house.sign_out.list(first.account.id) == []


def test_one_of_many_revocations_at_once_is_the_one_that_did_it(open_house):
    houses = [open_house(), open_house()]
    (signed_in,) = at_once([lambda: log_in_with_key(houses[0])])

    def revoking(house):
        async def revoke():
            house.sign_out.revoke(signed_in.account.id, signed_in.session.id, HERE)

        return revoke

    outcomes = at_once([revoking(house) for house in houses * 5])
    assert len(successes(outcomes)) == 1
    assert {type(each) for each in failures(outcomes)} == {SessionMissingError}
    assert actions(houses[0]).count("session_revoked") == 1
