"""Refused calls are written down in a few rows, however many there are."""

from __future__ import annotations

import json

import pytest
from passport.audit.refusals import MOST_ROWS, Refusal, Refusals
from passport.storage.audit_rows import delete_events_before
from passport.storage.errors import StorageError
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import ADA, events, register

NETWORK = "203.0.113.0/24"
FORGED = Refusal("api_key_not_good", None, NETWORK)
FOREIGN = Refusal("foreign_request", None, NETWORK)


@pytest.fixture
def refusals(house, clock):
    return Refusals(house.database, clock)


def written(house):
    rows = [event for event in events(house) if event.action == "calls_refused"]
    return [(*json.loads(row.details).values(), row.account_id, row.network) for row in rows]


def test_each_kind_and_network_has_a_row_with_a_count(house, refusals):
    for refusal in (FORGED, FORGED, FOREIGN, Refusal("foreign_request", None, "198.51.100.0/24")):
        refusals.note(refusal)
    refusals.write()
    assert written(house) == [
        ("api_key_not_good", 2, None, NETWORK),
        ("foreign_request", 1, None, NETWORK),
        ("foreign_request", 1, None, "198.51.100.0/24"),
    ]


def test_what_comes_later_is_counted_in_the_same_row(open_house, clock):
    house = open_house()
    refusals = Refusals(house.database, clock)
    for _ in range(3):
        refusals.note(FORGED)
        refusals.write()
    assert written(house) == [("api_key_not_good", 3, None, NETWORK)]


def test_until_its_hour_is_over(house, refusals, clock):
    refusals.note(FORGED)
    refusals.write()
    clock.advance(hours=1)
    refusals.write()
    refusals.note(FORGED)
    refusals.write()
    assert written(house) == [("api_key_not_good", 1, None, NETWORK)] * 2


def test_a_refused_call_touches_no_store(refusals, statements):
    refusals.note(FORGED)
    assert statements == []


def test_nothing_new_writes_nothing(refusals, statements):
    refusals.note(FORGED)
    refusals.write()
    statements.clear()
    refusals.write()
    assert statements == []


def test_a_stranger_with_many_addresses_does_not_fill_the_store(house, refusals):
    for number in range(MOST_ROWS * 5):
        refusals.note(Refusal("api_key_not_good", None, f"2001:db8:0:{number:x}::/64"))
        if number % 100 == 0:
            refusals.write()
    refusals.write()
    rows = written(house)
    assert len(rows) == MOST_ROWS + 1
    assert rows[-1] == ("api_key_not_good", MOST_ROWS * 4, None, "")


def test_what_could_not_be_written_is_written_later(house, refusals, monkeypatch):
    refusals.note(FORGED)
    with monkeypatch.context() as broken:
        broken.setattr(house.database, "transaction", lambda: _raise(StorageError("It is away.")))
        with pytest.raises(StorageError):
            refusals.write()
    refusals.note(FORGED)
    refusals.write()
    assert written(house) == [("api_key_not_good", 2, None, NETWORK)]


def test_a_row_that_was_forgotten_is_begun_anew(house, refusals, clock):
    refusals.note(FORGED)
    refusals.write()
    clock.advance(minutes=1)
    with house.database.transaction() as connection:
        delete_events_before(connection, clock())
    refusals.note(FORGED)
    refusals.write()
    assert written(house) == [("api_key_not_good", 2, None, NETWORK)]


async def test_it_is_known_whose_account_it_was(house, refusals):
    ada = (await register(house, ADA)).account.id
    refusals.note(Refusal("owner_only", ada, NETWORK))
    refusals.write()
    assert written(house) == [("owner_only", 1, ada, NETWORK)]


async def test_of_an_account_that_is_deleted_nothing_comes_back(house, refusals):
    ada = (await register(house, ADA)).account.id
    refusals.note(Refusal("owner_only", ada, NETWORK))
    house.accounts.leaving.delete(ada, HERE)
    refusals.write()
    assert written(house) == [("owner_only", 1, None, NETWORK)]


def _raise(error):
    raise error
