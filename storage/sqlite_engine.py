"""The engine of a store that is a file of SQLite's."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

LOCK_WAIT_SECONDS = 5
WAL_RETRY_SECONDS = 0.05
READS_ONLY = "passport_reads_only"
"""The execution option of a connection that waits for no writer."""


def create_sqlite_engine(url: URL) -> Engine:
    """Return an engine whose transactions are durable and wait for each other."""
    engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_SECONDS})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver would begin and commit on its own around some statements: we do it ourselves.
    connection.isolation_level = None
    # What is deleted is overwritten: nobody finds it in the file's free pages afterwards.
    _use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: Any) -> None:
    # For this change alone SQLite does not wait where another process makes it at the same time.
    give_up_at = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:  # noqa: PERF203  # a handful of tries
            if "locked" not in str(error) or time.monotonic() > give_up_at:
                raise
            time.sleep(WAL_RETRY_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A read that turns into a write in mid-transaction fails at once with "locked";
    # a transaction that means to write says so at its start and waits its turn.
    reads = connection.get_execution_options().get(READS_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
