"""Where the master key lives: the environment, the OS keyring if asked for, else a file."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from ..settings import Settings
from .encryption import KeyRing, decode_keys, encode_key, generate_key
from .errors import MasterKeyInvalidError, MasterKeyMissingError

KEY_FILE = "master.key"
KEYRING_SERVICE = "comfy-passport"
OWNER_ONLY = 0o600


def load_key_ring(settings: Settings, data_folder: Path, sealed_before: bool) -> KeyRing:
    """Return the master keys.

    A key is made only for a store in which nothing is sealed yet: a lost key must not be covered
    up by a new one. Without a usable key the ring is empty and says why: sessions go on, and
    nothing that is sealed is lost.
    """
    try:
        return KeyRing(_read_keys(settings, data_folder, sealed_before))
    except (MasterKeyInvalidError, MasterKeyMissingError) as error:
        return KeyRing((), error)


def _read_keys(settings: Settings, data_folder: Path, sealed_before: bool) -> list[bytes]:
    if settings.master_key:
        return decode_keys(settings.master_key)
    place: KeyFile | OsKeyring = (
        OsKeyring(data_folder) if settings.use_keyring else KeyFile(data_folder / KEY_FILE)
    )
    text = place.read()
    if text is None and sealed_before:
        raise MasterKeyMissingError(
            f"The master key is missing from {place.name}, and stored credentials need it. "
            "Put it back from your backup. If it is lost, set PASSPORT_MASTER_KEY to a new "
            "key (`openssl rand -base64 32`) and enter your API keys again."
        )
    if text is None:
        text = place.write(encode_key(generate_key()))
    return decode_keys(text)


class KeyFile:
    """A file beside the database that its owner alone can read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = f"the file {path.name} in the data folder"

    def read(self) -> str | None:
        """Return the keys as text, or None when there is no file."""
        try:
            return self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise MasterKeyInvalidError(
                f"The master key in {self.name} cannot be read. Check the file's permissions."
            ) from error

    def write(self, text: str) -> str:
        """Keep the key, durable before this returns; return the one that another process kept."""
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        except FileExistsError:
            return self.read() or ""
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        return text


class OsKeyring:
    """The operating system's keyring; one entry per data folder."""

    name = "the operating system's keyring"

    def __init__(self, data_folder: Path) -> None:
        self._entry = str(data_folder)

    def read(self) -> str | None:
        """Return the keys as text, or None when there is no entry."""
        return self._keyring().get_password(KEYRING_SERVICE, self._entry)

    def write(self, text: str) -> str:
        """Keep the key."""
        self._keyring().set_password(KEYRING_SERVICE, self._entry, text)
        return text

    def _keyring(self) -> Any:
        try:
            return importlib.import_module("keyring")
        except ImportError as error:
            raise MasterKeyMissingError(
                "PASSPORT_USE_KEYRING is set, and the package `keyring` is not installed. "
                "Install it, or take the setting back."
            ) from error
