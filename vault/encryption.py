"""Sealing secrets with AES-256-GCM (NIST SP 800-38D), each bound to the place where it belongs."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import PassportError
from ..secret import Secret
from .errors import CredentialUnreadableError, MasterKeyInvalidError, MasterKeyMissingError

KEY_LENGTH_BYTES = 32
NONCE_LENGTH_BYTES = 12  # SP 800-38D, 5.2.1.1: the length that needs no extra hashing


@dataclass(frozen=True)
class Sealed:
    """A ciphertext, nonce first, and the version of the master key that opens it."""

    ciphertext: bytes
    key_version: str


class KeyRing:
    """Master keys, newest first: the newest seals, any opens what it has sealed.

    A ring without a key says at each use why: `problem`. `reread` returns the keys anew where they
    may have changed, else None: asked before sealing, and for a version that is not on the ring, so
    that a rotation holds in a running ComfyUI.
    """

    def __init__(
        self,
        keys: Iterable[bytes],
        problem: PassportError | None = None,
        reread: Callable[[], Sequence[bytes] | None] = lambda: None,
    ) -> None:
        self._keys = {name_key_version(key): key for key in keys}
        self._reread = reread
        self._problem = problem
        if not self._keys and problem is None:
            self._problem = MasterKeyInvalidError(
                "The master key is empty. Put the right one back from your backup."
            )

    @property
    def problem(self) -> PassportError | None:
        """Why there is no key, or None."""
        if self._problem is not None:
            self._look_again()
        return self._problem

    @property
    def versions(self) -> frozenset[str]:
        """The versions of all keys on the ring, those of a rotation just now too."""
        self._look_again()
        return frozenset(self._keys)

    @property
    def newest(self) -> str | None:
        """The version that seals, or None without a key."""
        return next(iter(self._keys), None)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys themselves, newest first, for the place that keeps them."""
        return tuple(self._keys.values())

    def has(self, version: str) -> bool:
        """Tell whether what was sealed under this version can be opened."""
        if version not in self._keys:
            self._look_again()
        return version in self._keys

    def seal(self, secret: Secret, *place: str) -> Sealed:
        """Encrypt under the newest key; it opens only for the same place.

        Raises `problem` when there is no key.
        """
        self._look_again()
        keys, version = self._keys, self.newest
        if version is None:
            raise self._problem or MasterKeyMissingError("There is no master key.")
        nonce = secrets.token_bytes(NONCE_LENGTH_BYTES)
        cipher = AESGCM(keys[version])
        sealed = cipher.encrypt(nonce, secret.reveal().encode(), _associate(place, version))
        return Sealed(nonce + sealed, version)

    def open(self, sealed: Sealed, *place: str) -> Secret:
        """Decrypt what was sealed for this place.

        Raises MasterKeyMissingError without its key, CredentialUnreadableError when the bytes or
        the place are not those that were sealed.
        """
        key = self._keys[sealed.key_version] if self.has(sealed.key_version) else None
        if key is None:
            raise self._problem or MasterKeyMissingError(
                "This was sealed with a master key that is not here. Put the key back, or enter "
                "the secret again.",
                key_version=sealed.key_version,
            )
        nonce = sealed.ciphertext[:NONCE_LENGTH_BYTES]
        body = sealed.ciphertext[NONCE_LENGTH_BYTES:]
        try:
            opened = AESGCM(key).decrypt(nonce, body, _associate(place, sealed.key_version))
        except (InvalidTag, ValueError) as error:
            raise CredentialUnreadableError(
                "The stored secret was changed since it was sealed. Enter it again."
            ) from error
        return Secret(opened.decode())

    def _look_again(self) -> None:
        keys = self._reread()
        if keys:
            self._keys = {name_key_version(key): key for key in keys}
            self._problem = None


def name_key_version(key: bytes) -> str:
    """Return the name that stands with every ciphertext; it tells nothing of the key."""
    return hashlib.sha256(b"passport master key version\0" + key).hexdigest()[:16]


def generate_key() -> bytes:
    """Return a new master key."""
    return secrets.token_bytes(KEY_LENGTH_BYTES)


def encode_key(key: bytes) -> str:
    """Write a master key as text."""
    return base64.b64encode(key).decode()


def decode_keys(text: str) -> list[bytes]:
    """Read master keys, newest first, separated by commas, spaces or line ends.

    Raises MasterKeyInvalidError for anything but base64 of 32 bytes.
    """
    keys: list[bytes] = []
    for word in text.replace(",", " ").split():
        try:
            key = base64.b64decode(word, validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_LENGTH_BYTES:
            raise MasterKeyInvalidError(
                "The master key is not base64 of 32 bytes. Put the right one back; "
                "`openssl rand -base64 32` makes a new one for a new store."
            )
        keys.append(key)
    return keys


def _associate(place: tuple[str, ...], version: str) -> bytes:
    return json.dumps([*place, version]).encode()
