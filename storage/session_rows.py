"""Queries on sessions. Every one but the look-up by token names the session's account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from .tables import accounts, sessions


@dataclass(frozen=True)
class SessionRow:
    """One browser's log-in."""

    id: str
    account_id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    idle_seconds: int
    shared_computer: bool


COLUMNS = tuple(sessions.c[name] for name in SessionRow.__dataclass_fields__)


def add_session(connection: Connection, row: SessionRow, token_sha256: bytes) -> None:
    """Start a session."""
    connection.execute(insert(sessions).values(**vars(row), token_sha256=token_sha256))


def find_session(connection: Connection, token_sha256: bytes) -> SessionRow | None:
    """Return the session of an active account, or None."""
    query = (
        select(*COLUMNS)
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .where(sessions.c.token_sha256 == token_sha256, accounts.c.state == "active")
    )
    row = connection.execute(query).first()
    return None if row is None else SessionRow(*row)


def touch_session(connection: Connection, session_id: str, now: datetime) -> None:
    """Note that the session was used."""
    change = update(sessions).where(sessions.c.id == session_id)
    connection.execute(change.values(last_seen_at=now))


def delete_session(connection: Connection, session_id: str, account_id: str) -> None:
    """End one session of the account."""
    connection.execute(
        delete(sessions).where(sessions.c.id == session_id, sessions.c.account_id == account_id)
    )


def delete_expired_sessions(connection: Connection, now: datetime) -> None:
    """Forget sessions that nobody can use any more."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
