"""The API keys of a hosted Comfy account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ..providers.comfy_account_answers import HostedKey
from ..services import Services
from .access import require_session
from .comfy_account_routes import find_holder
from .errors import InvalidFieldError
from .request_body import read_body
from .request_context import find_client
from .responses import json_response, no_content

LONGEST_KEY_NAME, LONGEST_DESCRIPTION = 64, 200


@dataclass(frozen=True)
class NewKey:
    """An API key to make at the service."""

    name: str
    description: str = ""


async def list_keys(request: web.Request, services: Services) -> web.Response:
    """GET comfy-account/keys: the API keys at the service."""
    keys = await services.hosted.keys.list(find_holder(request))
    return json_response({"keys": [_view_key(key, made_here) for key, made_here in keys]})


async def make_key(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/keys: an API key for use elsewhere, shown this once."""
    body = await read_body(request, NewKey)
    _require_text("name", body.name, LONGEST_KEY_NAME, 1)
    _require_text("description", body.description, LONGEST_DESCRIPTION, 0)
    client = find_client(services.policy, request)
    await services.accounts.reauthentication.require(require_session(request), "", client)
    key, secret = await services.hosted.keys.make(
        find_holder(request), body.name, body.description, client
    )
    answer = {"key": _view_key(key, made_here=False), "plaintext_key": secret.reveal()}
    return json_response(answer, 201)


async def delete_key(request: web.Request, services: Services) -> web.Response:
    """DELETE comfy-account/keys/{id}: at the service, and here where runs have it."""
    client = find_client(services.policy, request)
    key_id = request.match_info["id"]
    await services.hosted.keys.delete(find_holder(request), key_id, client)
    return no_content()


def _require_text(name: str, text: str, longest: int, shortest: int) -> None:
    if not shortest <= len(text.strip()) <= longest or not text.isprintable():
        raise InvalidFieldError(
            f"The field “{name}” must have {shortest} to {longest} letters in one line.", field=name
        )


def _view_key(key: HostedKey, made_here: bool) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "description": key.description,
        "prefix": key.prefix,
        "created_at": key.created_at,
        "made_here": made_here,
    }
