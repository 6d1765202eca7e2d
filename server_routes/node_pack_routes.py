"""Which node packs may have the account's credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ..clock import to_iso
from ..services import Services
from ..storage.node_pack_rows import NodePackRow
from ..vault.node_packs import ALWAYS, ONCE, Question
from .errors import InvalidFieldError
from .request_body import read_body
from .request_context import find_client, require_principal
from .responses import json_response, no_content


@dataclass(frozen=True)
class Decision:
    """What a person decides on a pack."""

    decision: str


async def list_node_packs(request: web.Request, services: Services) -> web.Response:
    """GET node-packs: the packs allowed for good, and those that asked and wait for an answer."""
    account_id = require_principal(request).account_id
    rows = await services.database.run(services.node_packs.list, account_id)
    questions = services.node_packs.questions(account_id)
    return json_response(
        {
            "node_packs": [_view(row) for row in rows],
            "asked": [_view_question(question) for question in questions],
        }
    )


async def allow_node_pack(request: web.Request, services: Services) -> web.Response:
    """PUT node-packs/{name}: allow the pack always, or for the next run alone."""
    account_id = require_principal(request).account_id
    body = await read_body(request, Decision)
    if body.decision not in (ALWAYS, ONCE):
        raise InvalidFieldError(
            "The field “decision” must be “always” or “once”.", field="decision"
        )
    name = request.match_info["name"]
    client = find_client(services.policy, request)
    row = await services.database.run(
        services.node_packs.allow, account_id, name, body.decision, client
    )
    return json_response({"node_pack": _view(row)})


async def take_back_node_pack(request: web.Request, services: Services) -> web.Response:
    """DELETE node-packs/{name}: the pack may have the credential no longer."""
    account_id = require_principal(request).account_id
    name = request.match_info["name"]
    client = find_client(services.policy, request)
    await services.database.run(services.node_packs.take_back, account_id, name, client)
    return no_content()


def _view(row: NodePackRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "decision": row.decision,
        "decided_at": to_iso(row.decided_at),
    }


def _view_question(question: Question) -> dict[str, Any]:
    return {
        "name": question.name,
        "asked_at": to_iso(question.asked_at),
        "node_types": list(question.node_types),
    }
