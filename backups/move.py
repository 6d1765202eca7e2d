"""The whole store into another database: from SQLite to PostgreSQL, or back."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import ArgumentError

from ..clock import Clock
from ..data_folder import make_private_file
from ..errors import SettingsError
from ..storage.copies import find_folder, name_copy
from ..storage.database import Database
from ..storage.database_url import read_url
from ..storage.errors import (
    DatabaseNotPermittedError,
    DatabaseTooNewError,
    StorageError,
)
from ..storage.exclusive import copy_exclusive, exclusive
from ..storage.instance_rows import find_store_id
from ..storage.migration import list_revisions, migrate, read_revision
from ..storage.tables import accounts
from ..storage.whole_store import Summary, carry, summarize
from .errors import CarryingFailedError, StoreNotEmptyError, TargetUnusableError

EVENT = "move"
KNOWN = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Moved:
    """What a move has done."""

    url: str
    """Where the store is now, without the password."""
    tables: dict[str, Summary]
    was_there: bool
    """Whether the target held the same already, so that nothing was to be done."""
    former: Path | None
    """The copy of what the target held before."""


class Move:
    """Carries the store of one database to others."""

    def __init__(self, source: Database, clock: Clock) -> None:
        self._source = source
        self._clock = clock

    def move(self, url: str, replace: bool = False) -> Moved:
        """Carry everything there, in one transaction, and compare what has arrived.

        The source stays as it is. `replace` allows for an earlier state of the same store there.
        Raises TargetUnusableError, StoreNotEmptyError, StoreInUseError and CarryingFailedError.
        """
        with self._open(url) as target:
            migrate(target, self._clock)
            with exclusive(self._source) as from_here, exclusive(target) as there:
                return self._carry(from_here, there, target, replace)

    def _carry(
        self, source: Connection, target: Connection, database: Database, replace: bool
    ) -> Moved:
        shown = database.engine.url.render_as_string(hide_password=True)
        expected, found = summarize(source), summarize(target)
        if expected == found:
            return Moved(shown, expected, True, None)
        former = None
        if _has_accounts(target):
            _require_earlier(source, target, replace)
            folder = find_folder(database)
            if folder is not None:
                former = name_copy(folder, EVENT, self._clock())
                copy_exclusive(target, former)
        if carry(source, target) != expected:
            raise CarryingFailedError(
                "What has arrived is not what was sent. Nothing was changed on either side."
            )
        return Moved(shown, expected, False, former)

    @contextmanager
    def _open(self, text: str) -> Generator[Database, None, None]:
        self._require_address(text)
        target = Database(text)
        try:
            self._look(target)
            yield target
        except DatabaseNotPermittedError as error:
            raise TargetUnusableError(f"At the target: {error.message}") from error
        finally:
            target.close()

    def _require_address(self, text: str) -> None:
        try:
            url = read_url(text)
        except SettingsError as error:
            raise TargetUnusableError(error.message) from error
        except ArgumentError:  # its text can hold the password
            url = None
        if url is None or url.get_backend_name() not in KNOWN:
            raise TargetUnusableError(
                "The target is not the address of a database that Passport knows. Write "
                "postgresql://USER:PASSWORD@HOST/NAME or sqlite:////FOLDER/passport.sqlite."
            )
        if url == self._source.engine.url:
            raise TargetUnusableError("The store is there already: this is its present address.")
        if url.get_backend_name() == "sqlite":
            _make_file(url.database or "")

    def _look(self, target: Database) -> None:
        """See what is there before anything is changed."""
        try:
            with target.reading() as there:
                revision = read_revision(there)
                if revision is None:
                    _require_no_tables(there)
                    return
                _require_known(revision)
                if _has_accounts(there):
                    with self._source.reading() as here:
                        _require_same(here, there)
        except (DatabaseTooNewError, DatabaseNotPermittedError):
            raise
        except StorageError as error:
            raise TargetUnusableError(
                "The target cannot be opened. Check host, port, name, user and password of its "
                "address (in a password write @ as %40 and % as %25), and that the database is "
                "there and lets you in from here. Nothing was changed."
            ) from error


def _make_file(name: str) -> None:
    path = Path(name)
    if not name or name == ":memory:" or not path.is_absolute() or not path.parent.is_dir():
        raise TargetUnusableError(
            "The target file must be named with its whole path, in a folder that is there: "
            "sqlite:////FOLDER/passport.sqlite."
        )
    make_private_file(path)


def _require_known(revision: str) -> None:
    if revision not in list_revisions():
        raise DatabaseTooNewError(
            "The target was written by a newer Passport. Update Passport; nothing was changed."
        )


def _has_accounts(connection: Connection) -> bool:
    return connection.execute(sa.select(accounts.c.id).limit(1)).first() is not None


def _require_no_tables(there: Connection) -> None:
    """Refuse a schema in which somebody else's tables have our names."""
    ours = set(accounts.metadata.tables)
    if taken := sorted(ours & set(sa.inspect(there).get_table_names())):
        raise TargetUnusableError(
            f"The target has tables with names of ours that are not Passport's: {taken[0]}. Give "
            "Passport a database or a schema of its own."
        )


def _require_same(here: Connection, there: Connection) -> None:
    if find_store_id(here) != find_store_id(there):
        raise StoreNotEmptyError(
            "Another store with accounts of its own is at the target. Nothing was changed; move to "
            "an empty database."
        )


def _require_earlier(here: Connection, there: Connection, replace: bool) -> None:
    _require_same(here, there)
    if not replace:
        raise StoreNotEmptyError(
            "This store was moved there before, and the two have differed since. Nothing was "
            "changed; if what is here is right, --replace puts it in place of what is there."
        )
