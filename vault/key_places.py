"""What keeps master keys as text: a file, or the operating system's keyring."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from ..data_folder import DataFolderUnusableError, name_anew, name_unless_taken
from .encryption import encode_key
from .errors import MasterKeyInvalidError, MasterKeyMissingError

KEYRING_SERVICE = "comfy-passport"
OWNER_ONLY = 0o600


def write_keys(keys: Iterable[bytes]) -> str:
    """Write master keys as text, as `decode_keys` reads it."""
    return "\n".join(encode_key(key) for key in keys)


class KeyPlace(Protocol):
    """Keeps master keys as text; `name` says where, for people."""

    name: str

    def read(self) -> str | None:
        """Return the text, or None when there is none."""
        ...

    def sign(self) -> object:
        """Return what differs once the text is another."""
        ...

    def write(self, text: str) -> str:
        """Keep the text where there is none; return what is kept then."""
        ...

    def replace(self, text: str) -> None:
        """Keep this text in place of what was there."""
        ...


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

    def sign(self) -> object:
        """Return what differs once the file is another; costs one look."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    def write(self, text: str) -> str:
        """Keep the key, durable before this returns; return the one that another process kept.

        The file gets its name when it is whole: neither a full disk nor another process that
        starts at the same time ever finds half a key. Raises DataFolderUnusableError.
        """
        try:
            self._write(text, name_unless_taken)
        except FileExistsError:
            return self.read() or ""
        return text

    def replace(self, text: str) -> None:
        """Keep these keys in place of those that were there: at each moment a whole file stands.

        Raises DataFolderUnusableError.
        """
        self._write(text, name_anew)

    def _write(self, text: str, name: Callable[[Path, Path], None]) -> None:
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            _write_durably(draft, text + "\n")
            name(draft, self.path)
        except FileExistsError:
            raise
        except OSError as error:
            raise DataFolderUnusableError(
                f"The master key cannot be written to {self.name}: {error.strerror}."
            ) from error
        finally:
            draft.unlink(missing_ok=True)


class OsKeyring:
    """The operating system's keyring; one entry per data folder."""

    name = "the operating system's keyring"

    def __init__(self, data_folder: Path) -> None:
        self._entry = str(data_folder)

    def read(self) -> str | None:
        """Return the keys as text, or None when there is no entry."""
        return self._ask("get_password", self._entry)

    def sign(self) -> object:
        """Return what equals nothing: whether the entry has changed, only reading it tells."""
        return object()

    def write(self, text: str) -> str:
        """Keep the key."""
        self.replace(text)
        return text

    def replace(self, text: str) -> None:
        """Keep these keys in place of those that were there."""
        self._ask("set_password", self._entry, text)

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
