"""Deleting cancelled accounts when their day has come, and telling them before."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

from ..audit.clients import Client
from ..clock import Clock
from ..storage.account_rows import CANCELLED, find_account, lock_account, lock_ownership
from ..storage.database import Database
from ..storage.errors import StorageError
from ..storage.leaving_rows import list_to_purge, list_to_remind, note_reminder
from .errors import AccountMissingError, LastOwnerError
from .leaving import Leaving, tell_cancelled
from .outbox import Outbox

logger = logging.getLogger("passport")

REMINDED_BEFORE = timedelta(days=3)
BY_ITSELF = Client("", "")


class Purge:
    """Runs with the housekeeping; what a stopped server has missed it does at its next start."""

    def __init__(self, database: Database, leaving: Leaving, outbox: Outbox, clock: Clock) -> None:
        self._database = database
        self._leaving = leaving
        self._outbox = outbox
        self._clock = clock

    def run(self) -> None:
        """Remind, then delete; each account in a transaction of its own."""
        self._remind()
        with self._database.reading() as connection:
            due = list_to_purge(connection, self._clock())
        gone: list[str] = []
        try:
            for account_id in due:
                with suppress(AccountMissingError):
                    if self._delete(account_id):
                        gone.append(account_id)
        finally:
            if gone:
                self._leaving.settle(*gone)
        with suppress(StorageError):  # a reader may have been in the way when somebody deleted
            self._database.empty_log()

    def _remind(self) -> None:
        now = self._clock()
        with self._database.transaction() as connection:
            for account in list_to_remind(connection, now + REMINDED_BEFORE):
                first = note_reminder(connection, account.id, now)
                if first and account.purge_at is not None and account.purge_at > now:
                    tell_cancelled(connection, self._outbox, account, account.purge_at)
        self._outbox.wake()

    def _delete(self, account_id: str) -> bool:
        try:
            with self._database.transaction() as connection:
                # First, or a reactivation could slip in between the look and the deletion.
                lock_ownership(connection)
                lock_account(connection, account_id)
                account = find_account(connection, account_id)
                day = account.purge_at if account else None
                # Reactivated since the list was made, it stays.
                if account is None or account.state != CANCELLED or not day or day > self._clock():
                    return False
                self._leaving.delete_in(connection, account_id, BY_ITSELF)
        except LastOwnerError:
            logger.warning("A cancelled account stays: it is the only owner's, and others are here")
            return False
        return True
