"""Taking a new password: refused when it is too easy to guess, else hashed."""

from __future__ import annotations

import secrets
from datetime import datetime

from ..storage.password_rows import PasswordRow
from .password_strength import PasswordStrength
from .passwords import Passwords

STAMP_LENGTH_BYTES = 16


class NewPasswords:
    """Makes the hash that is kept of a new password."""

    def __init__(self, passwords: Passwords, strength: PasswordStrength) -> None:
        self._passwords = passwords
        self._strength = strength

    async def make(self, password: str, *about: str) -> str:
        """Return the hash; `about` is what others know of the person, the mail address first.

        Raises PasswordUnacceptableError and ServerBusyError.
        """
        await self._strength.require(password, about)
        return await self._passwords.hash(password)


def make_row(account_id: str, password_hash: str, now: datetime) -> PasswordRow:
    """Return the row of a new password, under a stamp of its own."""
    return PasswordRow(account_id, password_hash, secrets.token_hex(STAMP_LENGTH_BYTES), now)
