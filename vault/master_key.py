"""Where the master key lives: the environment, the OS keyring if asked for, else a file."""

from __future__ import annotations

import importlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..data_folder import DataFolderUnusableError
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
            "Put it back from your backup and restart ComfyUI. If it is lost, restart with "
            "PASSPORT_MASTER_KEY set to a new key (`openssl rand -base64 32`), and enter your API "
            "keys again."
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
        """Keep the key, durable before this returns; return the one that another process kept.

        The file gets its name when it is whole: neither a full disk nor another process that
        starts at the same time ever finds half a key. Raises DataFolderUnusableError.
        """
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            _write_durably(draft, text + "\n")
            _name_unless_taken(draft, self.path)
        except FileExistsError:
            return self.read() or ""
        except OSError as error:
            raise DataFolderUnusableError(
                f"The master key cannot be written to {self.name}: {error.strerror}."
            ) from error
        finally:
            draft.unlink(missing_ok=True)
        return text


class OsKeyring:
    """The operating system's keyring; one entry per data folder."""

    name = "the operating system's keyring"

    def __init__(self, data_folder: Path) -> None:
        self._entry = str(data_folder)

    def read(self) -> str | None:
        """Return the keys as text, or None when there is no entry."""
        return self._ask("get_password", self._entry)

    def write(self, text: str) -> str:
        """Keep the key."""
        self._ask("set_password", self._entry, text)
        return text

    def _ask(self, function: str, *arguments: str) -> Any:
        try:
            keyring: Any = importlib.import_module("keyring")
        except ImportError as error:
            raise MasterKeyMissingError(
                "PASSPORT_USE_KEYRING is set, and the package `keyring` is not installed. "
                "Install it, or take the setting back."
            ) from error
        try:
            return getattr(keyring, function)(KEYRING_SERVICE, *arguments)
        except Exception as error:  # each keyring has errors of its own: locked, none, denied
            raise MasterKeyMissingError(
                f"{self.name[0].upper()}{self.name[1:]} does not answer. Unlock it, or set "
                "PASSPORT_MASTER_KEY instead of PASSPORT_USE_KEYRING."
            ) from error


def _write_durably(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _name_unless_taken(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, such as exFAT
        if path.exists():
            raise FileExistsError from None
        draft.rename(path)
    with suppress(OSError):  # Windows does not open folders, and needs no such call
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
