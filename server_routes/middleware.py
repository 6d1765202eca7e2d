"""The outermost middleware: it annotates each request with who asks, and nothing else.

ComfyUI serves thousands of requests that are none of our business. One without our cookie costs
a look at a header.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from ..composition import Composition
from ..errors import PassportError
from .live_sockets import LiveSockets, is_socket
from .request_context import PRINCIPAL, current_request, find_principal, judge_request
from .session_cookie import NAME_PREFIX, read_token

logger = logging.getLogger("passport")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_middleware(
    composition: Composition, live_sockets: LiveSockets
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Return the middleware; put it at index 0 of `app.middlewares`."""

    @web.middleware
    async def passport(request: web.Request, handler: Handler) -> web.StreamResponse:
        # Set anew each time: one task answers all requests of a kept-alive connection.
        current_request.set(request)
        cookie = request.headers.get("Cookie")
        if cookie is not None and NAME_PREFIX in cookie:
            if not composition.failing or _needs_us(request.path):
                await _recognize(composition, request, cookie)
            principal = find_principal(request)
            if principal is not None and is_socket(request):
                with live_sockets.holding(request, principal):
                    return await handler(request)
        elif composition.services is None and request.path.endswith("/prompt"):
            await _prepare(composition)
        return await handler(request)

    return passport


def _needs_us(path: str) -> bool:
    """Tell what waits for a store that did not open last time; ComfyUI's own pages do not."""
    return "/passport/" in path or path.endswith("/prompt")


async def _prepare(composition: Composition) -> None:
    """Have the machine's default ready for a prompt that comes right after the start."""
    try:
        await composition.ready()
    except PassportError:
        return  # ComfyUI goes on without us; our own routes say why


async def _recognize(composition: Composition, request: web.Request, cookie: str) -> None:
    try:
        services = composition.services or await composition.ready()
        vantage = judge_request(services.policy, request)
        token = read_token(cookie, services.store_id, vantage.secure)
        if token is None or vantage.foreign:
            return
        principal = await services.accounts.sessions.recognize(token)
    except PassportError:
        return  # nobody is signed in as long as the store cannot be asked
    except Exception as error:  # noqa: BLE001  # whatever it is, ComfyUI's pages go on
        logger.warning("Nobody recognized: %s", type(error).__name__)
        return
    if principal is not None:
        request[PRINCIPAL] = principal
