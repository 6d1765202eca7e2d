"""Letters that wait, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import dataclasses
import threading
from datetime import timedelta

import pytest
from passport.storage import outbox_rows
from passport.storage.outbox_rows import OutboxRow
from passport.storage.tables import accounts
from passport.tests.backend.clock import START
from sqlalchemy import delete, insert

LATER = START + timedelta(minutes=2)
LATEST = START + timedelta(hours=13)


@pytest.fixture
def store(open_store):
    return open_store()


@pytest.fixture
def connection(store):
    with store.transaction() as connection:
        yield connection


def make_row(row_id="letter", **changes) -> OutboxRow:
    row = OutboxRow(
        id=row_id,
        kind="verify_email",
        recipient="ada@example.org",
        account_id=None,
        details='{"base": "https://comfy.example.org"}',
        created_at=START,
        attempts=0,
        due_at=START,
        problem=None,
    )
    return dataclasses.replace(row, **changes)


def add_account(connection, account_id="ada") -> str:
    values = {"id": account_id, "state": "active", "display_name": "", "role": "user"}
    connection.execute(insert(accounts).values(**values, created_at=START))
    return account_id


def list_due(connection, now=START, limit=10):
    return outbox_rows.list_due(connection, now, LATEST, limit)


def test_a_letter_is_found_as_it_was_put(connection):
    row = make_row(account_id=add_account(connection), problem="no answer", attempts=3)
    outbox_rows.add_to_outbox(connection, row)
    assert list_due(connection) == [row]


def test_a_letter_does_not_show_whom_it_is_for():
    assert "ada" not in repr(make_row())
    assert "comfy.example.org" not in repr(make_row())


def test_what_is_due_comes_in_order_and_in_portions(connection):
    for minutes in (2, 0, 1, 30):
        due_at = START + timedelta(minutes=minutes)
        outbox_rows.add_to_outbox(connection, make_row(f"in {minutes}", due_at=due_at))
    due = list_due(connection, LATER)
    assert [row.id for row in due] == ["in 0", "in 1", "in 2"]
    assert [row.id for row in list_due(connection, LATER, limit=2)] == ["in 0", "in 1"]


def test_a_letter_put_off_beyond_all_reason_is_due(connection):
    """The clock was set back since."""
    millisecond = timedelta(milliseconds=1)
    outbox_rows.add_to_outbox(connection, make_row("far", due_at=LATEST + millisecond))
    outbox_rows.add_to_outbox(connection, make_row("near", due_at=LATEST))
    assert [row.id for row in list_due(connection)] == ["far"]


def test_the_next_due(connection):
    assert outbox_rows.find_next_due(connection) is None
    outbox_rows.add_to_outbox(connection, make_row("one", due_at=LATER))
    outbox_rows.add_to_outbox(connection, make_row("two", due_at=LATEST))
    assert outbox_rows.find_next_due(connection) == LATER


def test_a_letter_is_claimed_once(connection):
    row = make_row()
    outbox_rows.add_to_outbox(connection, row)
    assert outbox_rows.claim(connection, row, LATER)
    assert not outbox_rows.claim(connection, row, LATER)
    assert list_due(connection) == []
    (again,) = list_due(connection, LATER)
    assert (again.attempts, again.due_at) == (1, LATER)
    assert outbox_rows.claim(connection, again, LATEST)


def test_a_letter_that_is_gone_is_not_claimed(connection):
    assert not outbox_rows.claim(connection, make_row(), LATER)


def test_of_many_who_claim_at_once_one_does(open_store):
    stores = [open_store() for _ in range(4)]
    row = make_row()
    with stores[0].transaction() as connection:
        outbox_rows.add_to_outbox(connection, row)
    start = threading.Barrier(len(stores))
    claimed = []

    def claim(store):
        start.wait()
        with store.transaction() as connection:
            claimed.append(outbox_rows.claim(connection, row, LATER))

    threads = [threading.Thread(target=claim, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == [False, False, False, True]


def test_a_claimed_letter_is_put_off_by_whoever_claimed_it(connection):
    row = make_row()
    outbox_rows.add_to_outbox(connection, row)
    outbox_rows.claim(connection, row, LATER)
    claimed = dataclasses.replace(row, due_at=LATER, attempts=1)
    assert not outbox_rows.reschedule(connection, row, LATEST, "not theirs any more")
    assert outbox_rows.reschedule(connection, claimed, LATEST, "no answer")
    (waiting,) = list_due(connection, LATEST)
    assert (waiting.due_at, waiting.attempts, waiting.problem) == (LATEST, 1, "no answer")


def test_a_letter_goes(connection):
    outbox_rows.add_to_outbox(connection, make_row("one"))
    outbox_rows.add_to_outbox(connection, make_row("two"))
    outbox_rows.delete_from_outbox(connection, "one")
    assert [row.id for row in list_due(connection)] == ["two"]


def test_letters_of_one_kind_and_account_go_together(connection):
    ada, ben = add_account(connection, "ada"), add_account(connection, "ben")
    for row_id, account_id, kind in (
        ("old", ada, "verify_email"),
        ("other kind", ada, "password_changed"),
        ("other person", ben, "verify_email"),
        ("nobody", None, "verify_email"),
    ):
        row = make_row(row_id, account_id=account_id, kind=kind)
        outbox_rows.add_to_outbox(connection, row)
    outbox_rows.delete_for_account(connection, ada, "verify_email")
    left = {row.id for row in list_due(connection)}
    assert left == {"other kind", "other person", "nobody"}


def test_the_letters_of_an_account_go_with_it(connection):
    row = make_row(account_id=add_account(connection))
    outbox_rows.add_to_outbox(connection, row)
    connection.execute(delete(accounts))
    assert outbox_rows.count_waiting(connection) == 0


def test_what_waits_and_why(connection):
    assert outbox_rows.count_waiting(connection) == 0
    assert outbox_rows.find_newest_problem(connection) is None
    minute = timedelta(minutes=1)
    for row_id, age, problem in (("a", 3, "old"), ("b", 2, "new"), ("c", 1, None)):
        row = make_row(row_id, created_at=START - age * minute, problem=problem)
        outbox_rows.add_to_outbox(connection, row)
    assert outbox_rows.count_waiting(connection) == 3
    assert outbox_rows.find_newest_problem(connection) == "new"
