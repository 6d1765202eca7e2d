"""Proving again, in the middle of a session, that it is still the person."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from ..services import Services
from .access import require_session
from .errors import InvalidFieldError
from .places import require_private, require_trusted_place
from .request_body import read_body
from .request_context import find_client, judge_request
from .responses import no_content
from .session_cookie import set_cookie


@dataclass(frozen=True)
class Proof:
    """One of the ways in which the account logs in."""

    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    accept_insecure: bool = False


async def reauthenticate(request: web.Request, services: Services) -> web.Response:
    """POST session/reauthentication: for five minutes sensitive calls pass; the token changes."""
    session = require_session(request)
    body = await read_body(request, Proof)
    if bool(body.password) == bool(body.api_key):
        raise InvalidFieldError("Send either “password” or “api_key”.", field="password")
    client = find_client(services.policy, request)
    vantage = judge_request(services.policy, request)
    if body.password:
        require_trusted_place(request, services)
        prove = services.accounts.reauthentication.with_password(session, body.password, client)
    else:
        require_private(vantage, body.accept_insecure)
        prove = services.accounts.reauthentication.with_api_key(session, body.api_key, client)
    token = await prove
    response = no_content()
    set_cookie(response, services.store_id, token.reveal(), session, vantage.secure)
    return response
