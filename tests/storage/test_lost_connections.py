"""A database server that goes away, comes back, or undoes a transaction: tried again, or said."""

from __future__ import annotations

import asyncio
import threading

import pytest
from passport.storage import database as database_module
from passport.storage.account_rows import add_account, change_account, find_account
from passport.storage.database import Database
from passport.storage.errors import (
    CommitUncertainError,
    DatabaseBusyError,
    DatabaseUnreachableError,
    StorageError,
)
from passport.storage.migration import migrate
from passport.tests.backend.clock import START
from sqlalchemy import text


@pytest.fixture
def url(postgresql):
    return postgresql.make_database()


@pytest.fixture
def database(url):
    database = Database(url)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def kill(url):
    """Call it with a connection: its backend is gone, as if somebody had cut it."""
    other = Database(url)

    def cut(connection):
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with other.transaction() as killer:
            ended = text("SELECT pg_terminate_backend(:number, 5000)")
            assert killer.execute(ended, {"number": number}).scalar_one()

    yield cut
    other.close()


def names(database):
    with database.reading() as connection:
        found = connection.execute(text("SELECT display_name FROM accounts ORDER BY 1"))
        return list(found.scalars())


def add(connection, name):
    return add_account(connection, name, None, START).id


async def test_a_transaction_that_was_cut_is_done_again_as_a_whole(database, kill):
    tries = []

    def register():
        tries.append(1)
        with database.transaction() as connection:
            add(connection, "Ada")
            if len(tries) == 1:
                kill(connection)
            add(connection, "Ben")

    await database.run(register)
    assert (len(tries), names(database)) == (2, ["Ada", "Ben"])


async def test_what_has_committed_something_is_not_done_twice(database, kill):
    tries = []

    def register():
        tries.append(1)
        with database.transaction() as connection:
            add(connection, "Ada")
        with database.transaction() as connection:
            kill(connection)
            add(connection, "Ben")

    with pytest.raises(DatabaseUnreachableError, match="cannot be reached"):
        await database.run(register)
    assert (len(tries), names(database)) == (1, ["Ada"])


async def test_a_commit_whose_answer_is_lost_is_called_uncertain_and_not_done_again(database, kill):
    tries = []

    def register():
        tries.append(1)
        with database.transaction() as connection:
            add(connection, "Ada")
            kill(connection)

    with pytest.raises(CommitUncertainError, match="may have been made or not"):
        await database.run(register)
    assert len(tries) == 1


async def test_it_gives_up_after_some_tries(database, monkeypatch, kill):
    monkeypatch.setattr(database_module, "RETRY_AFTER_SECONDS", (0.01, 0.01))
    tries = []

    def register():
        tries.append(1)
        with database.transaction() as connection:
            kill(connection)
            add(connection, "Ada")

    with pytest.raises(DatabaseUnreachableError):
        await database.run(register)
    assert (len(tries), names(database)) == (3, [])


async def test_connections_that_died_unused_are_noticed_before_they_are_used(database, postgresql):
    assert await database.run(names, database) == []
    postgresql.go_down()
    postgresql.come_up()
    assert await database.run(names, database) == []


async def test_two_that_wait_for_each_other_both_succeed(database):
    with database.transaction() as connection:
        ids = [add(connection, name) for name in ("0", "0")]
    meet, tries = threading.Barrier(2), []

    def count_up(first, second):
        tries.append(1)
        with database.transaction() as connection:
            for account_id in (first, second):
                row = text("SELECT display_name FROM accounts WHERE id = :id FOR UPDATE")
                seen = connection.execute(row, {"id": account_id}).scalar_one()
                change_account(connection, account_id, display_name=str(int(seen) + 1))
                if len(tries) <= 2 and account_id == first:
                    meet.wait(10)

    await asyncio.gather(database.run(count_up, *ids), database.run(count_up, *reversed(ids)))
    assert names(database) == ["2", "2"]
    assert len(tries) == 3, "PostgreSQL has undone one of them once"


async def test_a_serialization_failure_is_done_again(database):
    """Ours never ask for it on PostgreSQL; other servers have nothing else."""
    with database.transaction() as connection:
        ada = add(connection, "0")
    tries = []

    def count_up():
        tries.append(1)
        with database.transaction() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
            seen = find_account(connection, ada).display_name
            if len(tries) == 1:
                with database.transaction() as other:
                    change_account(other, ada, display_name="1")
                database._commits.tried = 0  # that was somebody else's
            change_account(connection, ada, display_name=str(int(seen) + 1))

    await database.run(count_up)
    assert (len(tries), names(database)) == (2, ["2"])


def test_outside_of_run_it_is_told_and_not_repeated(database, kill):
    with pytest.raises(DatabaseUnreachableError) as caught, database.transaction() as connection:
        kill(connection)
        add(connection, "Ada")
    assert caught.value.repeatable


class TestAServerThatIsNotThere:
    @pytest.fixture
    def down(self, database, postgresql):
        names(database)
        postgresql.go_down()
        yield
        postgresql.come_up()

    async def test_it_is_named(self, database, down):
        with pytest.raises(DatabaseUnreachableError, match="PASSPORT_DATABASE_URL"):
            await database.run(names, database)

    async def test_what_was_asked_while_it_restarts_gets_its_answer(
        self, database, postgresql, monkeypatch
    ):
        monkeypatch.setattr(database_module, "RETRY_AFTER_SECONDS", (0.5,) * 20)
        postgresql.go_down()
        asked = [asyncio.create_task(database.run(names, database)) for _ in range(8)]
        await asyncio.to_thread(postgresql.come_up)
        assert await asyncio.gather(*asked) == [[]] * 8


class TestServersThatRefuse:
    def test_a_user_without_the_right_to_make_tables(self, postgresql, url):
        import psycopg

        with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as admin:
            admin.execute("CREATE ROLE guest LOGIN")
            admin.execute("GRANT USAGE ON SCHEMA " + url.rpartition("%3D")[2] + " TO guest")
        database = Database(url.replace("passport@", "guest@"))
        with pytest.raises(StorageError, match="right to make and change tables"):
            migrate(database)
        database.close()

    def test_a_standby(self, database):
        failing = pytest.raises(DatabaseUnreachableError, match="primary")
        with failing, database.transaction() as connection:
            connection.execute(text("SET TRANSACTION READ ONLY"))
            add(connection, "Ada")

    def test_one_that_has_no_connection_left(self, database):
        failing = pytest.raises(DatabaseBusyError, match="no connection left")
        with failing, database.transaction() as connection:
            connection.execute(text("DO $$ BEGIN RAISE SQLSTATE '53300'; END $$"))


def test_a_job_runs_on_one_machine_at_a_time(open_store):
    here, there = open_store(), open_store()
    several = here.engine.dialect.name == "sqlite"
    with here.alone("tidy") as first, there.alone("tidy") as second, there.alone("other") as other:
        assert (first, second, other) == (True, several, True)
    with there.alone("tidy") as later:
        assert later
