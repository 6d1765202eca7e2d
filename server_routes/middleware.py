"""The outermost middleware: it annotates each request with who asks, and does little else.

ComfyUI serves thousands of requests that are none of our business. One that shows nothing of
ours costs a look at three headers and the address. What it refuses: a key of ours that is not
good, and whatever a cancelled account wants to change or run. What it answers itself: the browser
that a log-in provider sends back.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.hdrs import AUTHORIZATION, COOKIE

from ..composition import Composition
from ..errors import PassportError
from .live_sockets import LiveSockets, is_socket
from .request_context import (
    PRINCIPAL,
    PROBLEM,
    current_request,
    judge_request,
    name_client,
)
from .request_credentials import X_API_KEY, read_api_key, read_ticket
from .session_cookie import NAME_PREFIX, read_token

if TYPE_CHECKING:
    from ..accounts.principals import Principal
    from ..network.policy import Vantage
    from ..services import Services

logger = logging.getLogger("passport")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
WrapPrompt = Callable[[Handler], Handler]
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OUR_ROUTES = ("/passport/", "/api/passport/")
CALLBACK_END = "/callback"


def make_middleware(
    composition: Composition, live_sockets: LiveSockets, wrap_prompt: WrapPrompt | None = None
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Return the middleware; put it at index 0 of `app.middlewares`.

    `wrap_prompt` answers a posted prompt, with ComfyUI's own handler, once it is known who asks.
    """

    @web.middleware
    async def passport(request: web.Request, handler: Handler) -> web.StreamResponse:
        # Set anew each time: one task answers all requests of a kept-alive connection.
        current_request.set(request)
        if wrap_prompt and request.method == "POST" and request.path.endswith("/prompt"):
            handler = wrap_prompt(handler)
        if _is_callback(request):
            return await request.match_info.handler(request)
        if not _shows_something(request):
            return await handler(request)
        principal = None
        try:
            if not composition.failing or _needs_us(request.path):
                principal = await _recognize(composition, request)
            _refuse_cancelled(principal, request)
        except PassportError as error:
            return _answer_error(composition, request, error)
        if principal is not None and is_socket(request):
            with live_sockets.holding(request, principal):
                return await handler(request)
        return await handler(request)

    return passport


def _shows_something(request: web.Request) -> bool:
    headers = request.headers
    cookie = headers.get(COOKIE)
    return (
        (cookie is not None and NAME_PREFIX in cookie)
        or AUTHORIZATION in headers
        or X_API_KEY in headers
        or "passport_ticket" in request.rel_url.raw_query_string
    )


def _needs_us(path: str) -> bool:
    """Tell what waits for a store that did not open last time; ComfyUI's own pages do not."""
    return "/passport/" in path or path.endswith("/prompt")


async def _recognize(composition: Composition, request: web.Request) -> Principal | None:
    """Note and return who asks. Raises ApiKeyNotGoodError."""
    api_key = read_api_key(request)
    principal = None
    try:
        services = composition.services or await composition.ready()
        vantage = judge_request(services.policy, request)
        if vantage.foreign:
            return None
        if api_key is None:
            principal = await _find_person(services, request, vantage)
        else:
            # Whom the memory knows it names at once, without what only a question needs.
            api_keys = services.accounts.api_keys
            principal = api_keys.recall(api_key) or await api_keys.recognize(
                api_key, name_client(vantage, request)
            )
    except PassportError as error:
        # Nobody is signed in as long as the store cannot be asked; where somebody has to be, our
        # routes say why. ComfyUI's own pages go on.
        request[PROBLEM] = error
        return None
    except Exception as error:  # noqa: BLE001  # whatever it is, ComfyUI's pages go on
        logger.warning("Nobody recognized: %s", type(error).__name__)
        return None
    if principal is not None:
        request[PRINCIPAL] = principal
    elif api_key is not None:
        raise _not_good()
    return principal


async def _find_person(
    services: Services, request: web.Request, vantage: Vantage
) -> Principal | None:
    ticket = read_ticket(request)
    if ticket is not None and not _is_ours(request):
        return await services.database.run(services.accounts.tickets.take, ticket)
    token = read_token(request.headers.get(COOKIE, ""), services.store_id, vantage.secure)
    if token is None:
        return None
    sessions = services.accounts.sessions
    return sessions.recall(token) or await sessions.recognize(token)


def _refuse_cancelled(principal: Principal | None, request: web.Request) -> None:
    """Raise AccountCancelledError where a cancelled account does more than read.

    So it is on ComfyUI's own routes; ours decide themselves.
    """
    if principal is None or not principal.limited or _is_ours(request):
        return
    if request.method not in SAFE_METHODS or is_socket(request):
        from ..accounts.access_errors import AccountCancelledError

        raise AccountCancelledError(
            "This account is cancelled: it runs nothing and uploads nothing. Reactivate it in "
            "Passport."
        )


def _is_callback(request: web.Request) -> bool:
    """Tell a browser that a log-in provider sends back to us.

    It is answered here: newer ComfyUI refuses what comes from another site, log-ins included.
    """
    return (
        request.rel_url.raw_path.endswith(CALLBACK_END)
        and request.method == "GET"
        and request.match_info.http_exception is None
        and _is_ours(request)
    )


def _is_ours(request: web.Request) -> bool:
    """Tell by the matched route: a path that only looks like ours may be a file of ComfyUI's."""
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical.startswith(OUR_ROUTES)


def _answer_error(
    composition: Composition, request: web.Request, error: PassportError
) -> web.Response:
    from .refusals import refuse

    return refuse(composition.services, request, error)


def _not_good() -> PassportError:
    from ..accounts.access_errors import ApiKeyNotGoodError

    return ApiKeyNotGoodError(
        "This API key is not good: it has a typing error, has expired, or was deleted or rotated. "
        "Make a new one in Passport."
    )
