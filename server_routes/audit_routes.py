"""What happened in one's account, and for the owner on the whole server."""

from __future__ import annotations

from aiohttp import web

from ..accounts.people import PAGE
from ..accounts.views import view_event
from ..services import Services
from .access import OWNER, enforce
from .query import read_number
from .request_context import require_principal
from .responses import json_response

LONGEST_PAGE = 200


async def list_events(request: web.Request, services: Services) -> web.Response:
    """GET audit: the newest first; ?everyone=true for the owner."""
    account_id = require_principal(request).account_id
    everyone = request.query.get("everyone") == "true"
    before = read_number(request, "before", 2**62)
    limit = read_number(request, "limit", LONGEST_PAGE) or PAGE
    if everyone:
        await enforce(OWNER, request, services)
    events = await services.database.run(
        services.accounts.people.list_events, None if everyone else account_id, before, limit
    )
    last = events[-1].id if len(events) == limit else None
    return json_response({"events": [view_event(event) for event in events], "next_before": last})
