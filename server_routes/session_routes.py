"""Logging in and out."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from ..accounts.admission import Application
from ..accounts.sign_in import SignedIn
from ..accounts.views import view_account
from ..services import Services
from .access import find_session
from .places import require_private, require_trusted_place
from .request_body import read_body
from .request_context import find_client, judge_request, require_principal
from .responses import json_response, no_content
from .session_cookie import clear_cookie, set_cookie
from .views import view_credential


@dataclass(frozen=True)
class ApiKeyLogIn:
    """What a log-in by API key says."""

    api_key: str = field(repr=False)
    shared_computer: bool = False
    accept_insecure: bool = False
    invitation: str = field(default="", repr=False)


@dataclass(frozen=True)
class EmailLogIn:
    """What a log-in by mail address says."""

    email: str
    password: str = field(repr=False)
    shared_computer: bool = False


async def log_in_with_api_key(request: web.Request, services: Services) -> web.Response:
    """POST session/api-key: prove the key with its service, store it, start a session."""
    body = await read_body(request, ApiKeyLogIn)
    vantage = judge_request(services.policy, request)
    require_private(vantage, body.accept_insecure)
    application = Application(invitation=body.invitation, on_the_machine=vantage.loopback)
    client = find_client(services.policy, request)
    signed_in = await services.accounts.sign_in.with_api_key(
        body.api_key, body.shared_computer, client, application
    )
    return await welcome(request, services, signed_in)


async def log_in_with_email(request: web.Request, services: Services) -> web.Response:
    """POST session/email: prove mail address and password, start a session."""
    body = await read_body(request, EmailLogIn)
    require_trusted_place(request, services)
    client = find_client(services.policy, request)
    signed_in = await services.accounts.email_log_in.log_in(
        body.email, body.password, body.shared_computer, client
    )
    return await welcome(request, services, signed_in)


async def log_out(request: web.Request, services: Services) -> web.Response:
    """DELETE session: revoke the session; with ?forget=true remove the stored key first.

    Works without a session too: whoever asks is signed out afterwards.
    """
    session = find_session(request)
    if session is not None:
        forget = request.query.get("forget") == "true" and not require_principal(request).limited
        client = find_client(services.policy, request)
        await services.database.run(services.accounts.sign_out.end, session, client, forget)
    return say_goodbye(request, services, no_content())


async def welcome(request: web.Request, services: Services, signed_in: SignedIn) -> web.Response:
    """Answer a log-in: who it is, and the cookie. The session that was there before ends."""
    former = find_session(request)
    if former is not None:
        client = find_client(services.policy, request)
        await services.database.run(services.accounts.sign_out.end, former, client)
    credential = signed_in.credential
    body = {
        "account": view_account(signed_in.account),
        "credential": view_credential(credential, services.credentials) if credential else None,
    }
    response = json_response(body, 201)
    secure = judge_request(services.policy, request).secure
    set_cookie(response, services.store_id, signed_in.token.reveal(), signed_in.session, secure)
    return response


def say_goodbye(request: web.Request, services: Services, response: web.Response) -> web.Response:
    """Take the cookie back with this answer."""
    clear_cookie(response, services.store_id, judge_request(services.policy, request).secure)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
