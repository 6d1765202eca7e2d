"""Credentials in a store, sealed under the keys of a data folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from passport.clock import Clock
from passport.secret import Secret
from passport.settings import Settings
from passport.storage.account_rows import add_account
from passport.storage.credential_rows import (
    CredentialRow,
    count_by_key_version,
    list_sealed_under,
    put_credential,
)
from passport.storage.database import Database
from passport.vault.encryption import KeyRing, Sealed, encode_key
from passport.vault.errors import CredentialUnreadableError, MasterKeyMissingError
from passport.vault.master_key import KEY_FILE, find_key_place, load_key_ring
from passport.vault.rotation import Rotation

from .clock import START

FIRST, SECOND, THIRD = (bytes([number]) * 32 for number in (1, 2, 3))
SHUT = "shut"


def keep_key(folder: Path, *keys: bytes) -> None:
    (folder / KEY_FILE).write_text("\n".join(map(encode_key, keys)) + "\n")


def loader(folder: Path, settings: Settings = Settings()) -> Callable[[], KeyRing]:  # noqa: B008
    return lambda: load_key_ring(settings, folder, sealed_before=True)


def open_rotation(
    database: Database,
    folder: Path,
    clock: Clock,
    settings: Settings = Settings(),  # noqa: B008
) -> Rotation:
    place = find_key_place(settings, folder)
    return Rotation(database, place, loader(folder, settings), clock)


def keep_secret(database: Database, ring: KeyRing, name: str) -> str:
    """Seal a secret for a new account of this name; return the account's id."""
    with database.transaction() as connection:
        account_id = add_account(connection, name, None, START).id
        sealed = ring.seal(Secret(f"secret of {name}"), account_id, "comfy", "default")
        row = CredentialRow(
            account_id, "comfy", "default", sealed.ciphertext, sealed.key_version, "…",
            "accepted", None, None, None, START, None, None,
        )  # fmt: skip
        put_credential(connection, row)
    return account_id


def list_rows(database: Database) -> list[CredentialRow]:
    with database.reading() as connection:
        versions = list(count_by_key_version(connection))
        return [row for _, row in list_sealed_under(connection, versions, "", 1000)]


def open_all(database: Database, ring: KeyRing) -> list[str]:
    """Return the secrets that open, and `shut` for each that does not."""
    return sorted(_open(ring, row) for row in list_rows(database))


def _open(ring: KeyRing, row: CredentialRow) -> str:
    place = (row.account_id, row.service, row.profile)
    try:
        return ring.open(Sealed(row.ciphertext, row.key_version), *place).reveal()
    except (CredentialUnreadableError, MasterKeyMissingError):
        return SHUT
