"""Turns: something that one machine at a time may do, of all that share the store."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from ..clock import Clock
from ..storage.database import Database
from ..storage.errors import DatabaseBusyError, StorageError
from ..storage.turn_rows import end_turn, take_turn

LONGEST_TURN = timedelta(seconds=20)
"""Twice what a call to a remote service may take: whoever had it so long has died with it."""
ASKED_EVERY_SECONDS = 0.25
WAITED_SECONDS = 25


class Turns:
    """Gives them out."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def wait_for(self, name: str) -> AsyncGenerator[None, None]:
        """Wait for the turn and have it, for 20 seconds at most; then another may.

        Raises DatabaseBusyError when others have it all the while, and what `Database.run` raises.
        """
        key = hashlib.sha256(f"turn {name}".encode()).digest()
        until = await self._take(key)
        try:
            yield
        finally:
            with suppress(StorageError):  # it ends by itself, and what was done is done
                await self._database.run(self._end, key, until)

    async def _take(self, key: bytes) -> datetime:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + WAITED_SECONDS
        while (until := await self._database.run(self._try, key)) is None:
            if loop.time() > give_up_at:
                break
            await asyncio.sleep(ASKED_EVERY_SECONDS)
        else:
            return until
        raise DatabaseBusyError("Another machine has been at the same for long. Try again.")

    def _try(self, key: bytes) -> datetime | None:
        now = self._clock()
        # As the store keeps it, so that it is known again.
        until = (now + LONGEST_TURN).replace(microsecond=now.microsecond // 1000 * 1000)
        with self._database.transaction() as connection:
            return until if take_turn(connection, key, now, until) else None

    def _end(self, key: bytes, until: datetime) -> None:
        with self._database.transaction() as connection:
            end_turn(connection, key, until)
