"""One engine, its transactions, and the small thread pool that keeps them off the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from ..clock import Clock, utc_now
from ..errors import DependencyMissingError, SettingsError
from .change_rows import drop_changes, write_changes
from .database_url import read_url
from .errors import CommitUncertainError, DatabaseUnreachableError, StorageError
from .failures import name_symptom, translate_commit, translate_errors
from .server_engine import create_server_engine, watch_server
from .server_watch import PATIENT
from .sqlite_engine import READS_ONLY, create_sqlite_engine

Result = TypeVar("Result")

LARGEST_REWRITTEN_BYTES = 64 * 2**20
THREADS = 4
DATABASE_FILE = "passport.sqlite"
RETRY_AFTER_SECONDS = (0.05, 0.2, 0.5)
"""What the server has undone, or never got, is tried again after these pauses."""
RETRIED_FOR_SECONDS = 1
"""And no more once this has passed: whoever has waited for a silent server hears of it."""


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
        self._watch = None
        if self.engine.dialect.name != "sqlite":
            self._reading["isolation_level"] = "REPEATABLE READ"
            self._watch = watch_server(self.engine)

    @property
    def is_away(self) -> bool:
        """Whether the server is known to answer nobody just now: to ask it is to be refused."""
        return self._watch is not None and self._watch.is_away

    @contextmanager
    def reading(self) -> Generator[Connection, None, None]:
        """Open a view of the store that waits for no writer: one moment of it for all queries.

        Raises the errors of `storage.errors`.
        """
        with self._connect() as connection:
            yield connection.execution_options(**self._reading)

    @contextmanager
    def transaction(self, patient: bool = False) -> Generator[Connection, None, None]:
        """Open a transaction that is durable once left, and undone by an exception.

        One of its statements takes 15 seconds at most, unless it is `patient`. Raises the errors
        of `storage.errors`; CommitUncertainError alone leaves open whether it was kept.
        """
        with self._connect() as connection:
            drop_changes(connection)
            transaction = connection.begin()
            with transaction:  # undoes it, unless it is committed below
                if patient:
                    be_patient(connection)
                yield connection
                write_changes(connection, self._clock())
                self._commit(transaction)

    @contextmanager
    def _connect(self) -> Generator[Connection, None, None]:
        if self._watch is not None:
            self._watch.refuse_if_away()
        try:
            with translate_errors():
                with self._waiting():
                    connection = self.engine.connect()
                with connection:
                    yield connection
        except (DatabaseUnreachableError, CommitUncertainError):
            if self._watch is not None:
                self._watch.suspect()
            raise

    def _waiting(self, connection: Connection | None = None) -> AbstractContextManager[None]:
        return nullcontext() if self._watch is None else self._watch.waiting(connection)

    def _commit(self, transaction: Any) -> None:
        before = self._commits.tried = getattr(self._commits, "tried", 0)
        self._commits.tried += 1
        try:
            with translate_commit(), self._waiting(transaction.connection):
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
        with self._connect() as connection:
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
        began = time.monotonic()
        for pause_seconds in RETRY_AFTER_SECONDS:
            try:
                return await loop.run_in_executor(self._threads, self._try, function, *arguments)
            except _TryAgain:  # noqa: PERF203  # a handful of tries
                if self.is_away and time.monotonic() - began > RETRIED_FOR_SECONDS:
                    break
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
        if self._watch is not None:
            self._watch.close()
        self.engine.dispose()


def be_patient(connection: Connection) -> None:
    """Have the statements of this transaction take as long as they need."""
    connection.execution_options(**{PATIENT: True})
    if connection.dialect.name != "sqlite":
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def sqlite_url(data_folder: Path) -> str:
    """Return the URL of the default store."""
    return f"sqlite:///{data_folder / DATABASE_FILE}"


def _create_engine(text: str) -> Engine:
    try:
        url = read_url(text)
        if url.get_backend_name() == "sqlite":
            return create_sqlite_engine(url)
        return create_server_engine(url, THREADS + 2)  # the feed of changes, a job that runs alone
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
