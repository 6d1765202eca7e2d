"""Any store comes to the newest revision, once, whoever starts at the same time."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from passport.storage import migration
from passport.storage.account_rows import find_account
from passport.storage.database import Database
from passport.storage.errors import DatabaseTooNewError
from passport.storage.session_rows import find_session
from passport.storage.tables import EPOCH, Instant, metadata
from passport.tests.conftest import ROOT
from sqlalchemy import BigInteger, inspect, text

OWNED = {
    "api_keys", "credentials", "deletion_requests", "identities", "node_packs", "one_time_tokens",
    "outbox", "outputs", "passwords", "sessions", "tickets",
}  # fmt: skip
TABLES = {
    "accounts", "audit_events", "change_counter", "change_log", "instance", "invitations",
    "pending_log_ins", "throttles", *OWNED,
}  # fmt: skip

START_LIKE_ANOTHER_PROCESS = f"""
import sys, types
import sqlalchemy.dialects.sqlite, alembic.config
package = types.ModuleType("passport"); package.__path__ = [{str(ROOT)!r}]
sys.modules["passport"] = package
from passport.storage.database import Database
from passport.storage.migration import migrate
print("ready", flush=True); sys.stdin.readline()
database = Database(sys.argv[1]); migrate(database); database.close()
"""


@pytest.fixture
def empty(store_url):
    database = Database(store_url)
    yield database
    database.close()


def test_a_new_store_gets_every_table(empty):
    migration.migrate(empty)
    with empty.reading() as connection:
        assert set(inspect(connection).get_table_names()) == TABLES | {"alembic_version"}


def test_a_first_start_says_nothing_in_comfyuis_console(empty, caplog):
    caplog.set_level(logging.INFO)
    migration.migrate(empty)
    assert caplog.messages == []
    logging.getLogger("alembic").info("Somebody else's migration")
    assert caplog.messages == ["Somebody else's migration"]


def test_the_migrations_make_just_the_tables_that_the_queries_expect(empty):
    migration.migrate(empty)

    def same_type(context, _inspected, column, kind, expected):
        here = expected._variant_mapping.get(context.dialect.name, expected)
        plain = BigInteger() if isinstance(column.type, Instant) else here
        return None if isinstance(plain, type(kind)) else not isinstance(kind, type(plain))

    with empty.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": same_type})
        assert compare_metadata(context, metadata) == []


def test_rows_of_an_account_go_with_it(empty):
    migration.migrate(empty)
    with empty.reading() as connection:
        for name in OWNED:
            (key,) = inspect(connection).get_foreign_keys(name)
            assert (key["referred_table"], key["options"]["ondelete"]) == ("accounts", "CASCADE")


def test_migrating_again_changes_nothing_and_does_not_load_alembic(empty, monkeypatch):
    migration.migrate(empty)
    monkeypatch.setattr(migration, "upgrade", pytest.fail)
    migration.migrate(empty)


def test_a_process_that_comes_second_finds_the_work_done(empty):
    """Both have read "no revision" before either held the lock."""
    migration.migrate(empty)
    with empty.transaction() as connection:
        migration.upgrade(connection)
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1


def test_processes_that_start_at_once_all_succeed(store_url):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", START_LIKE_ANOTHER_PROCESS, store_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    database = Database(store_url)
    with database.reading() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    database.close()
    assert found == [migration.HEAD_REVISION]


def test_whoever_was_logged_in_before_is_so_still_and_was_proved_long_ago(empty, monkeypatch):
    """0002 knew neither when a person was last proved, nor that accounts are cancelled."""
    newest, upgrade = migration.HEAD_REVISION, ScriptDirectory._upgrade_revs
    monkeypatch.setattr(
        ScriptDirectory, "_upgrade_revs", lambda self, _, revision: upgrade(self, "0002", revision)
    )
    migration.migrate(empty)
    with empty.transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO accounts (id, state, display_name, created_at, role)"
                " VALUES ('ada', 'active', 'Ada', 1, 'owner')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO sessions (id, account_id, token_sha256, created_at, last_seen_at,"
                " expires_at, idle_seconds, shared_computer, method, address, user_agent)"
                " VALUES ('s', 'ada', :token, 1, 1, 9, 9, false, 'password', '', '')"
            ),
            {"token": bytes(32)},
        )
    monkeypatch.undo()
    migration.migrate(empty)
    with empty.reading() as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        session, state = find_session(connection, bytes(32))
        account = find_account(connection, "ada")
    assert version == newest
    assert (session.proved_at, state) == (EPOCH, "active")
    assert (account.purge_at, account.comfy_user) == (None, None)


def test_a_store_of_a_newer_passport_is_refused_and_left_as_it_is(empty):
    migration.migrate(empty)
    with empty.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNewError, match="newer Passport"):
        migration.migrate(empty)
    with empty.reading() as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        assert version == "9999"
        assert set(inspect(connection).get_table_names()) == TABLES | {"alembic_version"}


def test_head_revision_is_the_newest_script():
    configuration = Config()
    configuration.set_main_option("script_location", str(migration.SCRIPTS))
    assert ScriptDirectory.from_config(configuration).get_heads() == [migration.HEAD_REVISION]
