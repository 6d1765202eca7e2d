"""Leaving: preview, export, cancel, reactivate, delete."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ..accounts.belongings import KINDS, OUTPUTS, USER_FOLDER
from ..accounts.errors import ConfirmationWrongError
from ..accounts.views import view_account
from ..clock import to_iso
from ..services import Services
from .access import require_session
from .places import require_trusted_place
from .request_body import read_body
from .request_context import find_client, require_principal
from .responses import HEADERS, json_response
from .session_routes import say_goodbye

CONFIRMATION = "DELETE"


@dataclass(frozen=True)
class Proof:
    """The password, unless the person was proved within the last minutes."""

    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Deletion:
    """The same, and a word that nobody types by accident."""

    confirmation: str
    password: str = field(default="", repr=False)
    outputs: bool = False
    """Move what the account's runs have made to the trash, too."""
    user_folder: bool = False
    """Move the person's folder of ComfyUI's --multi-user to the trash, too."""


async def preview_deletion(request: web.Request, services: Services) -> web.Response:
    """GET account/deletion-preview: what would go, counted."""
    account_id = require_principal(request).account_id
    preview = await services.database.run(services.accounts.leaving.preview, account_id)
    things = await services.database.run(services.accounts.departure.list, account_id)
    return json_response(
        {
            "belongings": [
                {"kind": each.kind, "name": each.shown, "size_bytes": each.size_bytes}
                for each in things
            ],
            "counts": preview.counts,
            "is_last_owner": preview.is_last_owner,
            "purge_at": to_iso(preview.account.purge_at),
            "cancelled_account_days": services.settings.cancelled_account_days,
        }
    )


async def export_account(request: web.Request, services: Services) -> web.Response:
    """POST account/export: a ZIP of what the server knows of the account; no secret in it."""
    account_id = await _prove(request, services, await read_body(request, Proof))
    client = find_client(services.policy, request)
    packed = await services.database.run(services.accounts.export.write, account_id, client)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="passport-account.zip"'}
    return web.Response(body=packed, content_type="application/zip", headers=headers)


async def cancel_account(request: web.Request, services: Services) -> web.Response:
    """POST account/cancel: disable it until the day it is deleted; this session stays, limited."""
    session = require_session(request)
    account_id = await _prove(request, services, await read_body(request, Proof))
    client = find_client(services.policy, request)
    account = await services.database.run(
        services.accounts.leaving.cancel, account_id, session.id, client
    )
    return json_response({"account": view_account(account)})


async def reactivate_account(request: web.Request, services: Services) -> web.Response:
    """POST account/reactivate: undo the cancellation."""
    account_id = require_principal(request).account_id
    client = find_client(services.policy, request)
    account = await services.database.run(services.accounts.leaving.reactivate, account_id, client)
    return json_response({"account": view_account(account)})


async def delete_account(request: web.Request, services: Services) -> web.Response:
    """POST account/delete: for good, at once; the answer is a receipt."""
    body = await read_body(request, Deletion)
    if body.confirmation != CONFIRMATION:
        raise ConfirmationWrongError(
            f"Type {CONFIRMATION}, in capital letters, to delete the account. Nothing was deleted."
        )
    account_id = await _prove(request, services, body)
    client = find_client(services.policy, request)
    chosen = {OUTPUTS: body.outputs, USER_FOLDER: body.user_folder}
    departed = await services.database.run(
        services.accounts.departure.delete,
        account_id,
        [kind for kind in KINDS if chosen[kind]],
        client,
    )
    receipt = departed.receipt
    answer: dict[str, Any] = {
        "receipt": {
            "number": receipt.number,
            "deleted_at": to_iso(receipt.deleted_at),
            "counts": receipt.counts,
            "moved": departed.moved,
            "left": list(departed.left),
        }
    }
    return say_goodbye(request, services, json_response(answer))


async def _prove(request: web.Request, services: Services, body: Proof | Deletion) -> str:
    session = require_session(request)
    if body.password:
        require_trusted_place(request, services)
    client = find_client(services.policy, request)
    await services.accounts.reauthentication.require(session, body.password, client)
    return session.account_id
