"""The credentials that an account stores: masks out, secrets only in."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from ..accounts.access_errors import SessionNeededError
from ..accounts.merging import Asking
from ..accounts.reveal import HIDE_AFTER_SECONDS
from ..services import Services
from ..storage.session_rows import SessionRow
from ..vault.credentials import require_known_service
from .access import require_session
from .places import require_private, require_trusted_place
from .request_body import read_body
from .request_context import find_client, judge_request, require_principal
from .responses import json_response, no_content
from .views import view_credential, view_machine_credential


@dataclass(frozen=True)
class NewCredential:
    """A secret to store."""

    secret: str = field(repr=False)
    accept_insecure: bool = False
    link_accounts: bool = False
    """When the key logs in to another account, make the two one."""


@dataclass(frozen=True)
class Reveal:
    """The password, unless the person was proved within the last minutes."""

    password: str = field(default="", repr=False)


async def list_credentials(request: web.Request, services: Services) -> web.Response:
    """GET credentials: the account's, then the machine's default where this request may use it."""
    principal = require_principal(request)
    rows = await services.database.run(services.credentials.list, principal.account_id)
    views = [view_credential(row, services.credentials) for row in rows]
    vantage = judge_request(services.policy, request)
    if services.policy.allows_machine_default(vantage):
        mask = await services.database.run(services.binding.find_machine_mask)
        if mask:
            views.append(view_machine_credential(mask))
    return json_response({"credentials": views})


async def replace_credential(request: web.Request, services: Services) -> web.Response:
    """PUT credentials/{service}: check the secret and store it in place of the one before.

    A person logs in with it from then on. What a program stores serves runs alone.
    """
    require_known_service(request.match_info["service"])
    principal = require_principal(request)
    body = await read_body(request, NewCredential)
    require_private(judge_request(services.policy, request), body.accept_insecure)
    asking = Asking(principal.account_id, find_client(services.policy, request))
    linked_key = services.accounts.linked_key
    if principal.session is None:
        if body.link_accounts:
            raise SessionNeededError("An API key cannot make two accounts one. Use a browser.")
        row = await linked_key.keep_for_runs(asking, body.secret)
    else:
        await _require_may_log_in(services, asking, principal.session, body)
        row = await linked_key.replace(asking, body.secret, body.link_accounts)
    return json_response({"credential": view_credential(row, services.credentials)})


async def _require_may_log_in(
    services: Services, asking: Asking, session: SessionRow, body: NewCredential
) -> None:
    """Let pass a person who was proved lately, and a key that can only be theirs.

    A key that somebody else stores at an unlocked screen would log them in for good.
    """
    reauthentication = services.accounts.reauthentication
    if reauthentication.is_fresh(session):
        return
    is_theirs = services.accounts.linked_key.is_theirs
    if body.link_accounts or not await is_theirs(asking.account_id, body.secret):
        await reauthentication.require(session, "", asking.client)


async def forget_credential(request: web.Request, services: Services) -> web.Response:
    """DELETE credentials/{service}: remove the secret from this server at once."""
    service = request.match_info["service"]
    require_known_service(service)
    principal = require_principal(request)
    client = find_client(services.policy, request)
    await services.database.run(services.credentials.forget, principal.account_id, service, client)
    return no_content()


async def check_credential(request: web.Request, services: Services) -> web.Response:
    """POST credentials/{service}/check: ask the service about the stored secret again."""
    service = request.match_info["service"]
    require_known_service(service)
    principal = require_principal(request)
    row = await services.credentials.check(principal.account_id, service)
    return json_response({"credential": view_credential(row, services.credentials)})


async def reveal_credential(request: web.Request, services: Services) -> web.Response:
    """POST credentials/{service}/reveal: the secret itself, to the person who proves to be one."""
    service = request.match_info["service"]
    require_known_service(service)
    session = require_session(request)
    body = await read_body(request, Reveal)
    require_private(judge_request(services.policy, request), accepted=False)
    if body.password:
        require_trusted_place(request, services)
    client = find_client(services.policy, request)
    await services.accounts.reauthentication.require(session, body.password, client)
    secret = await services.database.run(
        services.accounts.reveal.show, session.account_id, service, client
    )
    return json_response({"secret": secret.reveal(), "hide_after_seconds": HIDE_AFTER_SECONDS})
