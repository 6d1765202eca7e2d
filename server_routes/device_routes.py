"""Log-in by code (RFC 8628): the person enters it at the provider, on whatever device they like."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from ..accounts.provider_flow import LOG_IN, Wish
from ..providers.oauth import Pending
from ..services import Services
from .access import find_session
from .flow_cookie import clear_flow_cookie, read_flow_secret, set_flow_cookie
from .oauth_routes import hand_over_token, make_asker, require_may_begin
from .places import require_private
from .qr_code import draw_qr_code
from .request_body import read_body
from .request_context import judge_request
from .responses import json_response


@dataclass(frozen=True)
class Start:
    """What a log-in elsewhere is for; `accept_insecure`: others can read this connection."""

    purpose: str = LOG_IN
    shared_computer: bool = False
    invitation: str = field(default="", repr=False)
    set_up_code: str = field(default="", repr=False)
    link_accounts: bool = False
    accept_insecure: bool = False


@dataclass(frozen=True)
class Poll:
    """Which log-in is asked about."""

    flow: str


async def start(request: web.Request, services: Services) -> web.Response:
    """POST device/{provider}: the code to show, and the cookie that its log-in belongs to."""
    body = await read_body(request, Start)
    vantage = judge_request(services.policy, request)
    require_private(vantage, body.accept_insecure)
    await require_may_begin(request, services, body.purpose)
    asker = make_asker(request, services, vantage, find_session(request))
    wish = Wish(
        body.purpose, body.shared_computer, body.invitation, body.set_up_code, body.link_accounts
    )
    flow, shown = await services.accounts.provider_log_in.begin_device(
        request.match_info["provider"], wish, asker
    )
    complete = shown.verification_uri_complete
    response = json_response(
        {
            "flow": flow.id,
            "user_code": shown.user_code,
            "verification_uri": shown.verification_uri,
            "verification_uri_complete": complete,
            "qr": draw_qr_code(complete or shown.verification_uri),
            "expires_in": shown.expires_in,
            "interval": shown.interval,
        },
        201,
    )
    set_flow_cookie(response, flow, vantage.secure, services.clock())
    return response


async def poll(request: web.Request, services: Services) -> web.Response:
    """POST device/{provider}/poll: has the person entered the code yet?"""
    body = await read_body(request, Poll)
    vantage = judge_request(services.policy, request)
    session = find_session(request)
    asker = make_asker(request, services, vantage, session)
    secret = read_flow_secret(request, body.flow, vantage.secure)
    finished = await services.accounts.provider_log_in.poll_device(
        request.match_info["provider"], body.flow, secret, asker
    )
    if isinstance(finished, Pending):
        return json_response({"state": "pending", "interval": finished.interval})
    if finished.signed_in is not None and session is not None:
        await services.database.run(services.accounts.sign_out.end, session, asker.client)
    response = json_response({"state": "done", "purpose": finished.purpose})
    hand_over_token(request, services, response, finished, session)
    clear_flow_cookie(response, body.flow, vantage.secure)
    return response
