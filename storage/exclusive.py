"""The whole store for one process alone, in one transaction: to put other content in its place."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import StaticPool

from .copies import copy_store
from .database import Database, be_patient, translate_errors
from .errors import StoreInUseError

TRIES = 8
LONGEST_PAUSE_MILLISECONDS = 250
POSTGRESQL_LOCK = 0x50415354


@contextmanager
def exclusive(database: Database) -> Generator[Connection, None, None]:
    """Open a transaction on the store while no other process has it open, or can open it.

    Raises StoreInUseError: ComfyUI runs, or another command; and the errors of `storage.errors`.
    """
    database.engine.dispose()  # our own connections would stand in our way
    is_sqlite = database.engine.dialect.name == "sqlite"
    with translate_errors(), (_take_file if is_sqlite else _take_schema)(database) as connection:
        yield connection


@contextmanager
def _take_file(database: Database) -> Generator[Connection, None, None]:
    """Hold SQLite's file as it was held before there was a write-ahead log: by one process."""
    raw = _seize(database)
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
            try:
                yield connection
            except BaseException:
                raw.rollback()
                raise
            connection.exec_driver_sql("COMMIT")
        raw.execute("PRAGMA locking_mode=NORMAL")
        raw.execute("PRAGMA journal_mode=WAL")
    finally:
        engine.dispose()
        raw.close()


def copy_exclusive(connection: Connection, path: Path) -> None:
    """Copy the SQLite store that this connection holds alone, before it has changed anything.

    Raises what `copy_store` raises.
    """
    connection.exec_driver_sql("COMMIT")  # the file stays ours between the two
    raw: Any = connection.connection.driver_connection
    copy_store(raw, path)
    connection.exec_driver_sql("BEGIN EXCLUSIVE")


def _seize(database: Database) -> sqlite3.Connection:
    # Two that try at once see each other: they try again, not at the same time.
    for _ in range(TRIES):
        raw = sqlite3.connect(
            database.engine.url.database or "",
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # Leaving the write-ahead log wants the file for oneself: refused while it is open.
            raw.execute("PRAGMA journal_mode=DELETE")
            raw.execute("PRAGMA locking_mode=EXCLUSIVE")
            raw.execute("BEGIN EXCLUSIVE")
            raw.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raw.close()
            if "locked" not in str(error):
                raise
            _pause()
        else:
            for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
                raw.execute(f"PRAGMA {pragma}")
            return raw
    raise _in_use()


@contextmanager
def _take_schema(database: Database) -> Generator[Connection, None, None]:
    """Lock PostgreSQL's tables while nobody else of us is connected to the schema."""
    try:
        with database.engine.begin() as connection:
            be_patient(connection)
            lock = text("SELECT pg_try_advisory_xact_lock(:key, hashtext(current_schema()))")
            if not connection.execute(lock, {"key": POSTGRESQL_LOCK}).scalar():
                raise _in_use()
            _wait_until_alone(connection)
            # Whoever starts meanwhile reads the first of these first, and waits.
            connection.execute(
                text("LOCK TABLE alembic_version, instance, accounts IN ACCESS EXCLUSIVE MODE")
            )
            yield connection
    finally:
        database.engine.dispose()  # or another who waits to be alone would see us


def _wait_until_alone(connection: Connection) -> None:
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = current_setting('application_name')"
        " AND pid <> pg_backend_pid()"
    )
    for _ in range(TRIES):
        connection.execute(text("SELECT pg_stat_clear_snapshot()"))
        if not connection.execute(others).scalar():
            return
        _pause()
    raise _in_use()


def _pause() -> None:
    time.sleep((50 + secrets.randbelow(LONGEST_PAUSE_MILLISECONDS)) / 1000)


def _in_use() -> StoreInUseError:
    return StoreInUseError(
        "The store is in use: ComfyUI runs with it, or another command does. Nothing was changed; "
        "stop ComfyUI, on each machine that shares the store, and try again."
    )
