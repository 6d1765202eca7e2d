"""One browser's log-in: an opaque random token that the store can revoke at once."""

from __future__ import annotations

import hashlib
import secrets
import threading
import uuid
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..audit.clients import Client
from ..clock import Clock
from ..secret import Secret
from ..storage.account_rows import ACTIVE
from ..storage.database import Database
from ..storage.errors import StorageError
from ..storage.session_rows import (
    SessionRow,
    add_session,
    find_session,
    find_sessions,
    renew_session,
    touch_session,
)
from .log_in_notice import LogInNotice
from .principals import Known, Principal, PrincipalMemory

TOKEN_LENGTH_BYTES = 32  # 256 bits; OWASP Session Management asks for 64 of entropy
SEEN_NOTED_EVERY = timedelta(minutes=1)

TokenSource = Callable[[int], str]


@dataclass(frozen=True)
class Lifetimes:
    """How long sessions last, in seconds: unused, and at all."""

    idle_seconds: int
    shared_computer_idle_seconds: int
    lifetime_seconds: int


class Sessions:
    """Starts and recognizes sessions."""

    def __init__(
        self,
        database: Database,
        lifetimes: Lifetimes,
        clock: Clock,
        token_source: TokenSource = secrets.token_urlsafe,
        memory: PrincipalMemory | None = None,
        notice: LogInNotice | None = None,
    ) -> None:
        self._database = database
        self._lifetimes = lifetimes
        self._clock = clock
        self._token_source = token_source
        self._noting = threading.Lock()
        self._memory = memory or PrincipalMemory()
        self._notice = notice

    def start(
        self,
        connection: Connection,
        account_id: str,
        method: str,
        shared_computer: bool,
        client: Client,
    ) -> tuple[str, SessionRow]:
        """Start a session; return its token, which nobody can ask for again, and the session.

        `method` is the kind of identity that was shown. Write the log-in down after this, or it
        is known already as the account's owner is told of what is new.
        """
        if self._notice is not None:
            self._notice.tell(connection, account_id, client)
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
            proved_at=now,
        )
        add_session(connection, row, _hash(token))
        return token, row

    def renew(self, connection: Connection, session: SessionRow) -> Secret:
        """Note that the person was proved again just now; return the session's new token.

        The old one is worth nothing once this is committed and the account's sessions are
        forgotten here.
        """
        token = self._token_source(TOKEN_LENGTH_BYTES)
        renew_session(connection, session, _hash(token), self._clock())
        return Secret(token)

    def recall(self, token: str) -> Principal | None:
        """Return who shows this token, as far as the memory knows and is believed.

        None means only that `recognize` has to be asked.
        """
        return self._memory.recall(_hash(token), self._clock())

    async def recognize(self, token: str) -> Principal | None:
        """Return who shows this token, or None when it is unknown, revoked or expired.

        A look-up in memory as a rule; now and then one indexed query. Raises StorageError when
        the store cannot be asked and the token was not known a short while ago either.
        """
        token_sha256 = _hash(token)
        now = self._clock()
        known = self._memory.find(token_sha256, now)
        if known is None:
            known = await self._memory.consult(self._database, token_sha256, now, self._look_up)
        return known.principal if known is not None and now < known.ends_at else None

    def find(self, session_id: str) -> Principal | None:
        """Return who the session is, of an active account, as the store has it now, or None."""
        now = self._clock()
        with self._database.reading() as connection:
            found = find_sessions(connection, [session_id])
        if not found or found[0][1] != ACTIVE or is_over(found[0][0], now):
            return None
        session, _ = found[0]
        return Principal(session.account_id, limited=False, session=session)

    def find_living(self, session_ids: Collection[str]) -> set[str]:
        """Return which of these sessions may go on, as the store has it now.

        Those of a cancelled account may not: what they are still good for needs no socket.
        """
        if not session_ids:
            return set()
        now = self._clock()
        with self._database.reading() as connection:
            found = find_sessions(connection, session_ids)
        return {row.id for row, state in found if state == ACTIVE and not is_over(row, now)}

    def forget(self, *account_ids: str) -> None:
        """Take the accounts' sessions out of the memory.

        Call it once a transaction that ended some is committed: from the return on they are
        worth nothing.
        """
        self._memory.forget(*account_ids)

    def _look_up(self, token_sha256: bytes) -> Known | None:
        now = self._clock()
        known = self._memory.ask(token_sha256, now, lambda: self._load(token_sha256))
        session = known.principal.session if known else None
        # Either way round: a use that a clock noted which went ahead would put off the idle end.
        if session and not is_over(session, now) and _is_long_ago(session.last_seen_at, now):
            self._note_seen(session, now)
        return known

    def _load(self, token_sha256: bytes) -> Known | None:
        with self._database.reading() as connection:
            found = find_session(connection, token_sha256)
        if found is None:
            return None
        session, state = found
        if _is_from_ahead(session, self._clock()):
            return None
        principal = Principal(session.account_id, limited=state != ACTIVE, session=session)
        return Known(principal, _end_of(session))

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
    return now >= _end_of(session) or _is_from_ahead(session, now)


def _is_from_ahead(session: SessionRow, now: datetime) -> bool:
    """Tell whether a clock that went ahead began it, by more than it may last.

    It would be good for as long on top. Whoever has it logs in again.
    """
    return session.created_at - now > session.expires_at - session.created_at


def _is_long_ago(seen_at: datetime, now: datetime) -> bool:
    return abs(now - seen_at) >= SEEN_NOTED_EVERY


def _end_of(session: SessionRow) -> datetime:
    idle_until = session.last_seen_at + timedelta(seconds=session.idle_seconds)
    return min(session.expires_at, idle_until)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
