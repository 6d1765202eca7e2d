"""backup and restore: the whole store to a file, and back."""

from __future__ import annotations

import os
import secrets
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from ..accounts.passwords import Passwords
from ..backups.archive import Archive, require_free
from ..backups.contents import Contents, write_backup
from ..backups.errors import BackupPassphraseWrongError
from ..backups.restore import Keys, Restore, Restored, examine
from ..clock import utc_now
from ..secret import Secret
from ..setting_values import read_secret
from ..storage.credential_rows import count_by_key_version
from ..vault.encryption import KeyRing
from ..vault.master_key import find_key_place, load_key_ring
from .call import Call
from .output import Answer
from .questions import ask_passphrase, confirm

PASSPHRASE = "PASSPORT_BACKUP_PASSPHRASE"  # noqa: S105  # the variable's name
SHORTEST_PASSPHRASE = 12  # characters, as of a password


def backup(call: Call) -> Answer:
    """Write the store as it is at one moment; others go on with it meanwhile."""
    path = Path(call.options.file).absolute()
    require_free(path)
    passphrase = None if call.options.without_secrets else _ask_new_passphrase()
    keys = _find_keys(call)
    with call.services.database.reading() as connection:
        # The keys first, then what they have sealed: `write_backup` does it in this order.
        rows = write_backup(connection, path, passphrase, keys.load, utc_now)
        shut = _count_shut(count_by_key_version(connection), keys.load())
    text = f"The backup {path} is written: {_count(rows)}."
    text += (
        " Keep its passphrase somewhere else: without it nobody can open the backup."
        if passphrase
        else " It holds no secrets, and mail addresses that anybody can read who has the file."
    )
    if shut and passphrase:
        text += f" {shut} of the credentials do not open: their master key is not here."
    document = {"file": str(path), "encrypted": bool(passphrase), "rows": rows}
    return Answer({"backup": document}, text)


def examine_backup(options: Namespace) -> Contents:
    """Read the backup from end to end, before anything is touched."""
    archive = Archive(Path(options.file).absolute())
    if archive.head.is_sealed:
        options.passphrase = _read_passphrase() or ask_passphrase(new=False)
    else:
        options.passphrase = None
    archive.unlock(options.passphrase)
    return examine(archive)


def restore(call: Call) -> Answer:
    """Put the backup, which was examined before, into the store."""
    services, options = call.services, call.options
    contents: Contents = options.contents
    there = len(services.accounts.people.list(limit=1))
    passphrase = options.passphrase
    if there and options.replace:
        confirm(
            f"Put the backup of {contents.archive.head.made_at} in place of the accounts that are "
            "here?",
            options.yes,
        )
        if passphrase is None and services.database.engine.dialect.name != "sqlite":
            passphrase = _ask_new_passphrase()  # for the copy of what is here
    unknown_hash = "" if contents.archive.head.is_sealed else _hash_something()
    doing = Restore(services.database, services.data_folder, _find_keys(call), utc_now)
    restored = doing.restore(contents, unknown_hash, options.replace, passphrase)
    return _tell(restored, contents)


def _tell(restored: Restored, contents: Contents) -> Answer:
    head = contents.archive.head
    text = (
        f"The backup of {head.made_at} is restored: {_count(restored.rows)}. Everybody logs in "
        "again; what was deleted, revoked or changed after that moment is as it was then."
    )
    if not head.is_sealed:
        text += (
            " Passwords, API keys and stored credentials were not in it: people reset, make and "
            "enter them anew (reset-password)."
        )
    if restored.former:
        text += f" The store as it was before is kept for 30 days in {restored.former}."
    if restored.keys_file:
        text += (
            f" Its master keys are not in PASSPORT_MASTER_KEY: they stand in {restored.keys_file}. "
            "Add them there behind the present one, with commas, and delete that file."
        )
    document = {
        "made_at": head.made_at,
        "rows": restored.rows,
        "former": str(restored.former) if restored.former else None,
        "keys_file": str(restored.keys_file) if restored.keys_file else None,
    }
    return Answer({"restored": document}, text)


def _find_keys(call: Call) -> Keys:
    settings, folder = call.services.settings, call.services.data_folder
    return Keys(
        find_key_place(settings, folder),
        lambda: load_key_ring(settings, folder, sealed_before=True),
    )


def _ask_new_passphrase() -> Secret:
    passphrase = _read_passphrase() or ask_passphrase(new=True)
    if len(passphrase.reveal()) < SHORTEST_PASSPHRASE:
        raise BackupPassphraseWrongError(
            f"The passphrase has fewer than {SHORTEST_PASSPHRASE} characters. Nothing was written; "
            "take a longer one: a few words that do not belong together."
        )
    return passphrase


def _read_passphrase() -> Secret | None:
    text = read_secret(os.environ, PASSPHRASE)
    return Secret(text) if text else None


def _hash_something() -> str:
    passwords = Passwords(workers=1)
    try:
        return passwords.hash_now(secrets.token_urlsafe())
    finally:
        passwords.close()


def _count_shut(sealed: Mapping[str, int], ring: KeyRing) -> int:
    return sum(count for version, count in sealed.items() if version not in ring.versions)


def _count(rows: Mapping[str, int]) -> str:
    named = {"accounts": "account", "credentials": "credential", "api_keys": "API key",
             "audit_events": "event"}  # fmt: skip
    counts = [(rows.get(table, 0), word) for table, word in named.items()]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)
