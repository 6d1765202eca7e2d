"""rotate-master-key: a new master key, while ComfyUI runs or not."""

from __future__ import annotations

from pathlib import Path

from ..clock import utc_now
from ..vault.encryption import decode_keys
from ..vault.errors import MasterKeyInvalidError
from ..vault.master_key import find_key_place, load_key_ring
from ..vault.rotation import Rotated, Rotation
from .call import Call
from .errors import WRONG_USE, CommandError
from .output import Answer
from .table import Table

CHOICES = ("status", "drop_old", "lost", "key_file")


def rotate_master_key(call: Call) -> Answer:
    """Seal what is stored under a new key; or show, tidy or replace the keys."""
    options = call.options
    if sum(bool(getattr(options, name)) for name in CHOICES) > 1:
        raise CommandError(
            "wrong_use", "Say one of --status, --drop-old, --lost and --key-file.", WRONG_USE
        )
    rotation = _open_rotation(call)
    if options.status:
        return _tell_status(rotation)
    if options.drop_old:
        return _tell_dropped(rotation.drop_old(), call)
    if options.lost:
        version = rotation.replace_lost()
        text = (
            f"The new master key {version} is there. What was sealed before stays shut: enter "
            "those API keys again."
        )
        return Answer({"version": version}, text)
    new = _read_key(options.key_file) if options.key_file else None
    return _tell_rotated(rotation.rotate(new), call)


def _open_rotation(call: Call) -> Rotation:
    settings, folder = call.services.settings, call.services.data_folder
    return Rotation(
        call.services.database,
        find_key_place(settings, folder),
        lambda: load_key_ring(settings, folder, sealed_before=True),
        utc_now,
    )


def _read_key(file: str) -> bytes:
    try:
        keys = decode_keys(Path(file).read_text(encoding="ascii"))
    except OSError as error:
        raise CommandError(
            "key_file_not_readable", f"{file} cannot be read: {error.strerror}.", file=file
        ) from error
    except UnicodeDecodeError:
        keys = []
    if len(keys) != 1:
        raise MasterKeyInvalidError(
            "The file must hold one master key, base64 of 32 bytes (`openssl rand -base64 32`). "
            "Nothing was changed."
        )
    return keys[0]


def _tell_rotated(rotated: Rotated, call: Call) -> Answer:
    count = _count(rotated.sealed_anew)
    if rotated.is_new:
        text = f"The new master key {rotated.version} is in use; {count} sealed under it."
    else:
        text = (
            f"Everything is sealed under the newest master key now, {rotated.version}: {count} "
            "sealed anew. No other key was made."
        )
    if rotated.unreadable:
        text += (
            f" {_count(rotated.unreadable)} left as found: they do not open with any key here. "
            "--status tells more; entering them again mends it."
        )
    if call.services.database.engine.dialect.name != "sqlite" and rotated.is_new:
        text += " Other machines of this store need the same keys: see docs/backup.md."
    return Answer({"rotation": vars(rotated)}, text)


def _tell_status(rotation: Rotation) -> Answer:
    uses = rotation.list_uses()
    rows = [(use.state, str(use.credentials), use.version) for use in uses]
    table = Table(("STATE", "CREDENTIALS", "VERSION"), rows, "There is no master key.")
    return Answer({"master_keys": [vars(use) for use in uses]}, table=table)


def _tell_dropped(versions: list[str], call: Call) -> Answer:
    if not versions:
        return Answer({"dropped": []}, "There is no old master key that nothing needs.")
    text = f"Dropped: {', '.join(versions)}."
    if list(call.services.data_folder.glob("passport-before-*")):
        text += " Older copies of the store in the data folder do not open without them."
    return Answer({"dropped": versions}, text)


def _count(number: int) -> str:
    return f"{number} credential{'' if number == 1 else 's'} {'is' if number == 1 else 'are'}"
