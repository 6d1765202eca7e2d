"""The log of changes: with the change or not at all, in the order of the commits, without gaps."""

from __future__ import annotations

import threading

import pytest
from passport.storage.account_rows import add_account, change_account, delete_account
from passport.storage.change_rows import (
    ACCESS,
    CREDENTIAL,
    ChangeRow,
    delete_changes_before,
    has_changed,
    hash_account,
    list_changes,
    note_change,
    read_position,
)
from passport.storage.shared_tables import change_log
from passport.tests.backend.clock import START
from sqlalchemy import select, text


def read(database, after=0):
    with database.reading() as connection:
        return read_position(connection), list_changes(connection, after)


def numbers(database):
    with database.reading() as connection:
        return list(connection.execute(select(change_log.c.id).order_by(change_log.c.id)).scalars())


def note(database, *account_ids, kind=ACCESS):
    with database.transaction() as connection:
        note_change(connection, kind, *account_ids)


def row(account_id, kind=ACCESS):
    return ChangeRow(hash_account(account_id), kind)


def test_a_new_store_has_seen_none(open_store):
    assert read(open_store()) == (0, [])


def test_changes_are_read_by_everybody_in_their_order(open_store):
    database, other = open_store(), open_store()
    note(database, "ada")
    note(other, "ben", kind=CREDENTIAL)
    note(database, "eve")
    everything = [row("ada"), row("ben", CREDENTIAL), row("eve")]
    assert read(database) == read(other) == (3, everything)
    assert read(other, after=1) == (3, everything[1:])
    assert read(other, after=3) == (3, [])


def test_the_same_twice_in_a_transaction_is_one_change(open_store):
    database = open_store()
    note(database, "ada", "ben", "ada")
    assert read(database) == (2, [row("ada"), row("ben")])


def test_what_is_undone_leaves_neither_a_change_nor_a_gap(open_store):
    database = open_store()
    note(database, "ada")
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        note_change(connection, ACCESS, "undone")
        raise ZeroDivisionError
    with database.transaction():
        pass  # on the same connection, with nothing of its own to say
    note(database, "ben")
    assert read(database) == (2, [row("ada"), row("ben")])


@pytest.mark.parametrize("change", ["state", "deletion"])
def test_the_account_itself(open_store, change):
    database = open_store()
    with database.transaction() as connection:
        ada = add_account(connection, "Ada", None, START)
        change_account(connection, ada.id, display_name="Ada L.")
    assert read(database) == (0, [])
    with database.transaction() as connection:
        if change == "state":
            change_account(connection, ada.id, state="disabled")
        else:
            delete_account(connection, ada.id)
    assert read(database) == (1, [row(ada.id)])


def test_nobody_reads_from_it_whose_change_it_was(open_store):
    database = open_store()
    note(database, "ada")
    with database.reading() as connection:
        assert "ada" not in str(connection.execute(select(change_log)).all())


def test_whether_there_was_one_since(open_store):
    database = open_store()
    with database.transaction() as connection:
        note_change(connection, CREDENTIAL, "ada", at=START)
    with database.reading() as connection:
        assert has_changed(connection, CREDENTIAL, "ada", START)
        assert not has_changed(connection, ACCESS, "ada", START)
        assert not has_changed(connection, CREDENTIAL, "ben", START)
    with database.transaction() as connection:
        delete_changes_before(connection, START)
        assert has_changed(connection, CREDENTIAL, "ada", START)


class TestTwoConnectionsOfPostgresql:
    """The test of the tests: PostgreSQL's own sequences lose a row to whoever reads in between."""

    @pytest.fixture
    def open_store(self, postgresql):
        from passport.tests.backend.fixtures import _opener

        yield from _opener(postgresql.make_database())

    def test_its_own_sequences_show_a_later_number_first(self, open_store):
        database = open_store()
        with database.transaction() as connection:
            connection.execute(text("CREATE TABLE naive (id bigserial PRIMARY KEY, who text)"))
        add = text("INSERT INTO naive (who) VALUES (:who)")
        newest = text("SELECT max(id) FROM naive")
        with database.engine.connect() as early, database.engine.connect() as late:
            early.execute(add, {"who": "early"})
            late.execute(add, {"who": "late"})
            late.commit()
            with database.reading() as reader:
                seen = reader.execute(newest).scalar_one()
            early.commit()
        with database.reading() as reader:
            missed = reader.execute(text("SELECT who FROM naive WHERE id <= :seen"), {"seen": seen})
            assert set(missed.scalars()) == {"early", "late"}, "early came below what was seen"

    def test_one_that_began_earlier_and_commits_later_comes_later(self, open_store):
        database = open_store()
        with database.transaction() as early:
            note_change(early, ACCESS, "early")
            note(open_store(), "late")
            seen, rows = read(database)
            assert rows == [row("late")]
        assert read(database, after=seen) == (2, [row("early")])

    def test_who_has_a_number_holds_up_who_wants_one(self, open_store):
        """However commits are reordered: whoever is at it already becomes visible first."""
        database, other = open_store(), open_store()
        first, second, seen = threading.Event(), threading.Event(), []
        commit = database._commit

        def wait_then_commit(transaction):
            first.set()  # its number is taken, and not committed
            assert not second.wait(0.3), "the other one has overtaken it"
            commit(transaction)

        database._commit = wait_then_commit

        def overtake():
            first.wait(10)
            note(other, "second")
            second.set()

        thread = threading.Thread(target=overtake)
        thread.start()
        note(database, "first")
        thread.join()
        seen = read(database)
        assert seen == (2, [row("first"), row("second")])

    def test_many_writers_leave_no_gap_and_no_reader_misses_one(self, open_store):
        stores = [open_store() for _ in range(4)]
        done, heard = threading.Event(), []

        def write(number):
            for each in range(12):
                note(stores[number], f"{number}-{each}")

        def follow():
            database, position = stores[0], 0
            while not (done.is_set() and position == 48):
                newest, rows = read(database, position)
                assert len(rows) == newest - position
                heard.extend(each.account_sha256 for each in rows)
                position = newest

        writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        reader = threading.Thread(target=follow, daemon=True)
        for thread in (reader, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        done.set()
        reader.join(10)
        assert not reader.is_alive()
        assert set(heard) == {hash_account(f"{n}-{each}") for n in range(4) for each in range(12)}
        assert len(heard) == 48
        assert numbers(stores[0]) == list(range(1, 49))
