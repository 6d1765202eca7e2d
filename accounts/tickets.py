"""One-shot tickets for addresses that cannot carry a header: websockets and images."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from ..clock import Clock, is_current
from ..secret import Secret
from ..storage.database import Database
from ..storage.ticket_rows import TicketRow, add_ticket, find_ticket, take_ticket
from .api_keys import ApiKeys
from .principals import Principal
from .sessions import Sessions

LIFETIME = timedelta(seconds=30)
TICKET_LENGTH_BYTES = 24
LONGEST_TICKET = 64


class Tickets:
    """Kept in the store: one that was given by one machine is taken by another."""

    def __init__(
        self, database: Database, sessions: Sessions, api_keys: ApiKeys, clock: Clock
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._api_keys = api_keys
        self._clock = clock

    def give(self, principal: Principal) -> Secret:
        """Return a ticket that stands for this principal once, within 30 seconds."""
        ticket = secrets.token_urlsafe(TICKET_LENGTH_BYTES)
        key = principal.api_key_sha256
        row = TicketRow(
            principal.account_id,
            principal.session.id if principal.session else None,
            bytes.fromhex(key) if key else None,
            self._clock() + LIFETIME,
        )
        with self._database.transaction() as connection:
            add_ticket(connection, row, _hash(ticket))
        return Secret(ticket)

    def take(self, ticket: str) -> Principal | None:
        """Return for whom the ticket stands and use it up; None when it is not good.

        What it was given for may have ended since: whoever logs out leaves no ticket behind.
        """
        if len(ticket) > LONGEST_TICKET:
            return None
        ticket_sha256 = _hash(ticket)
        with self._database.reading() as connection:  # one that was made up waits for no writer
            row = find_ticket(connection, ticket_sha256)
        if row is None:
            return None
        with self._database.transaction() as connection:
            first = take_ticket(connection, ticket_sha256)
        if not (first and is_current(self._clock(), row.expires_at - LIFETIME, row.expires_at)):
            return None
        if row.session_id is not None:
            return self._sessions.find(row.session_id)
        return self._api_keys.find(row.key_sha256) if row.key_sha256 else None


def _hash(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
