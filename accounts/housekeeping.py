"""Forgetting what nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

from ..clock import Clock
from ..storage.audit_rows import delete_events_before
from ..storage.change_rows import delete_changes_before
from ..storage.database import Database
from ..storage.invitation_rows import delete_expired_invitations
from ..storage.pending_rows import delete_expired_pending
from ..storage.session_rows import delete_expired_sessions
from ..storage.throttle_rows import delete_full_buckets
from ..storage.ticket_rows import delete_expired_tickets
from ..storage.token_rows import delete_expired_tokens
from .change_feed import KEPT_FOR

EXPIRING = (
    delete_expired_sessions,
    delete_expired_tokens,
    delete_expired_tickets,
    delete_expired_invitations,
    delete_expired_pending,
    delete_full_buckets,
)


class Housekeeping:
    """Removes what has expired, and audit events older than the owner wants to keep."""

    def __init__(self, database: Database, audit_retention_days: int, clock: Clock) -> None:
        self._database = database
        self._retention = timedelta(days=audit_retention_days)
        self._clock = clock

    def tidy(self) -> None:
        """Do it once; each kind in a transaction of its own, so that nobody waits for long."""
        now = self._clock()
        for delete_expired in EXPIRING:
            with self._database.transaction() as connection:
                delete_expired(connection, now)
        with self._database.transaction() as connection:
            delete_events_before(connection, now - self._retention)
        with self._database.transaction() as connection:
            delete_changes_before(connection, now - KEPT_FOR)
