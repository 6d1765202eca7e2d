"""Hearing of what other processes change: the command line, and other machines on this store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from ..clock import Clock
from ..storage.change_rows import (
    MOST_READ,
    ChangeRow,
    find_mark,
    list_changes,
    read_position,
)
from ..storage.database import Database
from .principals import Freshness

logger = logging.getLogger("passport")

POLL_EVERY_SECONDS = 0.3
"""A change counts everywhere within a second: this, and what a slow store takes."""
KEPT_FOR = timedelta(days=1)
"""How long a change is kept; a feed that has missed more begins anew."""


class Memory(Protocol):
    """Remembers something of accounts that others may change."""

    def forget_hashed(self, accounts: Collection[bytes]) -> None:
        """Forget the accounts whose ids have these hashes."""
        ...

    def forget_all(self) -> None:
        """Forget all of them."""
        ...


@dataclass(frozen=True)
class _Position:
    """How far the log was read, and what stood there."""

    number: int
    mark: tuple[bytes, str, datetime] | None


class ChangeFeed:
    """Reads the log of changes, one after the other, and has the memories forget what they tell of.

    A memory is believed for longer than a second only while this reads.
    """

    def __init__(
        self,
        database: Database,
        freshness: Freshness,
        memories: Sequence[Memory],
        clock: Clock,
    ) -> None:
        self._database = database
        self._freshness = freshness
        self._memories = list(memories)
        self._clock = clock
        self._position: _Position | None = None
        # Not the store's threads: what they are busy with must not make the feed late.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passport-changes")

    def tell(self, memory: Memory) -> None:
        """Have one more memory forget."""
        self._memories.append(memory)

    async def watch(self) -> None:
        """Read on for as long as the server is up."""
        loop = asyncio.get_running_loop()
        while True:
            was_lost = self._freshness.lost
            try:
                await loop.run_in_executor(self._thread, self.poll)
            except Exception as error:  # noqa: BLE001  # it goes on as soon as the store does
                if not was_lost:
                    logger.warning("The store cannot be asked: %s", type(error).__name__)
            await asyncio.sleep(POLL_EVERY_SECONDS)

    def poll(self) -> None:
        """Read once. Raises StorageError."""
        freshness = self._freshness
        now = freshness.asking_since = self._clock()
        try:
            self._catch_up()
        except Exception:
            # Whatever the store is when it comes back, a backup perhaps: nothing is taken over.
            freshness.lost, self._position = True, None
            raise
        finally:
            freshness.asking_since = None
        freshness.lost, freshness.confirmed_at = False, now

    def _catch_up(self) -> None:
        before = self._position
        with self._database.reading() as connection:
            newest = read_position(connection)
            changes = _read_on(connection, before, newest) if before else None
            self._position = _Position(newest, find_mark(connection, newest))
        if changes is None:
            for memory in self._memories:
                memory.forget_all()
        elif changes:
            accounts = {change.account_sha256 for change in changes}
            for memory in self._memories:
                memory.forget_hashed(accounts)


def _read_on(connection: Connection, before: _Position, newest: int) -> list[ChangeRow] | None:
    """Return what came since then; None when it cannot be told, or this is another log."""
    missed = newest - before.number
    if not 0 <= missed <= MOST_READ or find_mark(connection, before.number) != before.mark:
        return None
    changes = list_changes(connection, before.number) if missed else []
    return changes if len(changes) == missed else None
