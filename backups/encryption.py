"""A stream of bytes, sealed in pieces under a passphrase: argon2id, then AES-256-GCM.

Each piece is bound to its number, to whether it is the last, and to the head of the file: pieces
that are changed, left out, put in another order or taken from another file do not open.
"""

from __future__ import annotations

import struct
from collections.abc import Generator
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..secret import Secret
from .errors import BackupDamagedError, BackupPassphraseWrongError

SALT_LENGTH_BYTES = 16
KEY_LENGTH_BYTES = 32
# RFC 9106, 4: the second recommended choice, for memory-constrained environments.
MEMORY_KIB = 64 * 1024
PASSES = 3
LANES = 4
PIECE_BYTES = 64 * 1024
TAG_LENGTH_BYTES = 16
LENGTH = struct.Struct(">I")
PLACE = struct.Struct(">Q?")
LAST = 1 << 31


def derive_key(passphrase: Secret, salt: bytes) -> bytes:
    """Return the key; takes a tenth of a second and 64 MiB, so that guessing costs as much."""
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        passphrase.reveal().encode(), salt, PASSES, MEMORY_KIB, LANES, KEY_LENGTH_BYTES, Type.ID
    )


class SealedWriter:
    """Seals what is written to it; `close` writes the last piece. A key is used for one file."""

    def __init__(self, file: IO[bytes], key: bytes, head: bytes) -> None:
        self._file = file
        self._cipher = AESGCM(key)
        self._head = head
        self._waiting = bytearray()
        self._number = 0

    def write(self, content: bytes) -> None:
        """Take more of the content."""
        self._waiting += content
        while len(self._waiting) > PIECE_BYTES:
            self._seal(bytes(self._waiting[:PIECE_BYTES]), last=False)
            del self._waiting[:PIECE_BYTES]

    def close(self) -> None:
        """Write what is left, as the end."""
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, piece: bytes, last: bool) -> None:
        sealed = self._cipher.encrypt(
            _nonce(self._number), piece, _associate(self._head, self._number, last)
        )
        self._file.write(LENGTH.pack(len(sealed) | (LAST if last else 0)) + sealed)
        self._number += 1


def open_pieces(file: IO[bytes], key: bytes, head: bytes) -> Generator[bytes, None, None]:
    """Yield what was sealed. Raises BackupPassphraseWrongError and BackupDamagedError.

    What was yielded before an error is part of what was sealed; without one it is all of it.
    """
    cipher, number, last = AESGCM(key), 0, False
    while not last:
        sealed, last = _read_piece(file)
        try:
            yield cipher.decrypt(_nonce(number), sealed, _associate(head, number, last))
        except InvalidTag as error:
            if number == 0:
                raise BackupPassphraseWrongError(
                    "The backup does not open with this passphrase; or its beginning was changed. "
                    "Nothing was changed here."
                ) from error
            raise damaged("it was changed after it was written") from error
        number += 1
    if file.read(1):
        raise damaged("something stands behind its end")


def damaged(what: str) -> BackupDamagedError:
    """Return the error that says so."""
    return BackupDamagedError(
        f"The backup cannot be used: {what}. Nothing was changed here; take another copy of it."
    )


def _read_piece(file: IO[bytes]) -> tuple[bytes, bool]:
    head = file.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise damaged("it ends before its end")
    (length,) = LENGTH.unpack(head)
    last, length = bool(length & LAST), length & ~LAST
    if not TAG_LENGTH_BYTES <= length <= PIECE_BYTES + TAG_LENGTH_BYTES:
        raise damaged("it was changed after it was written")
    sealed = file.read(length)
    if len(sealed) < length:
        raise damaged("it ends before its end")
    return sealed, last


def _nonce(number: int) -> bytes:
    # A counter is enough: the key comes from a random salt, and seals one file alone.
    return number.to_bytes(12, "big")


def _associate(head: bytes, number: int, last: bool) -> bytes:
    return head + PLACE.pack(number, last)
