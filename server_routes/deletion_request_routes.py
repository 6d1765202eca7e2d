"""Asking that an account be deleted when one cannot log in, and the owner's answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ..accounts.views import view_account
from ..audit.browsers import describe_browser
from ..clock import to_iso
from ..services import Services
from ..storage.account_rows import AccountRow
from ..storage.leaving_rows import DeletionRequest
from .request_body import read_body
from .request_context import find_client, require_principal
from .responses import json_response, no_content


@dataclass(frozen=True)
class Asked:
    """Whose account, and the proof."""

    email: str
    server_name: str
    last_four: str = field(repr=False)


async def ask_for_deletion(request: web.Request, services: Services) -> web.Response:
    """POST deletion-requests: queue it for the owner; the same answer for every address."""
    body = await read_body(request, Asked)
    client = find_client(services.policy, request)
    await services.database.run(
        services.accounts.deletion_requests.ask,
        body.email,
        body.server_name,
        body.last_four,
        client,
    )
    return json_response({}, 202)


async def list_deletion_requests(request: web.Request, services: Services) -> web.Response:
    """GET deletion-requests: those that wait for the owner."""
    rows = await services.database.run(services.accounts.deletion_requests.list)
    return json_response({"deletion_requests": [_view(row, account) for row, account in rows]})


async def grant_deletion(request: web.Request, services: Services) -> web.Response:
    """POST deletion-requests/{id}/grant: delete the account; the answer is a receipt."""
    owner = require_principal(request)
    client = find_client(services.policy, request)
    receipt = await services.database.run(
        services.accounts.deletion_requests.grant,
        request.match_info["id"],
        owner.account_id,
        client,
    )
    return json_response(
        {"receipt": {"number": receipt.number, "deleted_at": to_iso(receipt.deleted_at)}}
    )


async def refuse_deletion(request: web.Request, services: Services) -> web.Response:
    """DELETE deletion-requests/{id}: the account stays."""
    owner = require_principal(request)
    client = find_client(services.policy, request)
    await services.database.run(
        services.accounts.deletion_requests.refuse,
        request.match_info["id"],
        owner.account_id,
        client,
    )
    return no_content()


def _view(row: DeletionRequest, account: AccountRow) -> dict[str, Any]:
    browser, platform = describe_browser(row.user_agent)
    return {
        "id": row.id,
        "account": view_account(account),
        "proved": row.proved,
        "created_at": to_iso(row.created_at),
        "address": row.address,
        "browser": browser,
        "platform": platform,
    }
