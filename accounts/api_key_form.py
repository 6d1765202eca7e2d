"""The form of the API keys that we issue: `cpp_`, 32 random bytes in base62, a checksum.

The prefix and the checksum let scanners of leaked secrets find them without asking anybody, and
keep what cannot be a key from the store.
"""

from __future__ import annotations

import re
import secrets
import zlib

from ..secret import Secret

PREFIX = "cpp_"
KEY_LENGTH_BYTES = 32
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BODY_LENGTH = 43  # 62 ** 43 > 256 ** 32
CHECKSUM_LENGTH = 6  # 62 ** 6 > 2 ** 32
FORM = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{BODY_LENGTH}}})([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})")
SHOWN_FIRST = len(PREFIX) + 4
SHOWN_LAST = 4


def generate_api_key() -> Secret:
    """Return a new key."""
    number = int.from_bytes(secrets.token_bytes(KEY_LENGTH_BYTES), "big")
    return Secret(write_key(number))


def write_key(number: int) -> str:
    """Write a number of 32 bytes as a key."""
    body = _to_base62(number, BODY_LENGTH)
    return PREFIX + body + _checksum(body)


def is_api_key(text: str) -> bool:
    """Tell whether the text can be a key of ours: its form, and its checksum (CRC-32)."""
    found = FORM.fullmatch(text)
    return found is not None and _checksum(found[1]) == found[2]


def shorten(key: Secret) -> str:
    """Return what may be shown of a key: its beginning and its end."""
    text = key.reveal()
    return f"{text[:SHOWN_FIRST]}…{text[-SHOWN_LAST:]}"


def _checksum(body: str) -> str:
    return _to_base62(zlib.crc32(body.encode()), CHECKSUM_LENGTH)


def _to_base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
