"""One engine, its transactions, and the small thread pool that keeps them off the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from ..clock import Clock, utc_now
from ..errors import DependencyMissingError, SettingsError
from .change_rows import drop_changes, write_changes
from .errors import StorageError
from .failures import name_symptom, translate_commit, translate_errors
from .server_engine import create_server_engine, read_url

Result = TypeVar("Result")

LOCK_WAIT_SECONDS = 5
WAL_RETRY_SECONDS = 0.05
LARGEST_REWRITTEN_BYTES = 64 * 2**20
THREADS = 4
READS_ONLY = "passport_reads_only"
DATABASE_FILE = "passport.sqlite"
RETRY_AFTER_SECONDS = (0.05, 0.2, 0.5)
"""What the server has undone, or never got, is tried again after these pauses."""


class _TryAgain(Exception):  # noqa: N818
    """Nothing was kept, and it may well work now."""


class Database:
    """Runs functions that take a Connection, each in one transaction."""

    def __init__(self, url: str, clock: Clock = utc_now) -> None:
        self.url = url
        self._clock = clock
        self._commits = threading.local()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passport-storage")
        self.engine = _create_engine(url)
        # SQLite's transactions see one moment anyway; PostgreSQL's, only when they ask for it.
        self._reading: dict[str, Any] = {READS_ONLY: True}
        if self.engine.dialect.name != "sqlite":
            self._reading["isolation_level"] = "REPEATABLE READ"

    @contextmanager
    def reading(self) -> Generator[Connection, None, None]:
        """Open a view of the store that waits for no writer: one moment of it for all queries.

        Raises the errors of `storage.errors`.
        """
        with translate_errors(), self.engine.connect() as connection:
            yield connection.execution_options(**self._reading)

    @contextmanager
    def transaction(self) -> Generator[Connection, None, None]:
        """Open a transaction that is durable once left, and undone by an exception.

        Raises the errors of `storage.errors`; CommitUncertainError alone leaves open whether it
        was kept.
        """
        with translate_errors(), self.engine.connect() as connection:
            drop_changes(connection)
            transaction = connection.begin()
            with transaction:  # undoes it, unless it is committed below
                yield connection
                write_changes(connection, self._clock())
                self._commit(transaction)

    def _commit(self, transaction: Any) -> None:
        before = self._commits.tried = getattr(self._commits, "tried", 0)
        self._commits.tried += 1
        try:
            with translate_commit():
                transaction.commit()
        except DBAPIError:  # refused: the server says that it has undone it
            self._commits.tried = before
            raise

    @contextmanager
    def alone(self, job: str) -> Generator[bool, None, None]:
        """Tell whether this machine may do the job now: no other one is at it as long as this is.

        It spares work that is done twice, and nothing may rest on it. Two processes on one SQLite
        file both may.
        """
        if self.engine.dialect.name == "sqlite":
            yield True
            return
        number = int.from_bytes(hashlib.sha256(job.encode()).digest()[:8], "big", signed=True)
        with translate_errors(), self.engine.connect() as connection:
            mine = text("SELECT pg_try_advisory_xact_lock(:number)")
            yield bool(connection.execute(mine, {"number": number}).scalar_one())

    def scrub(self) -> bool:
        """Have what was deleted stand nowhere in SQLite's files any more.

        Pages that SQLite has moved rows between keep copies that `secure_delete` does not reach;
        a store that is not too large is written anew without them. Tell whether the log could be
        emptied too. On PostgreSQL this is the server's own affair (VACUUM): there is nothing to
        do. Raises the errors of `storage.errors`.
        """
        if self.engine.dialect.name != "sqlite":
            return True
        with self._sqlite() as cursor:
            (pages,) = cursor.execute("PRAGMA page_count").fetchone()
            (page_size_bytes,) = cursor.execute("PRAGMA page_size").fetchone()
            if pages * page_size_bytes <= LARGEST_REWRITTEN_BYTES:
                cursor.execute("PRAGMA temp_store=MEMORY")  # no copy of it lies in /tmp
                cursor.execute("VACUUM")
        return self.empty_log()

    def empty_log(self) -> bool:
        """Write SQLite's log back into the file and empty it, for it too has what was deleted.

        Tell whether it could be done; a reader in another process can be in the way for a moment.
        """
        if self.engine.dialect.name != "sqlite":
            return True
        with self._sqlite() as cursor:
            (busy, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    @contextmanager
    def _sqlite(self) -> Generator[Any, None, None]:
        """Open SQLite's own cursor: what follows runs in no transaction."""
        with translate_errors():
            connection = self.engine.raw_connection()
            try:
                yield connection.cursor()
            except sqlite3.Error as error:  # past SQLAlchemy, which would have wrapped it
                raise name_symptom(str(error)) from error
            finally:
                connection.close()

    async def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function that uses the store, on a thread of ours.

        It is called again, some times, when the server has undone its transaction or the
        connection was lost, as long as the function had committed nothing: whatever else it does
        must bear to be done again.
        """
        loop = asyncio.get_running_loop()
        for pause_seconds in RETRY_AFTER_SECONDS:
            try:
                return await loop.run_in_executor(self._threads, self._try, function, *arguments)
            except _TryAgain:  # noqa: PERF203  # a handful of tries
                await asyncio.sleep(pause_seconds)
        return await loop.run_in_executor(self._threads, function, *arguments)

    def _try(self, function: Callable[..., Result], *arguments: Any) -> Result:
        self._commits.tried = 0
        try:
            return function(*arguments)
        except StorageError as error:
            if error.repeatable and self._commits.tried == 0:
                raise _TryAgain from error
            raise

    def close(self) -> None:
        """Give back threads and connections. Nothing is lost without it."""
        self._threads.shutdown(wait=True)
        self.engine.dispose()


def sqlite_url(data_folder: Path) -> str:
    """Return the URL of the default store."""
    return f"sqlite:///{data_folder / DATABASE_FILE}"


def _create_engine(text: str) -> Engine:
    try:
        url = read_url(text)
        if url.get_backend_name() != "sqlite":
            return create_server_engine(
                url, THREADS + 2
            )  # the feed of changes, a job that runs alone
        engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_SECONDS})
    except ArgumentError:  # its text can hold the address, and the address a password
        raise SettingsError(
            "PASSPORT_DATABASE_URL is not the address of a database that Passport knows. Write "
            "postgresql://USER:PASSWORD@HOST/NAME, or leave it out."
        ) from None
    except ImportError as error:
        raise DependencyMissingError(
            f"PASSPORT_DATABASE_URL needs the Python package “{error.name}”. Run "
            '`pip install "psycopg[binary]"` with the Python of ComfyUI, then restart ComfyUI.',
            package=error.name,
        ) from error
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
