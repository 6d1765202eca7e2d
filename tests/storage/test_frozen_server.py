"""A database server that takes connections and says nothing any more: noticed, said, left alone."""

from __future__ import annotations

import asyncio
import time

import pytest
from passport.storage import server_watch
from passport.storage.database import Database
from passport.storage.errors import DatabaseBusyError, DatabaseUnreachableError, StorageError
from passport.tests.backend.postgresql import PostgreSQL, find_binaries
from sqlalchemy import text

NOTICED_SECONDS = 10.0
"""2.25 by design; the machines that test are busy. Without the watch it is for ever."""
KNOWN_SECONDS = 5.0


@pytest.fixture(scope="module")
def freezing(postgresql):
    """A server that this file alone may freeze."""
    server = PostgreSQL(find_binaries())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database(freezing):
    database = Database(freezing.make_database())
    with database.reading():
        pass
    yield database
    freezing.thaw()
    database.close()


def ask(database):
    with database.reading() as connection:
        return connection.execute(text("SELECT 1")).scalar_one()


async def timed(database):
    """How long it took to be refused."""
    began = time.monotonic()
    with pytest.raises(DatabaseUnreachableError, match="cannot be reached"):
        await database.run(ask, database)
    return time.monotonic() - began


async def until(is_so):
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < 10
        await asyncio.sleep(0.02)


async def test_who_asks_hears_soon_and_the_next_ones_sooner_and_it_comes_back(database, freezing):
    freezing.freeze()
    first = await asyncio.gather(*(timed(database) for _ in range(12)))
    assert max(first) < NOTICED_SECONDS, "however many wait, one finds out for all"
    assert database.is_away
    known = await asyncio.gather(*(timed(database) for _ in range(12)))
    assert max(known) < KNOWN_SECONDS
    freezing.thaw()
    await until(lambda: not database.is_away)
    assert await database.run(ask, database) == 1


async def test_it_is_frozen_in_the_middle_of_a_transaction(database, freezing):
    def freeze_and_ask():
        with database.transaction() as connection:
            connection.execute(text("SELECT 1"))
            freezing.freeze()
            connection.execute(text("SELECT 1"))

    began = time.monotonic()
    with pytest.raises(DatabaseUnreachableError):
        await database.run(freeze_and_ask)
    assert time.monotonic() - began < NOTICED_SECONDS


async def test_a_slow_statement_is_no_outage_and_has_an_end(database, monkeypatch):
    """The server ends it, and where it does not, we do."""

    def sleep(statement):
        with database.transaction() as connection:
            connection.execute(text(statement))

    monkeypatch.setattr(server_watch, "SUSPECTED_AFTER_SECONDS", 0.1)
    monkeypatch.setattr(server_watch, "PROBE_SECONDS", 0.5)
    await database.run(sleep, "SELECT pg_sleep(1.2)")
    assert not database.is_away
    with pytest.raises(DatabaseBusyError, match="too long"):
        await database.run(sleep, "SET LOCAL statement_timeout = 50; SELECT pg_sleep(60)")

    monkeypatch.setattr(server_watch, "LONGEST_STATEMENT_SECONDS", -0.9)
    with pytest.raises(StorageError):
        await database.run(sleep, "SET LOCAL statement_timeout = 0; SELECT pg_sleep(60)")
    assert not database.is_away


async def test_what_is_patient_may_take_longer(database, monkeypatch):
    monkeypatch.setattr(server_watch, "LONGEST_STATEMENT_SECONDS", -0.9)

    def sleep():
        with database.transaction(patient=True) as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "0"
            connection.execute(text("SELECT pg_sleep(1)"))

    await database.run(sleep)


def test_the_server_knows_how_long_a_statement_may_take(database):
    with database.reading() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "15s"
