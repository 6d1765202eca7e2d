"""Taking a way in away: never the last one that works here."""

from __future__ import annotations

import asyncio

import pytest
from passport.accounts.external_errors import IdentityMissingError, LastWayInError
from passport.accounts.merging import Asking
from passport.accounts.unlinking import Unlinking
from passport.storage.account_rows import add_identity, list_identities
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import actions, at_once, failures, log_in_with_key, register
from passport.tests.backend.provider_in_memory import GITHUB, STUDIO

GONE = "oidc:gone"
SET_UP = (STUDIO, GITHUB)


@pytest.fixture
def unlinking(house, clock):
    return Unlinking(house.database, SET_UP, clock)


def add(house, who, *kinds):
    with house.database.transaction() as connection:
        for kind in kinds:
            add_identity(
                connection,
                who.account.id,
                kind,
                f"{kind} of {who.account.id}",
                house.sessions._clock(),
            )


def kinds_of(house, who):
    with house.database.reading() as connection:
        return sorted(each.kind for each in list_identities(connection, who.account.id))


def remove(unlinking, who, kind):
    unlinking.remove(Asking(who.account.id, HERE), kind)


async def with_identities(house, *kinds):
    """An account that has just these."""
    who = await register(house)
    add(house, who, *kinds)
    if "password" not in kinds:
        with house.database.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM identities WHERE kind = 'password'")
    return who


@pytest.mark.parametrize(
    ("kinds", "removed"),
    [
        ([STUDIO, GITHUB], STUDIO),
        ([STUDIO, "comfy"], STUDIO),
        ([STUDIO, "comfy-api-key"], STUDIO),
        ([GONE, STUDIO], GONE),
        (["comfy", STUDIO], "comfy"),
    ],
)
async def test_one_of_two_that_work_goes(house, unlinking, kinds, removed):
    who = await with_identities(house, *kinds)
    remove(unlinking, who, removed)
    assert kinds_of(house, who) == sorted(set(kinds) - {removed})
    assert actions(house, who.account.id)[-1] == "identity_unlinked"


@pytest.mark.parametrize("kinds", [[STUDIO], ["comfy"], [STUDIO, GONE], [GONE]])
async def test_the_last_that_works_here_stays(house, unlinking, kinds):
    """A provider that is no longer set up is no way in."""
    who = await with_identities(house, *kinds)
    with pytest.raises(LastWayInError):
        remove(unlinking, who, kinds[0])
    assert kinds_of(house, who) == sorted(kinds)


@pytest.mark.parametrize(
    "kind", ["password", "comfy-api-key", GITHUB, "", "oidc:unknown", "x" * 1000, "a'b"]
)
async def test_what_is_not_there_or_not_to_be_unlinked_here(house, unlinking, kind):
    who = await register(house)
    add(house, who, STUDIO)
    with pytest.raises(IdentityMissingError):
        remove(unlinking, who, kind)
    assert kinds_of(house, who) == [STUDIO, "password"]


async def test_a_key_stays_where_it_is_the_only_way_in(house, unlinking):
    who = await log_in_with_key(house)
    with pytest.raises(IdentityMissingError):
        remove(unlinking, who, "comfy-api-key")
    assert kinds_of(house, who) == ["comfy-api-key"]


async def test_what_people_see_is_what_would_happen(house, unlinking):
    who = await with_identities(house, STUDIO, GONE, GITHUB)
    with house.database.reading() as connection:
        rows = list_identities(connection, who.account.id)
    assert {row.kind: unlinking.can_remove(row.kind, rows) for row in rows} == {
        STUDIO: True,
        GITHUB: True,
        GONE: True,
    }
    remove(unlinking, who, STUDIO)
    rows = [row for row in rows if row.kind != STUDIO]
    assert {row.kind: unlinking.can_remove(row.kind, rows) for row in rows} == {
        GITHUB: False,
        GONE: True,
    }


async def test_only_ones_own(house, unlinking):
    ada = await with_identities(house, STUDIO, GITHUB)
    ben = await register(house, "ben@example.org")
    with pytest.raises(IdentityMissingError):
        remove(unlinking, ben, STUDIO)
    assert kinds_of(house, ada) == [GITHUB, STUDIO]


async def test_of_two_that_are_unlinked_at_once_one_stays(open_house, clock):
    houses = [open_house() for _ in range(2)]
    who = await with_identities(houses[0], STUDIO, GITHUB)

    def removing(house, kind):
        async def act():
            remove(Unlinking(house.database, SET_UP, clock), who, kind)

        return act

    acts = [removing(house, kind) for house, kind in zip(houses, SET_UP, strict=True)]
    outcomes = await asyncio.to_thread(at_once, acts)
    assert [type(failure) for failure in failures(outcomes)] == [LastWayInError]
    assert len(kinds_of(houses[0], who)) == 1
