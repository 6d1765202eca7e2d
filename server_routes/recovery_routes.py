"""Forgotten passwords and mail addresses to be verified."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from ..services import Services
from .places import find_base, require_trusted_place
from .request_body import read_body
from .request_context import find_client, judge_request, require_principal
from .responses import json_response, no_content


@dataclass(frozen=True)
class Forgotten:
    """Whose password is forgotten."""

    email: str


@dataclass(frozen=True)
class NewPassword:
    """A token from a mail or from the owner, and the password to set."""

    token: str = field(repr=False)
    new_password: str = field(repr=False)


@dataclass(frozen=True)
class Confirmation:
    """A token from a mail."""

    token: str = field(repr=False)


async def request_password_reset(request: web.Request, services: Services) -> web.Response:
    """POST password-resets: send a mail, if there is such an account; the answer does not say."""
    body = await read_body(request, Forgotten)
    vantage = require_trusted_place(request, services)
    base = find_base(request, services, vantage)
    client = find_client(services.policy, request)
    await services.database.run(services.accounts.recovery.request, body.email, client, base)
    return json_response({}, 202)


async def confirm_password_reset(request: web.Request, services: Services) -> web.Response:
    """POST password-resets/confirm: set the password; every session of the account ends."""
    body = await read_body(request, NewPassword)
    require_trusted_place(request, services)
    client = find_client(services.policy, request)
    await services.accounts.recovery.confirm(body.token, body.new_password, client)
    return no_content()


async def send_verification(request: web.Request, services: Services) -> web.Response:
    """POST email-verifications: send the mail again."""
    principal = require_principal(request)
    base = find_base(request, services, judge_request(services.policy, request))
    recipient = await services.database.run(
        services.accounts.verification.send_again, principal.account_id, base
    )
    return json_response({"sent_to": recipient}, 202)


async def confirm_verification(request: web.Request, services: Services) -> web.Response:
    """POST email-verifications/confirm: take the token of the mail, signed in or not."""
    body = await read_body(request, Confirmation)
    client = find_client(services.policy, request)
    email = await services.database.run(services.accounts.verification.confirm, body.token, client)
    return json_response({"email": email})
