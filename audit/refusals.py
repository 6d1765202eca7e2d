"""Refused calls, counted in memory and written down in a few rows.

A stranger can be refused a thousand times in a second. So that this neither fills the store nor
keeps anybody waiting for it, calls of one kind by one account and network share a row, which is
begun anew each hour.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ..clock import Clock
from ..storage.account_rows import find_account
from ..storage.audit_rows import EventRow, add_event, change_details
from ..storage.database import Database
from .log import CALLS_REFUSED

ROW_PERIOD = timedelta(hours=1)
MOST_ROWS = 200
"""At most so many at a time; what is refused beyond shares one row for each kind."""


@dataclass(frozen=True)
class Refusal:
    """What one row counts: the error's code, who it was, and the network, each as far as known."""

    kind: str
    account_id: str | None
    network: str


@dataclass
class _Tally:
    first_at: datetime
    count: int = 0
    written: int = 0
    row_id: int | None = None


class Refusals:
    """Counts what is refused. What was not written yet when the process is killed is lost."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._tallies: dict[Refusal, _Tally] = {}

    def note(self, refusal: Refusal) -> None:
        """Count a refused call; touches no store."""
        with self._lock:
            if refusal not in self._tallies and len(self._tallies) >= MOST_ROWS:
                refusal = Refusal(refusal.kind, None, "")
            tally = self._tallies.setdefault(refusal, _Tally(self._clock()))
            tally.count += 1

    def write(self) -> None:
        """Write down what was refused since the last time. Raises StorageError; then it waits."""
        with self._lock:
            changed = {
                refusal: (tally, tally.count)
                for refusal, tally in self._tallies.items()
                if tally.count > tally.written
            }
        if changed:
            with self._database.transaction() as connection:
                rows = {
                    refusal: _write_row(connection, refusal, tally, count)
                    for refusal, (tally, count) in changed.items()
                }
            for refusal, (tally, count) in changed.items():
                tally.written, tally.row_id = count, rows[refusal]
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Let go of the rows that have had their hour; the next refusal begins another."""
        now = self._clock()
        with self._lock:
            self._tallies = {
                refusal: tally
                for refusal, tally in self._tallies.items()
                if tally.count > tally.written or abs(now - tally.first_at) < ROW_PERIOD
            }


def _write_row(connection: Connection, refusal: Refusal, tally: _Tally, count: int) -> int:
    """Bring the refusal's row up to date, or begin it; return its number."""
    details = json.dumps({"kind": refusal.kind, "count": count})
    if tally.row_id is not None and change_details(connection, tally.row_id, details):
        return tally.row_id
    account_id = refusal.account_id
    if account_id is not None and find_account(connection, account_id) is None:
        account_id = None  # deleted since: nothing of it is to come back
    event = EventRow(
        at=tally.first_at,
        account_id=account_id,
        action=CALLS_REFUSED,
        address="",
        network=refusal.network,
        user_agent="",
        details=details,
    )
    return add_event(connection, event)
