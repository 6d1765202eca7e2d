"""One-time tokens: what a link in a mail carries, good for one purpose, once, for a while."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..clock import is_current
from ..secret import Secret
from ..storage.token_rows import TokenRow, add_token, find_token, take_token
from .errors import TokenInvalidError

PASSWORD_RESET = "password_reset"  # noqa: S105  # the name of a purpose
VERIFY_EMAIL = "verify_email"
VERIFY_NEW_EMAIL = "verify_new_email"

TOKEN_LENGTH_BYTES = 32
LIFETIMES = {
    PASSWORD_RESET: timedelta(hours=1),  # OWASP Forgot Password: short
    VERIFY_EMAIL: timedelta(hours=24),
    VERIFY_NEW_EMAIL: timedelta(hours=24),
}


def issue_token(  # a token is tied to as many things
    connection: Connection, now: datetime, purpose: str, account_id: str, email: str, stamp: str
) -> Secret:
    """Return a new token; `stamp` is the password's, `email` the address it is sent to, if any."""
    token = secrets.token_urlsafe(TOKEN_LENGTH_BYTES)
    row = TokenRow(account_id, purpose, email, stamp, now, now + LIFETIMES[purpose])
    add_token(connection, row, _hash(purpose, token))
    return Secret(token)


def check_token(connection: Connection, now: datetime, purpose: str, token: str) -> TokenRow:
    """Return what the token allows; it stays good. Raises TokenInvalidError."""
    row = find_token(connection, _hash(purpose, token), purpose)
    if row is None or not is_current(now, row.created_at, row.expires_at):
        raise _invalid()
    return row


def use_token(connection: Connection, now: datetime, purpose: str, token: str) -> TokenRow:
    """Return what the token allows and use it up: of many calls at once, one succeeds.

    Raises TokenInvalidError.
    """
    row = check_token(connection, now, purpose, token)
    if not take_token(connection, _hash(purpose, token)):
        raise _invalid()
    return row


def _hash(purpose: str, token: str) -> bytes:
    # With the purpose in it: for another purpose the token is unknown.
    return hashlib.sha256(f"{purpose}\0{token.strip()}".encode()).digest()


def _invalid() -> TokenInvalidError:
    return TokenInvalidError(
        "This link or code is not good any more: it was used, or it has expired. Ask for a new one."
    )
