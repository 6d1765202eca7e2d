"""Log-in by redirect: to a provider, and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web

from ..accounts.access_errors import AccountCancelledError
from ..accounts.flows import name_flow
from ..accounts.provider_flow import LINK, LOG_IN, PURPOSES, Asker, Callback, Finished, Wish
from ..errors import PassportError
from ..network.policy import Vantage
from ..providers.directory import ALWAYS_SHOWN
from ..services import Services
from ..storage.session_rows import SessionRow
from .access import find_session
from .callback_page import show_page
from .error_mapping import STATUS
from .errors import InvalidFieldError
from .flow_cookie import clear_flow_cookie, read_flow_secret, set_flow_cookie
from .places import find_origin, require_trusted_place
from .refusals import note_refusal
from .request_body import read_body
from .request_context import find_client, find_principal, judge_request
from .responses import json_response
from .session_cookie import read_token, set_cookie

CALLBACK = "/passport/oauth/{kind}/callback"
LONGEST_PARAMETER = 4096
DONE = {
    "log_in": ("You are logged in", "You can close this window."),
    "link": ("Linked", "From now on this logs in to your account. You can close this window."),
    "reauthenticate": ("It is you", "Go on where you were. You can close this window."),
}


@dataclass(frozen=True)
class Start:
    """What a log-in elsewhere is for."""

    purpose: str = LOG_IN
    shared_computer: bool = False
    invitation: str = field(default="", repr=False)
    set_up_code: str = field(default="", repr=False)
    link_accounts: bool = False


async def start(request: web.Request, services: Services) -> web.Response:
    """POST oauth/{provider}/start: where the browser is to go, and the cookie for its way back."""
    body = await read_body(request, Start)
    vantage = require_trusted_place(request, services)
    kind = request.match_info["provider"]
    asker = make_asker(request, services, vantage, find_session(request))
    await require_may_begin(request, services, body.purpose)
    wish = Wish(**vars(body))
    redirect_uri = make_redirect_uri(services, vantage, kind)
    flow, url = await services.accounts.provider_log_in.begin_redirect(
        kind, wish, asker, redirect_uri
    )
    now = services.clock()
    left = int((flow.expires_at - now).total_seconds())
    response = json_response({"authorization_url": url, "expires_in": left, "flow": flow.name})
    set_flow_cookie(response, flow, vantage.secure, now)
    return response


async def finish(request: web.Request, services: Services) -> web.Response:
    """GET oauth/{provider}/callback: the browser is back. Other sites may send it here: that is
    what a redirect is; what counts is the flow's own cookie.
    """
    if request.method != "GET":  # aiohttp sends HEAD here too: it would use the flow up
        raise web.HTTPMethodNotAllowed(request.method, ("GET",))
    kind = request.match_info["provider"]
    state = _read(request, "state") or ""
    secure = judge_request(services.policy, request).secure
    try:
        finished, session = await _finish(request, services, kind, state)
        response = _show_done(services, kind, state, finished)
        hand_over_token(request, services, response, finished, session)
    except PassportError as error:
        note_refusal(services, request, error)
        response = _show_error(services, kind, state, error)
    clear_flow_cookie(response, state, secure)
    return response


async def _finish(
    request: web.Request, services: Services, kind: str, state: str
) -> tuple[Finished, SessionRow | None]:
    vantage = require_trusted_place(request, services)
    secret = read_flow_secret(request, state, vantage.secure)
    session = await _find_session(request, services, vantage)
    callback = Callback(
        state, _read(request, "code") or "", _read(request, "iss"), _read(request, "error")
    )
    asker = make_asker(request, services, vantage, session)
    log_in = services.accounts.provider_log_in
    finished = await log_in.finish_redirect(kind, callback, secret, asker)
    if finished.signed_in is not None and session is not None:
        await services.database.run(services.accounts.sign_out.end, session, asker.client)
    return finished, session


async def _find_session(
    request: web.Request, services: Services, vantage: Vantage
) -> SessionRow | None:
    """Return the browser's session. The middleware has not looked: another site sends this."""
    token = read_token(request.headers.get("Cookie", ""), services.store_id, vantage.secure)
    principal = await services.accounts.sessions.recognize(token) if token else None
    return principal.session if principal else None


def _show_done(services: Services, kind: str, state: str, finished: Finished) -> web.Response:
    title, message = DONE[finished.purpose]
    result = {
        "provider": kind,
        "purpose": finished.purpose,
        "flow": name_flow(state),
        "done": True,
        "code": None,
        "message": message,
    }
    return show_page(result, title, message, _find_home(services))


def hand_over_token(
    request: web.Request,
    services: Services,
    response: web.Response,
    finished: Finished,
    session: SessionRow | None,
) -> None:
    """Set the session's cookie where the flow has brought a new token."""
    secure = judge_request(services.policy, request).secure
    if finished.signed_in is not None:
        token, session = finished.signed_in.token, finished.signed_in.session
        set_cookie(response, services.store_id, token.reveal(), session, secure)
    elif finished.token is not None and session is not None:
        set_cookie(response, services.store_id, finished.token.reveal(), session, secure)


def _show_error(services: Services, kind: str, state: str, error: PassportError) -> web.Response:
    known = kind if kind in services.accounts.provider_log_in.providers else None
    result = {
        "provider": known or (kind if kind in ALWAYS_SHOWN else None),
        "purpose": None,
        "flow": name_flow(state),
        "done": False,
        "code": error.code,
        "message": error.message,
        "details": error.details,
    }
    page = show_page(result, "This did not work", error.message, _find_home(services))
    page.set_status(STATUS[type(error)])
    return page


def _read(request: web.Request, name: str) -> str | None:
    """Return a parameter that is there once (RFC 6749, 3.1), and of a length that makes sense."""
    values = request.query.getall(name, [])
    return values[0] if len(values) == 1 and len(values[0]) <= LONGEST_PARAMETER else None


def _find_home(services: Services) -> str:
    return urlsplit(services.settings.public_url).path or "/"


def make_asker(
    request: web.Request, services: Services, vantage: Vantage, session: SessionRow | None
) -> Asker:
    """Tell whose browser asks, and from where."""
    return Asker(find_client(services.policy, request), session, vantage.loopback)


async def require_may_begin(request: web.Request, services: Services, purpose: str) -> None:
    """Raise the error that says why this session may not begin a flow for this purpose."""
    if purpose not in PURPOSES:
        raise InvalidFieldError(
            f"The field “purpose” must be one of: {', '.join(PURPOSES)}.", field="purpose"
        )
    principal, session = find_principal(request), find_session(request)
    if purpose != LINK or session is None:
        return
    if principal is not None and principal.limited:
        raise AccountCancelledError("This account is cancelled. Reactivate it first.")
    # A way in that somebody else adds at an unlocked screen would stay theirs.
    client = find_client(services.policy, request)
    await services.accounts.reauthentication.require(session, "", client)


def make_redirect_uri(services: Services, vantage: Vantage, kind: str) -> str:
    """Return where the provider is to send this browser back to (RFC 8252, 7.3: on loopback any
    port).
    """
    return find_origin(services, vantage) + CALLBACK.format(kind=kind)
