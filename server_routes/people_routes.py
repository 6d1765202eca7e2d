"""The owner's list of accounts, and what the owner does for their people."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from ..accounts.letter_values import make_link
from ..accounts.people import PAGE
from ..accounts.tokens import PASSWORD_RESET
from ..accounts.views import view_account, view_listed_account
from ..clock import to_iso
from ..services import Services
from ..storage.account_rows import ACTIVE, DISABLED
from .access import require_session
from .errors import InvalidFieldError
from .places import find_base
from .query import read_number
from .request_body import read_body
from .request_context import find_client, judge_request, require_principal
from .responses import json_response

LONGEST_PAGE = 200


@dataclass(frozen=True)
class NewState:
    """What the account is to be."""

    state: str


@dataclass(frozen=True)
class ComfyUser:
    """The name of the folder; empty for none."""

    comfy_user: str


async def list_accounts(request: web.Request, services: Services) -> web.Response:
    """GET accounts: a page of them, by ?search."""
    limit = read_number(request, "limit", LONGEST_PAGE) or PAGE
    search, after = request.query.get("search", ""), request.query.get("after")
    rows = await services.database.run(services.accounts.people.list, search, after, limit)
    last = rows[-1].account.id if len(rows) == limit else None
    return json_response(
        {"accounts": [view_listed_account(row) for row in rows], "next_after": last}
    )


async def set_account_state(request: web.Request, services: Services) -> web.Response:
    """PUT accounts/{id}/state: disable, which ends its sessions at once, or enable."""
    owner = require_principal(request)
    body = await read_body(request, NewState)
    if body.state not in (ACTIVE, DISABLED):
        raise InvalidFieldError(
            f"The field “state” must be “{ACTIVE}” or “{DISABLED}”.", field="state"
        )
    client = find_client(services.policy, request)
    account = await services.database.run(
        services.accounts.people.set_state,
        request.match_info["id"],
        body.state,
        owner.account_id,
        client,
    )
    return json_response({"account": view_account(account)})


async def vouch_for_email(request: web.Request, services: Services) -> web.Response:
    """PUT accounts/{id}/email-verified: take the person's address as verified."""
    owner = require_principal(request)
    client = find_client(services.policy, request)
    account = await services.database.run(
        services.accounts.people.vouch, request.match_info["id"], owner.account_id, client
    )
    return json_response({"account": view_account(account)})


async def name_comfy_user(request: web.Request, services: Services) -> web.Response:
    """PUT accounts/{id}/comfy-user: whose folder of ComfyUI's --multi-user the person has."""
    owner = require_principal(request)
    body = await read_body(request, ComfyUser)
    client = find_client(services.policy, request)
    account = await services.database.run(
        services.accounts.people.name_comfy_user,
        request.match_info["id"],
        body.comfy_user,
        owner.account_id,
        client,
    )
    return json_response({"account": view_account(account)})


async def make_password_reset(request: web.Request, services: Services) -> web.Response:
    """POST accounts/{id}/password-reset: a token that the owner hands to the person."""
    owner = require_session(request)
    client = find_client(services.policy, request)
    await services.accounts.reauthentication.require(owner, "", client)
    made = await services.database.run(
        services.accounts.recovery.make, request.match_info["id"], owner.account_id, client
    )
    base = find_base(request, services, judge_request(services.policy, request))
    return json_response(
        {
            "token": made.token.reveal(),
            "link": make_link(base, PASSWORD_RESET, made.token),
            "expires_at": to_iso(made.expires_at),
        },
        201,
    )


async def end_account_sessions(request: web.Request, services: Services) -> web.Response:
    """DELETE accounts/{id}/sessions: log the person out everywhere."""
    owner = require_principal(request)
    client = find_client(services.policy, request)
    account_id = request.match_info["id"]
    await services.database.run(services.accounts.profile.show, account_id)  # or there is none
    ended = await services.database.run(
        services.accounts.sign_out.revoke_all, account_id, client, None, owner.account_id
    )
    return json_response({"ended": ended})
