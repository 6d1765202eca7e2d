"""The file of a backup: a head that anybody can read, then lines of JSON, sealed or plain."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from ..data_folder import name_unless_taken
from ..secret import Secret
from ..version import VERSION
from .encryption import (
    PIECE_BYTES,
    SALT_LENGTH_BYTES,
    SealedWriter,
    damaged,
    derive_key,
    open_pieces,
)
from .errors import BackupFileError, BackupPassphraseWrongError, BackupTooNewError

FORMAT = "passport_backup"
FORMAT_VERSION = 1
LONGEST_HEAD_BYTES = 4096
LONGEST_LINE_BYTES = 4 * 2**20
OWNER_ONLY = 0o600


@dataclass(frozen=True)
class Head:
    """What the first line of the file says."""

    made_at: str
    revision: str
    """Of the tables, as `storage.migration` counts them."""
    passport: str
    salt: bytes | None
    """None: the backup is not sealed, and holds no secrets."""
    line: bytes

    @property
    def is_sealed(self) -> bool:
        """Whether it takes a passphrase."""
        return self.salt is not None


class LineWriter:
    """Writes one JSON document a line."""

    def __init__(self, write: Any) -> None:
        self._write = write

    def write(self, document: Any) -> None:
        """Write it."""
        self.write_text(json.dumps(document, separators=(",", ":")))

    def write_text(self, line: str) -> None:
        """Write what is a line of JSON already."""
        self._write(line.encode() + b"\n")


@contextmanager
def new_archive(
    path: Path, made_at: str, revision: str, passphrase: Secret | None
) -> Generator[LineWriter, None, None]:
    """Give what writes the lines; the file has its name once it is whole and durable.

    It is its owner's alone. Raises BackupFileError, also for a file that is there already.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        require_free(path)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            yield from _write(file, made_at, revision, passphrase)
            file.flush()
            os.fsync(file.fileno())
        name_unless_taken(draft, path)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise BackupFileError(
            f"The backup cannot be written to {path}: {error.strerror}. No file was left there."
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def require_free(path: Path) -> None:
    """Raise BackupFileError where there is something already."""
    if os.path.lexists(path):
        raise _taken(path)


def _write(
    file: IO[bytes], made_at: str, revision: str, passphrase: Secret | None
) -> Generator[LineWriter, None, None]:
    salt = secrets.token_bytes(SALT_LENGTH_BYTES) if passphrase else None
    document = {
        FORMAT: FORMAT_VERSION,
        "made_at": made_at,
        "revision": revision,
        "passport": VERSION,
        "salt": base64.b64encode(salt).decode() if salt else None,
    }
    head = json.dumps(document).encode() + b"\n"
    file.write(head)
    if passphrase is None or salt is None:
        yield LineWriter(file.write)
        return
    writer = SealedWriter(file, derive_key(passphrase, salt), head)
    yield LineWriter(writer.write)
    writer.close()


class Archive:
    """A backup that was written before. Raises BackupFileError, BackupDamagedError and
    BackupTooNewError: by its format.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as file:
            self.head = _parse_head(file.readline(LONGEST_HEAD_BYTES))
        self._key: bytes | None = None

    def unlock(self, passphrase: Secret | None) -> None:
        """Take the passphrase. Raises BackupPassphraseWrongError where there is none to take."""
        if self.head.salt is None:
            return
        if not passphrase:
            raise BackupPassphraseWrongError("This backup is encrypted: it needs its passphrase.")
        self._key = derive_key(passphrase, self.head.salt)

    def read_lines(self) -> Generator[Any, None, None]:
        """Yield the documents. Raises BackupPassphraseWrongError and BackupDamagedError."""
        with self._open() as file:
            file.readline(LONGEST_HEAD_BYTES)
            pieces = (
                iter(lambda: file.read(PIECE_BYTES), b"")
                if self._key is None
                else open_pieces(file, self._key, self.head.line)
            )
            waiting = b""
            for piece in pieces:
                *lines, waiting = (waiting + piece).split(b"\n")
                if len(waiting) > LONGEST_LINE_BYTES:
                    raise damaged("it has a line that is too long")
                for line in lines:
                    yield _parse(line)
        if waiting:
            raise damaged("it ends before its end")

    @contextmanager
    def _open(self) -> Generator[IO[bytes], None, None]:
        try:
            with self._path.open("rb") as file:
                yield file
        except OSError as error:
            raise BackupFileError(f"{self._path} cannot be read: {error.strerror}.") from error


def _parse_head(line: bytes) -> Head:
    document = as_document(_parse(line)) if line.startswith(b"{") and line.endswith(b"\n") else {}
    version = document.get(FORMAT)
    if type(version) is not int or version < 1:
        raise damaged("this is no backup of Passport, or its beginning is missing")
    if version > FORMAT_VERSION:
        raise BackupTooNewError(
            "A newer Passport wrote this backup. Update Passport; nothing was changed here."
        )
    try:
        salt = document["salt"]
        return Head(
            str(document["made_at"]),
            str(document["revision"]),
            str(document["passport"]),
            None if salt is None else _read_salt(salt),
            line,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise damaged("its beginning was changed") from error


def _read_salt(text: str) -> bytes:
    salt = base64.b64decode(text, validate=True)
    if len(salt) != SALT_LENGTH_BYTES:
        raise ValueError("The salt has another length.")
    return salt


def as_document(value: Any) -> dict[str, Any]:
    """Return the JSON object that it is, or an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise damaged("there is a line in it that Passport did not write") from error


def _taken(path: Path) -> BackupFileError:
    return BackupFileError(
        f"{path} is there already, and a backup never takes the place of a file. Name another one."
    )
