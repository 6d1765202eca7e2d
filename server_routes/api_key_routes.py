"""API keys of one's own, and the tickets for addresses that cannot carry one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web

from ..accounts.api_keys import NewApiKey
from ..accounts.principals import SCOPES
from ..accounts.tickets import LIFETIME
from ..clock import from_iso, to_iso
from ..services import Services
from ..storage.api_key_rows import ApiKeyRow
from .access import require_session
from .errors import InvalidFieldError
from .request_body import read_body
from .request_context import find_client, require_principal
from .responses import json_response, no_content

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class NewKey:
    """What the key is called, what it may do, and until when; without a date for good."""

    name: str
    expires_at: str = ""
    scopes: tuple[str, ...] = SCOPES


@dataclass(frozen=True)
class Rotation:
    """For how long the old key is good beside the new one."""

    overlap_seconds: int = 0


async def list_api_keys(request: web.Request, services: Services) -> web.Response:
    """GET api-keys: all of the account, without what is secret of them."""
    account_id = require_principal(request).account_id
    rows = await services.database.run(services.accounts.api_keys.list, account_id)
    return json_response({"api_keys": [_view(row) for row in rows]})


async def make_api_key(request: web.Request, services: Services) -> web.Response:
    """POST api-keys: the key is shown this once; asks for a fresh proof of the person."""
    session = require_session(request)
    body = await read_body(request, NewKey)
    client = find_client(services.policy, request)
    await services.accounts.reauthentication.require(session, "", client)
    new = NewApiKey(body.name, body.scopes, _read_instant(body.expires_at))
    row, key = await services.database.run(
        services.accounts.api_keys.make, session.account_id, new, client
    )
    return json_response({"api_key": {**_view(row), "key": key.reveal()}}, 201)


async def rotate_api_key(request: web.Request, services: Services) -> web.Response:
    """POST api-keys/{id}/rotate: another key in its place; the old one is good for the overlap."""
    session = require_session(request)
    body = await read_body(request, Rotation)
    client = find_client(services.policy, request)
    await services.accounts.reauthentication.require(session, "", client)
    row, key = await services.database.run(
        services.accounts.api_keys.rotate,
        session.account_id,
        request.match_info["id"],
        _read_overlap(body.overlap_seconds),
        client,
    )
    return json_response({"api_key": {**_view(row), "key": key.reveal()}}, 201)


async def delete_api_key(request: web.Request, services: Services) -> web.Response:
    """DELETE api-keys/{id}: it is good for nothing from now on."""
    await _delete(request, services, (request.match_info["id"],))
    return no_content()


async def delete_api_keys(request: web.Request, services: Services) -> web.Response:
    """DELETE api-keys?id=…&id=…: several at once."""
    ids = tuple(request.query.getall("id", ()))
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise InvalidFieldError(f"Name 1 to {MOST_AT_ONCE} keys: ?id=ID&id=ID.", field="id")
    return json_response({"deleted": await _delete(request, services, ids)})


async def give_ticket(request: web.Request, services: Services) -> web.Response:
    """POST tickets: for `?passport_ticket=` of a websocket or an image; once, within 30 s."""
    principal = require_principal(request)
    ticket = await services.database.run(services.accounts.tickets.give, principal)
    seconds = int(LIFETIME.total_seconds())
    return json_response({"ticket": ticket.reveal(), "expires_in": seconds}, 201)


async def _delete(request: web.Request, services: Services, ids: tuple[str, ...]) -> int:
    account_id = require_principal(request).account_id
    client = find_client(services.policy, request)
    return await services.database.run(services.accounts.api_keys.delete, account_id, ids, client)


def _read_instant(text: str) -> Any:
    if not text:
        return None
    instant = from_iso(text)
    if instant is None:
        raise InvalidFieldError(
            "The field “expires_at” must be a time like 2027-01-31T00:00:00Z.", field="expires_at"
        )
    return instant


def _read_overlap(seconds: int) -> timedelta:
    if not 0 <= seconds <= 10**9:
        raise InvalidFieldError(
            "The field “overlap_seconds” must be a whole number from 0 on.",
            field="overlap_seconds",
        )
    return timedelta(seconds=seconds)


def _view(row: ApiKeyRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "shown": row.shown,
        "scopes": row.scopes.split(),
        "created_at": to_iso(row.created_at),
        "expires_at": to_iso(row.expires_at),
        "previous_until": to_iso(row.previous_until),
        "last_used_at": to_iso(row.last_used_at),
        "last_used_address": row.last_used_address,
    }
