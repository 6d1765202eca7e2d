"""One engine, its transactions, and the small thread pool that keeps them off the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from ..errors import DependencyMissingError, SettingsError
from .database_url import name_connection, read_url
from .errors import (
    AlreadyExistsError,
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseNotPermittedError,
    DataFolderNotWritableError,
    DiskFullError,
    StorageError,
)

Result = TypeVar("Result")

LOCK_WAIT_SECONDS = 5
WAL_RETRY_SECONDS = 0.05
LARGEST_REWRITTEN_BYTES = 64 * 2**20
THREADS = 4
NO_RIGHT = "42501"  # PostgreSQL's insufficient_privilege
READS_ONLY = "passport_reads_only"
DATABASE_FILE = "passport.sqlite"


class Database:
    """Runs functions that take a Connection, each in one transaction."""

    def __init__(self, url: str) -> None:
        self.url = url
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

        Raises the errors of `storage.errors`.
        """
        with translate_errors(), self.engine.begin() as connection:
            yield connection

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
                raise _name_symptom(str(error)) from error
            finally:
                connection.close()

    async def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function that uses the store, on a thread of ours."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, function, *arguments)

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
            engine = create_engine(url, pool_pre_ping=True, pool_size=THREADS, pool_timeout=10)
            event.listen(engine, "connect", name_connection)
            return engine
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


SYMPTOMS: tuple[tuple[tuple[str, ...], type[StorageError], str], ...] = (
    (
        ("locked", "busy", "deadlock"),
        DatabaseBusyError,
        "Another process holds the Passport database locked. Nothing was changed; try again.",
    ),
    (
        ("not a database", "malformed", "corrupt"),
        DatabaseDamagedError,
        (
            "The Passport database is damaged. It was left as it is: restore it from a backup, "
            "or move it away to start with an empty one."
        ),
    ),
    (
        ("readonly", "read-only", "unable to open", "permission denied"),
        DataFolderNotWritableError,
        (
            "The Passport data folder cannot be written. Give the user that runs ComfyUI the "
            "right to write it."
        ),
    ),
    (
        ("full", "no space left"),
        DiskFullError,
        "The disk of the Passport data folder is full. Nothing was changed; free some space.",
    ),
)


@contextmanager
def translate_errors() -> Generator[None, None, None]:
    """Turn the driver's errors into ours; SQL and values stay out of the message."""
    try:
        yield
    except IntegrityError as error:
        raise AlreadyExistsError("This is there already.") from error
    except PoolTimeoutError as error:
        raise DatabaseBusyError("The Passport database answers too slowly. Try again.") from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == NO_RIGHT:
            raise DatabaseNotPermittedError(
                "The database user may not do what Passport needs in this schema. Have its owner "
                "GRANT USAGE, CREATE ON SCHEMA … TO that user, and make the user the owner of "
                "Passport's tables."
            ) from error
        raise _name_symptom(str(error.orig)) from error


def _name_symptom(text: str) -> StorageError:
    text = text.lower()
    for words, kind, message in SYMPTOMS:
        if any(word in text for word in words):
            return kind(message)
    return StorageError("The Passport database failed. The log of ComfyUI tells more.")
