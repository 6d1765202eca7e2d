"""Websockets: closed once the session or API key that opened them has ended, wherever it was."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.hdrs import UPGRADE

from ..composition import Composition
from ..errors import PassportError

if TYPE_CHECKING:
    from ..accounts.principals import Principal
    from ..services import Services

logger = logging.getLogger("passport")

LOOK_EVERY_SECONDS = 0.5
"""A session's sockets are closed within a second of its end, be it ended here, by the command
line, by another machine, or by itself."""


OUTAGE_BRIDGED_SECONDS = 60
"""How long sockets stay while the store cannot be asked; see `accounts.principals`."""

SESSION, API_KEY = "session", "api key"
Holder = tuple[str, str]
"""What a connection hangs on: a session or an API key, and its id."""


class LiveSockets:
    """Knows which connections belong to which session or API key."""

    def __init__(self, composition: Composition) -> None:
        self._composition = composition
        self._connections: dict[Holder, set[asyncio.Transport]] = {}

    @contextmanager
    def holding(self, request: web.Request, principal: Principal) -> Generator[None, None, None]:
        """Watch the request's connection as long as it is answered."""
        connection = request.transport
        if connection is None:
            yield
            return
        holder = _name_holder(principal)
        held = self._connections.setdefault(holder, set())
        held.add(connection)
        try:
            yield
        finally:
            held.discard(connection)
            if not held:
                self._connections.pop(holder, None)

    def close(self, holders: Collection[Holder]) -> None:
        """Cut the connections of these sessions and keys."""
        for holder in holders:
            for connection in tuple(self._connections.get(holder, ())):
                # Not `close`: it would wait for whoever does not read.
                connection.abort()

    async def watch(self) -> None:
        """Close what has ended, for as long as the server is up."""
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                await self._close_ended()
                asked_at = loop.time()
            except PassportError:
                pass  # the store cannot be asked now; it is asked again
            except Exception as error:  # noqa: BLE001  # a fault now must not end the watch
                logger.warning("Sessions could not be looked at: %s", type(error).__name__)
            if loop.time() - asked_at > OUTAGE_BRIDGED_SECONDS:
                self.close(tuple(self._connections))

    async def _close_ended(self) -> None:
        services = self._composition.services
        watched = frozenset(self._connections)
        if services is None or not watched:
            return
        self.close(watched - await services.database.run(_find_living, services, watched))


def _name_holder(principal: Principal) -> Holder:
    if principal.session is not None:
        return SESSION, principal.session.id
    return API_KEY, principal.api_key_sha256 or ""


def _find_living(services: Services, watched: Collection[Holder]) -> set[Holder]:
    accounts = services.accounts
    session_ids = {number for kind, number in watched if kind == SESSION}
    key_ids = {number for kind, number in watched if kind == API_KEY}
    return {
        *((SESSION, number) for number in accounts.sessions.find_living(session_ids)),
        *((API_KEY, number) for number in accounts.api_keys.find_living(key_ids)),
    }


def is_socket(request: web.Request) -> bool:
    """Tell whether the request asks for a websocket."""
    return request.headers.get(UPGRADE, "").lower() == "websocket"
