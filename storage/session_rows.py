"""Queries on sessions. Every one but the look-up by token names the session's account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select, update

from .account_rows import ACTIVE, CANCELLED
from .change_rows import ACCESS, note_change
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
    method: str
    """The kind of identity that was shown."""
    address: str
    user_agent: str
    proved_at: datetime
    """When the person last proved to be who they are."""


COLUMNS = tuple(sessions.c[name] for name in SessionRow.__dataclass_fields__)
USABLE = (ACTIVE, CANCELLED)
LIVING = (
    select(*COLUMNS, accounts.c.state)
    .join(accounts, accounts.c.id == sessions.c.account_id)
    .where(or_(*(accounts.c.state == state for state in USABLE)))  # `in_` is put in anew each time
)

# Put together once: to do so with each request took twice as long as to ask the store.
BY_TOKEN = LIVING.where(sessions.c.token_sha256 == bindparam("shown"))


def add_session(connection: Connection, row: SessionRow, token_sha256: bytes) -> None:
    """Start a session."""
    connection.execute(insert(sessions).values(**vars(row), token_sha256=token_sha256))


def find_session(connection: Connection, token_sha256: bytes) -> tuple[SessionRow, str] | None:
    """Return the session and the state of its account, or None; a disabled account has none."""
    row = connection.execute(BY_TOKEN, {"shown": token_sha256}).first()
    return None if row is None else _read(row)


def find_sessions(connection: Connection, ids: Collection[str]) -> list[tuple[SessionRow, str]]:
    """Return those of the sessions that are there, each with the state of its account."""
    rows = connection.execute(LIVING.where(sessions.c.id.in_(ids)))
    return [_read(row) for row in rows]


def _read(row: Row[Any]) -> tuple[SessionRow, str]:
    *columns, state = tuple(row)
    return SessionRow(*columns), state


def list_sessions(connection: Connection, account_id: str, now: datetime) -> list[SessionRow]:
    """Return the account's sessions, the last seen first."""
    query = select(*COLUMNS).where(sessions.c.account_id == account_id, sessions.c.expires_at > now)
    ordered = query.order_by(sessions.c.last_seen_at.desc(), sessions.c.id)
    return [SessionRow(*row) for row in connection.execute(ordered)]


def touch_session(connection: Connection, session_id: str, now: datetime) -> None:
    """Note that the session was used."""
    change = update(sessions).where(sessions.c.id == session_id)
    connection.execute(change.values(last_seen_at=now))


def renew_session(
    connection: Connection, session: SessionRow, token_sha256: bytes, now: datetime
) -> None:
    """Give the session another token, and note that its person was proved again."""
    change = update(sessions).where(sessions.c.id == session.id)
    connection.execute(change.values(token_sha256=token_sha256, proved_at=now))
    note_change(connection, ACCESS, session.account_id)


def delete_session(connection: Connection, session_id: str, account_id: str) -> bool:
    """End one session of the account; tell whether there was one."""
    ended = connection.execute(
        delete(sessions).where(sessions.c.id == session_id, sessions.c.account_id == account_id)
    )
    if ended.rowcount:
        note_change(connection, ACCESS, account_id)
    return ended.rowcount == 1


def delete_sessions(connection: Connection, account_id: str, but: str | None = None) -> int:
    """End all sessions of the account, one of them excepted; return how many."""
    ending = delete(sessions).where(sessions.c.account_id == account_id)
    if but is not None:
        ending = ending.where(sessions.c.id != but)
    ended = connection.execute(ending).rowcount
    if ended:
        note_change(connection, ACCESS, account_id)
    return ended


def delete_expired_sessions(connection: Connection, now: datetime) -> None:
    """Forget sessions that nobody can use any more."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
