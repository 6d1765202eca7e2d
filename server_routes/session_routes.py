"""Logging in and out."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from ..network.policy import Vantage
from ..services import Services
from .errors import InsecureConnectionError
from .request_body import read_body
from .request_context import find_principal, judge_request
from .responses import json_response, no_content
from .session_cookie import clear_cookie, set_cookie
from .views import view_account, view_credential


@dataclass(frozen=True)
class ApiKeyLogIn:
    """What a log-in by API key says."""

    api_key: str = field(repr=False)
    shared_computer: bool = False
    accept_insecure: bool = False


async def log_in_with_api_key(request: web.Request, services: Services) -> web.Response:
    """POST session/api-key: prove the key with its service, store it, start a session."""
    body = await read_body(request, ApiKeyLogIn)
    vantage = judge_request(services.policy, request)
    require_private(vantage, body.accept_insecure)
    signed_in = await services.sign_in.with_api_key(body.api_key, body.shared_computer)
    await _end_former_session(request, services)
    response = json_response(
        {
            "account": view_account(signed_in.account),
            "credential": view_credential(signed_in.credential, services.credentials),
        },
        201,
    )
    token = signed_in.token.reveal()
    set_cookie(response, services.store_id, token, signed_in.session, vantage.secure)
    return response


async def log_out(request: web.Request, services: Services) -> web.Response:
    """DELETE session: revoke the session; with ?forget=true remove the stored key first.

    Works without a session too: whoever asks is signed out afterwards.
    """
    principal = find_principal(request)
    if principal is not None:
        forget = request.query.get("forget") == "true"
        await services.database.run(services.sign_in.sign_out, principal, forget)
    response = no_content()
    vantage = judge_request(services.policy, request)
    clear_cookie(response, services.store_id, vantage.secure)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def require_private(vantage: Vantage, accepted: bool) -> None:
    """Raise InsecureConnectionError where a secret would travel in clear unconfirmed."""
    if not vantage.private and not accepted:
        raise InsecureConnectionError(
            "This page came over plain HTTP from another machine: everyone on the way can read "
            "the key. Use HTTPS, or open ComfyUI on its own machine. If you trust this network, "
            "confirm and send again.",
            confirm="accept_insecure",
        )


async def _end_former_session(request: web.Request, services: Services) -> None:
    former = find_principal(request)
    if former is not None:
        await services.database.run(services.sessions.end, former.session)
