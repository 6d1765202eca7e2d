"""What was deleted stands nowhere in SQLite's files any more."""

from __future__ import annotations

import sqlite3

import pytest
from passport.storage import database as database_module
from passport.storage import sqlite_engine
from passport.storage.account_rows import add_account, delete_account
from passport.storage.database import DATABASE_FILE
from passport.storage.errors import DatabaseBusyError
from passport.tests.backend.clock import START

CANARY = "canary-in-the-mine"


def add(database, name=CANARY):
    with database.transaction() as connection:
        return add_account(connection, name, None, START).id


def delete(database, account_id):
    with database.transaction() as connection:
        delete_account(connection, account_id)


def holds(tmp_path, text=CANARY):
    files = [file for file in tmp_path.iterdir() if file.name.startswith(DATABASE_FILE)]
    return any(text.encode() in file.read_bytes() for file in files)


@pytest.fixture
def without(open_sqlite, tmp_path):
    """A store from which the canary was deleted, and not scrubbed."""
    database = open_sqlite()
    delete(database, add(database))
    assert holds(tmp_path), "the log still has it"
    return database


def test_neither_file_nor_log_has_it(without, tmp_path):
    assert without.scrub()
    assert not holds(tmp_path)


def test_what_is_there_stays(without):
    account_id = add(without, "Ada")
    without.scrub()
    with without.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("SELECT id FROM accounts").scalar() == account_id


def test_a_large_store_is_not_written_anew_and_its_log_is_emptied(without, tmp_path, monkeypatch):
    monkeypatch.setattr(database_module, "LARGEST_REWRITTEN_BYTES", 0)
    assert without.scrub()
    assert not holds(tmp_path)


def test_a_connection_that_reads_nothing_is_not_in_the_way(without, tmp_path):
    other = sqlite3.connect(tmp_path / DATABASE_FILE)
    other.execute("SELECT * FROM accounts").fetchall()
    assert without.scrub()
    assert not holds(tmp_path)
    other.close()


def test_a_reader_in_the_way_is_told_and_it_can_be_done_later(open_sqlite, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_engine, "LOCK_WAIT_SECONDS", 0)
    database = open_sqlite()
    account_id = add(database)
    reader = sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM accounts").fetchall()
    delete(database, account_id)
    assert not database.scrub()
    assert not database.empty_log()
    reader.close()
    assert database.empty_log()
    assert not holds(tmp_path)


def test_a_writer_in_the_way_is_named(open_sqlite, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_engine, "LOCK_WAIT_SECONDS", 0)
    database = open_sqlite()
    writer = sqlite3.connect(tmp_path / DATABASE_FILE)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusyError):
        database.scrub()
    writer.close()


def test_on_postgresql_there_is_nothing_to_do(open_store):
    database = open_store()
    assert database.scrub()
    assert database.empty_log()


def test_a_view_of_the_store_shows_one_moment_of_it(open_store):
    here, there = open_store(), open_store()
    with here.reading() as connection:
        count = "SELECT count(*) FROM accounts"
        assert connection.exec_driver_sql(count).scalar() == 0
        add(there)
        assert connection.exec_driver_sql(count).scalar() == 0
    with here.reading() as connection:
        assert connection.exec_driver_sql(count).scalar() == 1
