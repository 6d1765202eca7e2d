"""Ending sessions: this one, another one, all others, all."""

from __future__ import annotations

from sqlalchemy import Connection

from ..audit import log as audit
from ..audit.clients import Client
from ..clock import Clock
from ..storage.account_rows import lock_account
from ..storage.database import Database
from ..storage.session_rows import SessionRow, delete_session, delete_sessions, list_sessions
from ..vault.credentials import Credentials
from .errors import SessionMissingError
from .sessions import Sessions, is_over


class SignOut:
    """Revokes sessions; from the return on their tokens are worth nothing."""

    def __init__(
        self, database: Database, sessions: Sessions, credentials: Credentials, clock: Clock
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._credentials = credentials
        self._clock = clock

    def list(self, account_id: str) -> list[SessionRow]:
        """Return the account's sessions that can still be used, the last seen first."""
        now = self._clock()
        with self._database.reading() as connection:
            rows = list_sessions(connection, account_id, now)
        return [row for row in rows if not is_over(row, now)]

    def end(self, session: SessionRow, client: Client, forget_credentials: bool = False) -> None:
        """Log out; on request remove the account's stored credentials at once, first."""
        if forget_credentials:
            self._credentials.forget_all(session.account_id, client)
        self._end_one(session.account_id, session.id, audit.SIGNED_OUT, client)

    def revoke(self, account_id: str, session_id: str, client: Client) -> None:
        """End another session of the account. Raises SessionMissingError."""
        if not self._end_one(account_id, session_id, audit.SESSION_REVOKED, client):
            raise SessionMissingError("There is no such session; it may have ended already.")

    def revoke_all(
        self, account_id: str, client: Client, but: str | None = None, by: str | None = None
    ) -> int:
        """End all sessions of the account, one of them excepted; return how many."""
        with self._database.transaction() as connection:
            lock_account(connection, account_id)
            ended = delete_sessions(connection, account_id, but)
            self._note(connection, audit.SESSIONS_REVOKED, account_id, client, count=ended, by=by)
        self._sessions.forget(account_id)
        return ended

    def _end_one(self, account_id: str, session_id: str, action: str, client: Client) -> bool:
        with self._database.transaction() as connection:
            ended = delete_session(connection, session_id, account_id)
            if ended:
                self._note(connection, action, account_id, client)
        self._sessions.forget(account_id)
        return ended

    def _note(
        self,
        connection: Connection,
        action: str,
        account_id: str,
        client: Client,
        **details: audit.Detail,
    ) -> None:
        audit.record(connection, self._clock(), action, account_id, client, **details)
