"""One browser's log-in: an opaque random token that the store can revoke at once."""

from __future__ import annotations

import hashlib
import secrets
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..audit.clients import Client
from ..clock import Clock
from ..storage.database import Database
from ..storage.errors import StorageError
from ..storage.session_rows import (
    SessionRow,
    add_session,
    find_session,
    find_sessions,
    touch_session,
)

TOKEN_LENGTH_BYTES = 32  # 256 bits; OWASP Session Management asks for 64 of entropy

CACHED_SESSIONS = 10_000
TRUSTED_FOR = timedelta(seconds=1)
"""How long the cache is believed: another process may have revoked the session since."""
SEEN_NOTED_EVERY = timedelta(minutes=1)

TokenSource = Callable[[int], str]


@dataclass(frozen=True)
class Principal:
    """Who a request is."""

    account_id: str
    session: SessionRow


@dataclass(frozen=True)
class Lifetimes:
    """How long sessions last, in seconds: unused, and at all."""

    idle_seconds: int
    shared_computer_idle_seconds: int
    lifetime_seconds: int


@dataclass(frozen=True)
class _Remembered:
    principal: Principal
    ends_at: datetime
    believed_until: datetime


class Sessions:
    """Starts, recognizes and ends sessions."""

    def __init__(
        self,
        database: Database,
        lifetimes: Lifetimes,
        clock: Clock,
        token_source: TokenSource = secrets.token_urlsafe,
    ) -> None:
        self._database = database
        self._lifetimes = lifetimes
        self._clock = clock
        self._token_source = token_source
        self._lock = threading.Lock()
        self._noting = threading.Lock()
        self._cache: OrderedDict[bytes, _Remembered] = OrderedDict()

    def start(
        self,
        connection: Connection,
        account_id: str,
        method: str,
        shared_computer: bool,
        client: Client,
    ) -> tuple[str, SessionRow]:
        """Start a session; return its token, which nobody can ask for again, and the session.

        `method` is the kind of identity that was shown.
        """
        now = self._clock()
        token = self._token_source(TOKEN_LENGTH_BYTES)
        limits = self._lifetimes
        idle = limits.shared_computer_idle_seconds if shared_computer else limits.idle_seconds
        row = SessionRow(
            id=uuid.uuid4().hex,
            account_id=account_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(seconds=limits.lifetime_seconds),
            idle_seconds=idle,
            shared_computer=shared_computer,
            method=method,
            address=client.address,
            user_agent=client.user_agent,
        )
        add_session(connection, row, _hash(token))
        return token, row

    async def recognize(self, token: str) -> Principal | None:
        """Return who shows this token, or None when it is unknown, revoked or expired.

        A look-up in memory as a rule; every few seconds one indexed query.
        """
        token_sha256 = _hash(token)
        now = self._clock()
        remembered = self._cache.get(token_sha256)
        if remembered is not None and now < remembered.believed_until:
            return remembered.principal if now < remembered.ends_at else None
        session = await self._database.run(self._look_up, token_sha256)
        if session is None or is_over(session, now):
            return None
        return Principal(session.account_id, session)

    def find_living(self, session_ids: Collection[str]) -> set[str]:
        """Return which of these sessions somebody can still use, as the store has it now."""
        now = self._clock()
        with self._database.reading() as connection:
            rows = find_sessions(connection, session_ids)
        return {row.id for row in rows if not is_over(row, now)}

    def forget(self, *account_ids: str) -> None:
        """Take the accounts' sessions out of the memory.

        Call it once a transaction that ended some is committed: from the return on they are
        worth nothing.
        """
        with self._lock:
            for token_sha256, remembered in list(self._cache.items()):
                if remembered.principal.account_id in account_ids:
                    del self._cache[token_sha256]

    def _look_up(self, token_sha256: bytes) -> SessionRow | None:
        # Under the lock, so that a revocation cannot pass between the query and the cache.
        with self._lock:
            with self._database.reading() as connection:
                session = find_session(connection, token_sha256)
            self._cache.pop(token_sha256, None)
            if session is None:
                return None
            now = self._clock()
            principal = Principal(session.account_id, session)
            believed_until = now + TRUSTED_FOR
            self._cache[token_sha256] = _Remembered(principal, _end_of(session), believed_until)
            while len(self._cache) > CACHED_SESSIONS:
                self._cache.popitem(last=False)
        if not is_over(session, now) and now - session.last_seen_at >= SEEN_NOTED_EVERY:
            self._note_seen(session, now)
        return session

    def _note_seen(self, session: SessionRow, now: datetime) -> None:
        # A store that is locked, full or read-only must not send people away who are signed in,
        # nor hold up more than one of them.
        if not self._noting.acquire(blocking=False):
            return
        try:
            with suppress(StorageError), self._database.transaction() as connection:
                touch_session(connection, session.id, now)
        finally:
            self._noting.release()


def is_over(session: SessionRow, now: datetime) -> bool:
    """Tell whether the session has ended by itself."""
    return now >= _end_of(session)


def _end_of(session: SessionRow) -> datetime:
    idle_until = session.last_seen_at + timedelta(seconds=session.idle_seconds)
    return min(session.expires_at, idle_until)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
