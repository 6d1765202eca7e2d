"""Queries on one-time tokens; only their SHA-256 is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from .tables import one_time_tokens


@dataclass(frozen=True)
class TokenRow:
    """What a token allows, to whom, and for how long."""

    account_id: str
    purpose: str
    email: str
    stamp: str
    created_at: datetime
    expires_at: datetime


COLUMNS = tuple(one_time_tokens.c[name] for name in TokenRow.__dataclass_fields__)


def add_token(connection: Connection, row: TokenRow, token_sha256: bytes) -> None:
    """Keep a token that was just given out."""
    connection.execute(insert(one_time_tokens).values(**vars(row), token_sha256=token_sha256))


def find_token(connection: Connection, token_sha256: bytes, purpose: str) -> TokenRow | None:
    """Return what the token allows, or None; it stays good."""
    query = select(*COLUMNS).where(
        one_time_tokens.c.token_sha256 == token_sha256, one_time_tokens.c.purpose == purpose
    )
    row = connection.execute(query).first()
    return None if row is None else TokenRow(*row)


def take_token(connection: Connection, token_sha256: bytes) -> bool:
    """Use the token up; tell whether this call was the one that did."""
    taken = connection.execute(
        delete(one_time_tokens).where(one_time_tokens.c.token_sha256 == token_sha256)
    )
    return taken.rowcount == 1


def delete_tokens(connection: Connection, account_id: str, purpose: str | None = None) -> None:
    """Void the account's tokens, of one purpose or all."""
    voiding = delete(one_time_tokens).where(one_time_tokens.c.account_id == account_id)
    if purpose is not None:
        voiding = voiding.where(one_time_tokens.c.purpose == purpose)
    connection.execute(voiding)


def delete_expired_tokens(connection: Connection, now: datetime) -> None:
    """Forget tokens that nobody can use any more."""
    connection.execute(delete(one_time_tokens).where(one_time_tokens.c.expires_at <= now))
