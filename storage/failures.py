"""The driver's errors become ours: named by what a person can do, and by whether to try again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from .connect_failures import find_cause
from .errors import (
    AlreadyExistsError,
    CommitUncertainError,
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseNotPermittedError,
    DatabaseUnreachableError,
    DataFolderNotWritableError,
    DiskFullError,
    StorageError,
)

# PostgreSQL's conditions (its manual, appendix A); CockroachDB and YugabyteDB use the same.
UNDONE = ("40001", "40P01")
"""A serialization failure, a deadlock: the server has undone the transaction."""
ENDING = ("57P01", "57P02", "57P03")
"""The server is shut down, has crashed, is starting."""
CONNECTION = "08"
NO_RIGHT, TAKES_NO_CHANGES, TOO_MANY, TOO_SLOW = "42501", "25006", "53300", "57014"
NO_CONNECTION_LEFT = ("too many clients", "too many connections", "remaining connection slots")

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
        raise _name(error) from error


@contextmanager
def translate_commit() -> Generator[None, None, None]:
    """Do the same around a commit: when its answer is lost, nobody knows how it ended."""
    try:
        yield
    except DBAPIError as error:
        if not _is_lost(error):
            raise
        raise CommitUncertainError(
            "The connection to the Passport database was lost while a change was being kept. It "
            "may have been made or not: look before you try again."
        ) from error


def name_symptom(text: str) -> StorageError:
    """Return our error for what the driver says."""
    text = text.lower()
    for words, kind, message in SYMPTOMS:
        if any(word in text for word in words):
            return kind(message)
    return StorageError("The Passport database failed. The log of ComfyUI tells more.")


def unreachable(cause: str | None = None) -> DatabaseUnreachableError:
    """Return the error that says so, and why where somebody knows."""
    error = DatabaseUnreachableError(
        f"The Passport database cannot be reached: {cause}. ComfyUI runs on."
        if cause
        else "The Passport database cannot be reached. ComfyUI runs on; try again in a moment. If "
        "it lasts, its owner has to see to the server that PASSPORT_DATABASE_URL names."
    )
    error.repeatable = True
    return error


def _name(error: DBAPIError) -> StorageError:
    state = _read_state(error)
    if any(words in str(error.orig) for words in NO_CONNECTION_LEFT):
        state = TOO_MANY  # said before there was a connection, and so without a condition
    if state in UNDONE:
        found: StorageError = DatabaseBusyError(
            "Somebody else changed the same at the same moment. Nothing was changed; try again."
        )
        found.repeatable = True
    elif _is_lost(error) or _is_refused_here(error):
        found = unreachable(_find_cause(error))
    elif state == NO_RIGHT:
        found = DatabaseNotPermittedError(
            "The database user may not do what Passport needs in this schema. Have its owner "
            "GRANT USAGE, CREATE ON SCHEMA … TO that user, and make the user the owner of "
            "Passport's tables."
        )
    elif state == TAKES_NO_CHANGES:
        found = DatabaseUnreachableError(
            "The Passport database takes no changes: it is a standby, or set to read only. "
            "PASSPORT_DATABASE_URL has to name the primary."
        )
    elif state == TOO_MANY:
        found = DatabaseBusyError("The Passport database has no connection left. Try again.")
    elif state == TOO_SLOW:
        found = DatabaseBusyError(
            "The Passport database took too long. Nothing was changed; try again."
        )
    else:
        found = name_symptom(str(error.orig))
    return found


def _is_lost(error: DBAPIError) -> bool:
    """Tell whether the connection could not be made, or is no more."""
    if error.connection_invalidated:
        return True
    state = _read_state(error)
    if state is not None:
        return state in ENDING or state.startswith(CONNECTION)
    # What psycopg says without a condition is about the connection: there was no server to ask.
    return isinstance(error, OperationalError) and hasattr(error.orig, "sqlstate")


def _is_refused_here(error: DBAPIError) -> bool:
    """Tell whether the driver finds something in the address that it cannot use."""
    return (
        isinstance(error, ProgrammingError) and not _read_state(error) and bool(_find_cause(error))
    )


def _find_cause(error: DBAPIError) -> str | None:
    """Tell why no connection could be made; one that was there and was lost has no such cause."""
    return None if error.connection_invalidated else find_cause(str(error.orig))


def _read_state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
