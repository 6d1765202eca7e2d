"""The websockets of sessions: closed once their session has ended, wherever it was ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from ..composition import Composition
from ..errors import PassportError

if TYPE_CHECKING:
    from ..accounts.sessions import Principal

logger = logging.getLogger("passport")

LOOK_EVERY_SECONDS = 0.5
"""A session's sockets are closed within a second of its end, be it ended here, by the command
line, by another machine, or by itself."""


class LiveSockets:
    """Knows which connections belong to which session."""

    def __init__(self, composition: Composition) -> None:
        self._composition = composition
        self._connections: dict[str, set[asyncio.Transport]] = {}

    @contextmanager
    def holding(self, request: web.Request, principal: Principal) -> Generator[None, None, None]:
        """Watch the request's connection as long as it is answered."""
        connection = request.transport
        if connection is None:
            yield
            return
        session_id = principal.session.id
        held = self._connections.setdefault(session_id, set())
        held.add(connection)
        try:
            yield
        finally:
            held.discard(connection)
            if not held:
                self._connections.pop(session_id, None)

    def close(self, session_ids: Collection[str]) -> None:
        """Cut the connections of these sessions."""
        for session_id in session_ids:
            for connection in tuple(self._connections.get(session_id, ())):
                # Not `close`: it would wait for whoever does not read.
                connection.abort()

    async def watch(self) -> None:
        """Close what has ended, for as long as the server is up."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                await self._close_ended()
            except PassportError:
                continue  # the store cannot be asked now; it is asked again
            except Exception as error:  # noqa: BLE001  # a fault now must not end the watch
                logger.warning("Sessions could not be looked at: %s", type(error).__name__)

    async def _close_ended(self) -> None:
        services = self._composition.services
        watched = frozenset(self._connections)
        if services is None or not watched:
            return
        living = await services.database.run(services.accounts.sessions.find_living, watched)
        self.close(watched - living)


def is_socket(request: web.Request) -> bool:
    """Tell whether the request asks for a websocket."""
    return request.headers.get("Upgrade", "").lower() == "websocket"
