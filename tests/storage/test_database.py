"""Transactions, and every way in which a disk or another process can disappoint."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from passport.data_folder import make_private_file
from passport.errors import DependencyMissingError, SettingsError
from passport.storage import sqlite_engine
from passport.storage.account_rows import add_account, change_account, find_account
from passport.storage.database import DATABASE_FILE, Database, sqlite_url, translate_errors
from passport.storage.errors import (
    AlreadyExistsError,
    DatabaseBusyError,
    DatabaseDamagedError,
    DataFolderNotWritableError,
    DiskFullError,
    StorageError,
)
from passport.storage.migration import migrate
from passport.storage.tables import metadata
from passport.tests.backend.clock import START
from passport.tests.conftest import ROOT
from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

CANARY = "canary-in-a-value"


def add(database: Database, name: str = "Ada") -> str:
    with database.transaction() as connection:
        return add_account(connection, name, None, START).id


def count(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(text("SELECT count(*) FROM accounts")).scalar()


def test_a_transaction_is_kept_once_it_is_left(open_store):
    account_id = add(open_store())
    with open_store().reading() as connection:
        assert find_account(connection, account_id)


def test_an_exception_undoes_the_transaction(open_store):
    database = open_store()
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        add_account(connection, "Ada", None, START)
        raise ZeroDivisionError
    assert count(database) == 0


def test_what_is_read_is_not_written(open_store):
    database = open_store()
    with database.reading() as connection:
        add_account(connection, "Ada", None, START)
    assert count(database) == 0


def test_a_reader_waits_for_no_writer_and_sees_what_was_committed(open_store):
    database, other = open_store(), open_store()
    account_id = add(database)
    with database.transaction() as writer:
        change_account(writer, account_id, display_name="changed")
        with other.reading() as reader:
            assert find_account(reader, account_id).display_name == "Ada"


@pytest.mark.asvs("15.4.3")
def test_writers_take_turns(open_store):
    database = open_store()
    account_id = add(database, "0")

    def count_up():
        for _ in range(5):
            with database.transaction() as connection:
                # As careful as the code that reads before it writes.
                if connection.dialect.name == "postgresql":
                    connection.execute(text("LOCK TABLE accounts IN EXCLUSIVE MODE"))
                number = int(find_account(connection, account_id).display_name)
                change_account(connection, account_id, display_name=str(number + 1))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert find_account(connection, account_id).display_name == "20"


async def test_functions_run_on_a_thread_of_the_store(database):
    def name_thread(*arguments):
        return threading.current_thread().name, arguments

    name, arguments = await database.run(name_thread, 1, 2)
    assert name.startswith("passport-storage")
    assert arguments == (1, 2)


async def test_what_a_function_raises_arrives(database):
    with pytest.raises(ZeroDivisionError):
        await database.run(lambda: 1 / 0)


def test_sqlite_is_durable_when_it_acknowledges(database):
    with database.transaction() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


@pytest.mark.asvs("13.3.2")
def test_the_files_are_their_owners_alone(tmp_path):
    make_private_file(tmp_path / DATABASE_FILE)
    database = Database(sqlite_url(tmp_path))
    migrate(database)
    add(database)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    database.close()
    assert set(modes.values()) == {0o600}, modes
    assert len(modes) == 3  # the database, its log and the index of the log


LOG_IN_THEN_HANG = f"""
import sys, types, pathlib, datetime, time
package = types.ModuleType("passport"); package.__path__ = [{str(ROOT)!r}]
sys.modules["passport"] = package
from passport.storage.database import Database
from passport.storage.migration import migrate
from passport.storage.account_rows import add_account
database = Database(sys.argv[1]); migrate(database)
with database.transaction() as connection:
    row = add_account(connection, "Ada", None, datetime.datetime.now(datetime.timezone.utc))
half_done = database.engine.begin()
add_account(half_done.__enter__(), "half done", None, datetime.datetime.now(datetime.timezone.utc))
print(row.id, flush=True)
time.sleep(60)
"""


def test_what_was_acknowledged_survives_kill_9_and_what_was_half_done_does_not(store_url):
    command = [sys.executable, "-c", LOG_IN_THEN_HANG, store_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        account_id = process.stdout.readline().strip()
        process.send_signal(signal.SIGKILL)
    database = Database(store_url)
    with database.reading() as connection:
        assert find_account(connection, account_id).display_name == "Ada"
    assert count(database) == 1
    assert add(database)  # no lock is left behind
    database.close()


@pytest.mark.parametrize(
    "content", [b"x" * 4096, b"SQLite format 3\0" + b"\xff" * 8192, b"{}"], ids=len
)
def test_a_damaged_file_is_named_so_and_left_as_it_is(tmp_path, content):
    path = tmp_path / DATABASE_FILE
    path.write_bytes(content)
    database = Database(sqlite_url(tmp_path))
    with pytest.raises(DatabaseDamagedError, match="left as it is"):
        migrate(database)
    database.close()
    assert path.read_bytes() == content


def test_a_page_damaged_in_mid_file_is_named_so(tmp_path, open_sqlite):
    database = open_sqlite()
    for number in range(200):
        add(database, f"{number}" * 60)
    database.close()
    path = tmp_path / DATABASE_FILE
    content = bytearray(path.read_bytes())
    content[4096 * 2 :] = b"\xa5" * (len(content) - 4096 * 2)
    path.write_bytes(content)
    damaged = Database(sqlite_url(tmp_path))
    with pytest.raises(DatabaseDamagedError), damaged.reading() as connection:
        connection.execute(text("SELECT * FROM accounts")).all()
    damaged.close()


def test_a_store_that_another_process_holds_locked_is_busy(open_sqlite, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_engine, "LOCK_WAIT_SECONDS", 0.05)
    database = open_sqlite()
    account_id = add(database)
    holder = sqlite3.connect(tmp_path / DATABASE_FILE)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusyError, match="Nothing was changed"):
        add(database)
    with database.reading() as connection:  # people who are signed in stay so
        assert find_account(connection, account_id)
    holder.rollback()
    holder.close()
    assert add(database)


def test_a_writer_waits_for_a_lock_that_goes_away(open_sqlite, tmp_path):
    database = open_sqlite()
    holder = sqlite3.connect(tmp_path / DATABASE_FILE, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    threading.Timer(0.2, holder.rollback).start()
    assert add(database)
    holder.close()


@pytest.mark.asvs("13.2.6")
def test_a_pool_without_a_free_connection_is_busy():
    with pytest.raises(DatabaseBusyError), translate_errors():
        raise PoolTimeoutError


def test_a_missing_folder_cannot_be_written(tmp_path):
    database = Database(sqlite_url(tmp_path / "missing"))
    with pytest.raises(DataFolderNotWritableError):
        migrate(database)
    database.close()


ADD_ONE = f"""
import os, sys, types
package = types.ModuleType("passport"); package.__path__ = [{str(ROOT)!r}]
sys.modules["passport"] = package
from passport.storage.database import Database
from passport.storage.errors import StorageError
from passport.storage.account_rows import add_account
from passport.clock import utc_now
database = Database(sys.argv[1])
with database.reading() as connection:  # imports what it needs while it may
    connection.exec_driver_sql("SELECT 1")
database.engine.dispose()
os.setgid(65534); os.setuid(65534)
try:
    with database.transaction() as connection:
        add_account(connection, "Eve", None, utc_now())
except StorageError as error:
    print(error.code)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody who may not write")
def test_a_read_only_folder_cannot_be_written_and_loses_nothing(open_sqlite, tmp_path):
    database = open_sqlite()
    add(database)
    database.close()
    # Not below pytest's folder, which another user cannot even enter.
    folder = Path("/tmp", f"passport-read-only-{os.getpid()}")  # noqa: S108
    shutil.copytree(tmp_path, folder)
    folder.chmod(0o755)
    try:
        said = subprocess.run(
            [sys.executable, "-c", ADD_ONE, sqlite_url(folder)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        still_there = Database(sqlite_url(folder))
        assert count(still_there) == 1
        still_there.close()
    finally:
        shutil.rmtree(folder)
    assert said.strip() == "data_folder_not_writable"


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs root and the right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_named_so_and_loses_nothing(small_disk):
    database = Database(sqlite_url(small_disk))
    migrate(database)
    account_id = add(database)
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with pytest.raises(DiskFullError, match="Nothing was changed"):
        for _ in range(500):
            add(database, CANARY)
    ballast.unlink()
    with database.reading() as connection:
        assert find_account(connection, account_id)
    assert add(database)
    database.close()


def fail_with(words: str) -> StorageError:
    """A STUB of the driver: it fails with these words."""
    with pytest.raises(StorageError) as caught, translate_errors():
        raise OperationalError("SELECT secret", {"value": CANARY}, sqlite3.OperationalError(words))
    return caught.value


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("database is locked", DatabaseBusyError),
        ("database table is locked", DatabaseBusyError),
        ("file is not a database", DatabaseDamagedError),
        ("database disk image is malformed", DatabaseDamagedError),
        ("attempt to write a readonly database", DataFolderNotWritableError),
        ("unable to open database file", DataFolderNotWritableError),
        ("database or disk is full", DiskFullError),
        ("could not extend file: No space left on device", DiskFullError),
        ("disk I/O error", StorageError),
        ("something new", StorageError),
    ],
)
def test_the_words_of_the_driver_become_one_error_each(words, kind):
    error = fail_with(words)
    assert type(error) is kind
    assert error.message.endswith(".")


@pytest.mark.asvs("16.5.1")
def test_no_message_holds_sql_or_values(open_sqlite):
    database = open_sqlite()
    raised = [fail_with("database is locked"), fail_with(f"near SELECT {CANARY}: syntax error")]
    row = {"id": CANARY, "state": CANARY, "display_name": CANARY, "created_at": START}
    with pytest.raises(AlreadyExistsError) as caught, database.transaction() as connection:
        connection.execute(insert(metadata.tables["accounts"]).values(row))
        connection.execute(insert(metadata.tables["accounts"]).values(row))
    raised.append(caught.value)
    for error in raised:
        told = f"{error!r} {error.message} {error.details}"
        assert CANARY not in told
        assert "SELECT" not in told
        assert "INSERT" not in told


@pytest.mark.parametrize("url", ["nonsense", "oracle+nothing://x:canary@y/z", "://"])
def test_an_address_that_is_no_database_is_a_setting_to_mend(url):
    with pytest.raises(SettingsError, match="PASSPORT_DATABASE_URL") as caught:
        Database(url)
    assert "canary" not in caught.value.message


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_asked_through_psycopg_however_its_address_begins(postgresql, scheme):
    url = postgresql.make_database().replace("postgresql", scheme, 1)
    database = Database(url)
    with database.reading() as connection:
        assert connection.dialect.driver == "psycopg"
    database.close()


def test_a_missing_driver_is_named_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DependencyMissingError, match="psycopg") as caught:
        Database("postgresql://ada:canary@localhost/x")
    assert "canary" not in caught.value.message


def test_a_server_that_is_not_there_is_a_storage_error_without_the_password(postgresql):
    database = Database("postgresql://ada:canary@/x?host=/nowhere")
    with pytest.raises(StorageError) as caught:
        migrate(database)
    database.close()
    assert "canary" not in caught.value.message
