"""A backup back into a store: whole, or not at all."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, NoSuchTableError

from ..clock import Clock
from ..data_folder import make_private_file
from ..secret import Secret
from ..storage.copies import SCRATCH, name_copy, remove_old_copies
from ..storage.credential_rows import count_by_key_version
from ..storage.database import Database
from ..storage.exclusive import copy_exclusive, exclusive
from ..storage.migration import list_revisions, upgrade
from ..storage.tables import accounts, passwords
from ..storage.whole_store import carry, summarize
from ..vault.encryption import KeyRing, name_key_version
from ..vault.errors import MasterKeyInvalidError
from ..vault.key_places import KeyPlace, write_keys
from .archive import Archive
from .contents import NO_HASH, Contents, write_backup
from .encryption import damaged
from .errors import (
    BackupPassphraseWrongError,
    BackupTooNewError,
    CarryingFailedError,
    StoreNotEmptyError,
)

KEYS_TO_SET = "restored-master.key"
EVENT = "restore"
BATCH = 500


@dataclass(frozen=True)
class Keys:
    """Where the master keys of this server are; `place` is None where a setting holds them."""

    place: KeyPlace | None
    load: Callable[[], KeyRing]


@dataclass(frozen=True)
class Restored:
    """What a restore has done."""

    rows: dict[str, int]
    former: Path | None
    """The copy of the store that was there before."""
    keys_file: Path | None
    """Master keys that whoever set PASSPORT_MASTER_KEY has to add to it."""


def examine(archive: Archive) -> Contents:
    """Read it once from end to end, and change nothing.

    Raises BackupDamagedError, BackupPassphraseWrongError and BackupTooNewError.
    """
    if archive.head.revision not in list_revisions():
        raise BackupTooNewError(
            "The tables in this backup are those of a newer Passport. Update Passport; nothing "
            "was changed here."
        )
    contents = Contents(archive)
    for _ in contents.read():
        pass
    return contents


class Restore:
    """Puts backups into one store."""

    def __init__(self, database: Database, data_folder: Path, keys: Keys, clock: Clock) -> None:
        self._database = database
        self._folder = data_folder
        self._keys = keys
        self._clock = clock

    def restore(
        self, contents: Contents, unknown_hash: str, replace: bool, passphrase: Secret | None
    ) -> Restored:
        """Put what was examined in place of what is there.

        `unknown_hash` is the hash of a password that nobody knows, for accounts whose own is not
        in the backup. Where there are accounts, only with `replace`; the store is copied first, on
        PostgreSQL as a backup under the passphrase. Raises StoreNotEmptyError, StoreInUseError.
        """
        with self._load(contents, unknown_hash) as scratch, scratch.reading() as source:
            expected = summarize(source)
            with exclusive(self._database) as target:
                former = self._keep_former(target, replace, passphrase)
                sealed_here = count_by_key_version(target)
                keys_file = self._add_keys(contents.keys, source, bool(sealed_here))
                if carry(source, target) != expected:
                    raise CarryingFailedError(
                        "The store does not hold what the backup does. Nothing was changed."
                    )
        rows = {name: summary.rows for name, summary in expected.items() if summary.rows}
        return Restored(rows, former, keys_file)

    def _keep_former(
        self, target: Connection, replace: bool, passphrase: Secret | None
    ) -> Path | None:
        if target.execute(sa.select(accounts.c.id).limit(1)).first() is None:
            return None
        if not replace:
            raise StoreNotEmptyError(
                "There are accounts in this store. Nothing was changed; --replace puts the backup "
                "in their place, and keeps a copy of the store as it is."
            )
        if target.dialect.name == "sqlite":
            path = name_copy(self._folder, EVENT, self._clock())
            copy_exclusive(target, path)
            return path
        if passphrase is None:
            raise BackupPassphraseWrongError(
                "The copy of the store as it is needs a passphrase. Nothing was changed."
            )
        path = name_copy(self._folder, EVENT, self._clock(), "backup")
        write_backup(target, path, passphrase, self._keys.load, self._clock)
        return path

    def _add_keys(
        self, restored: list[bytes], source: Connection, is_used_here: bool
    ) -> Path | None:
        """Keep the master keys of the backup before anything is there that needs them.

        Those of this server stay, in front if they have sealed something.
        """
        ring = self._keys.load()
        if isinstance(ring.problem, MasterKeyInvalidError):
            raise ring.problem  # whatever stands there, it is not overwritten
        needed = count_by_key_version(source)
        if all(version in ring.versions for version in needed):
            return None
        both = [ring.keys, restored] if is_used_here else [restored, ring.keys]
        keys = list(dict.fromkeys(itertools.chain(*both)))
        if self._keys.place is not None:
            self._keys.place.replace(write_keys(keys))
            return None
        missing = [key for key in restored if name_key_version(key) not in ring.versions]
        return _write_beside(self._folder / KEYS_TO_SET, write_keys(missing))

    @contextmanager
    def _load(self, contents: Contents, unknown_hash: str) -> Generator[Database, None, None]:
        """Give a store of its own that holds the backup, at the newest revision."""
        remove_old_copies(self._folder, self._clock())  # and what a killed restore has left
        path = self._folder / f"{SCRATCH}{secrets.token_hex(4)}.sqlite"
        make_private_file(path)
        scratch = Database(f"sqlite:///{path}")
        try:
            with scratch.transaction() as connection:
                upgrade(connection, contents.archive.head.revision)
                _add_rows(connection, contents)
                upgrade(connection)
                _fill_hashes(connection, unknown_hash)
            yield scratch
        finally:
            scratch.close()
            for file in self._folder.glob(f"{path.name}*"):
                with suppress(OSError):
                    file.unlink()


def _add_rows(connection: Connection, contents: Contents) -> None:
    batches = itertools.groupby(contents.read(), key=lambda row: (row.table, row.columns))
    try:
        for (name, columns), rows in batches:
            known = {each["name"] for each in sa.inspect(connection).get_columns(name)}
            if known != set(columns):
                raise damaged("a table in it has other columns than it had at that time")
            plain: list[Any] = [sa.column(each) for each in columns]
            table = sa.table(name, *plain)
            values = (dict(zip(columns, row.values, strict=True)) for row in rows)
            while batch := list(itertools.islice(values, BATCH)):
                connection.execute(sa.insert(table), batch)
    except (IntegrityError, NoSuchTableError, OverflowError, ValueError) as error:
        raise damaged("its rows do not fit together") from error


def _fill_hashes(connection: Connection, unknown_hash: str) -> None:
    nobodys = sa.update(passwords).where(passwords.c.password_hash.in_([NO_HASH]))
    connection.execute(nobodys.values(password_hash=unknown_hash))


def _write_beside(path: Path, text: str) -> Path:
    make_private_file(path)
    path.write_text(text + "\n", encoding="ascii")
    return path
