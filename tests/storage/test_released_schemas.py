"""Every schema that was ever released comes to the newest with all that is in it.

A SQLite store is copied before; the copies go again.
"""

from __future__ import annotations

import logging
import os
import stat
from datetime import timedelta

import pytest
from passport.accounts.housekeeping import Housekeeping
from passport.storage import copies
from passport.storage.copies import KEPT, KEPT_FOR, PREFIX, remove_old_copies
from passport.storage.database import Database, sqlite_url
from passport.storage.errors import DataFolderNotWritableError
from passport.storage.migration import HEAD_REVISION, list_revisions, migrate, read_revision
from passport.storage.whole_store import summarize
from passport.tests.backend.fixtures import ON_EACH
from passport.tests.backend.full_store import MAIL, make_at, read_tables

OLDER = [revision for revision in list_revisions() if revision != HEAD_REVISION]


@pytest.fixture
def old(request, tmp_path):
    """A store without tables, of the kind that ON_EACH names."""
    chosen = request.node.callspec.params.get("open_chosen", "sqlite")
    database = Database(
        sqlite_url(tmp_path)
        if chosen == "sqlite"
        else request.getfixturevalue("postgresql").make_database()
    )
    yield database
    database.close()


@pytest.fixture
def sqlite(tmp_path):
    database = Database(sqlite_url(tmp_path))
    yield database
    database.close()


def list_copies(folder):
    return sorted(path.name for path in folder.glob(f"{PREFIX}*"))


def read(database):
    with database.reading() as connection:
        assert read_revision(connection) == HEAD_REVISION
        return read_tables(connection)


def test_there_is_a_released_schema_before_this_one():
    assert OLDER[0] == "0001"
    assert sorted(OLDER) == OLDER


@ON_EACH
@pytest.mark.parametrize("revision", OLDER)
def test_every_row_is_there_as_it_was(old, revision, open_chosen, clock):
    before = make_at(old, revision)
    assert all(len(rows) == 1 for rows in before.values())
    migrate(old, clock)
    after = read(old)
    for name, rows in before.items():
        (found,) = after[name]
        assert {column: found[column] for column in rows[0]} == rows[0], name
    with old.reading() as connection:
        assert summarize(connection)["accounts"].rows == 1, "the queries of today read it"


@pytest.mark.parametrize("revision", OLDER)
def test_before_that_it_is_copied_as_it_is(sqlite, tmp_path, revision, clock, caplog):
    before = make_at(sqlite, revision)
    with caplog.at_level(logging.WARNING):
        migrate(sqlite, clock)
    (name,) = list_copies(tmp_path)
    assert name == f"{PREFIX}{HEAD_REVISION}-20261123T020000000000Z.sqlite"
    assert name in caplog.text
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    copy = Database(f"sqlite:///{tmp_path / name}")
    with copy.reading() as connection:
        assert read_revision(connection) == revision
        assert read_tables(connection) == before
    copy.close()


def test_what_was_written_last_is_in_the_copy_too(sqlite, tmp_path, clock):
    """It stands in the write-ahead log as long as another process has the store open."""
    make_at(sqlite, "0003")
    other = Database(sqlite_url(tmp_path))
    with other.transaction() as connection:
        connection.exec_driver_sql("UPDATE accounts SET email = 'last@example.org'")
    migrate(sqlite, clock)
    (name,) = list_copies(tmp_path)
    assert b"last@example.org" in (tmp_path / name).read_bytes()
    other.close()


def test_a_new_store_and_a_current_one_are_not_copied(sqlite, tmp_path, clock):
    migrate(sqlite, clock)
    migrate(sqlite, clock)
    assert list_copies(tmp_path) == []


def test_a_store_that_nobody_has_used_is_not_copied(sqlite, tmp_path, clock):
    make_at(sqlite, "0003")
    with sqlite.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM accounts")
    migrate(sqlite, clock)
    assert list_copies(tmp_path) == []


@pytest.mark.parametrize("open_chosen", ["postgresql"], indirect=True)
def test_on_postgresql_it_is_said_whose_task_that_is(old, open_chosen, caplog, clock):
    make_at(old, "0003")
    with caplog.at_level(logging.WARNING):
        migrate(old, clock)
    assert "up to whoever looks after the database server" in caplog.text


def test_where_the_copy_cannot_be_made_nothing_is_changed(sqlite, tmp_path, clock, monkeypatch):
    before = make_at(sqlite, "0003")

    def fail(*_):
        """A STUB of what gives the whole file its name, on a disk that fails."""
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(copies, "name_anew", fail)
    with pytest.raises(DataFolderNotWritableError, match="nothing was changed"):
        migrate(sqlite, clock)
    with sqlite.reading() as connection:
        assert read_revision(connection) == "0003"
        assert read_tables(connection) == before
    assert list_copies(tmp_path) == []
    monkeypatch.undo()
    migrate(sqlite, clock)
    assert len(list_copies(tmp_path)) == 1


def make_copies(folder, clock, *events):
    for event in events:
        copies.name_copy(folder, event, clock.advance(minutes=1)).write_text(MAIL)


def test_the_newest_few_are_kept(tmp_path, clock):
    make_copies(tmp_path, clock, "0002", "0003", "0004", "restore", "0005", "0006", "move")
    remove_old_copies(tmp_path, clock())
    events = sorted(name.split("-")[2] for name in list_copies(tmp_path))
    assert events == ["0004", "0005", "0006", "move", "restore"]
    assert KEPT == 3


def test_advisory_none_outlives_what_is_promised_to_people_who_left(sqlite, tmp_path, clock):
    make_at(sqlite, "0003")
    migrate(sqlite, clock)
    make_copies(tmp_path, clock, "restore")
    with sqlite.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM accounts")
        connection.exec_driver_sql("DELETE FROM invitations")
    sqlite.scrub()
    tidy = Housekeeping(sqlite, 10_000, clock).tidy
    clock.advance(days=KEPT_FOR.days, minutes=-2)
    tidy()
    assert len(list_copies(tmp_path)) == 2
    clock.advance(minutes=2)
    tidy()
    assert [path.name for path in tmp_path.iterdir() if MAIL.encode() in path.read_bytes()] == []


def test_copies_lie_in_the_data_folder_also_where_the_store_is_elsewhere(sqlite, tmp_path, clock):
    migrate(sqlite, clock)
    folder = tmp_path / "data"
    folder.mkdir()
    make_copies(folder, clock, "restore")
    clock.advance(days=KEPT_FOR.days)
    Housekeeping(sqlite, 1, clock, folder).tidy()
    assert list_copies(folder) == []


def test_what_killed_processes_have_left_goes_and_what_others_are_making_stays(tmp_path, clock):
    for name, age in (("restoring-1.sqlite", 0), ("restoring-2.sqlite-wal", 2),
                      (f"{PREFIX}0004-x.sqlite.part", 2), (f"{PREFIX}0004-y.sqlite.part", 0),
                      ("notes.txt", 99)):  # fmt: skip
        (tmp_path / name).touch()
        made_at = (clock() - timedelta(hours=age)).timestamp()
        os.utime(tmp_path / name, (made_at, made_at))
    remove_old_copies(tmp_path, clock())
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "notes.txt", f"{PREFIX}0004-y.sqlite.part", "restoring-1.sqlite",
    ]  # fmt: skip
