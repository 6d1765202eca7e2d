"""The sessions of one's own account."""

from __future__ import annotations

from aiohttp import web

from ..accounts.views import view_listed_session
from ..services import Services
from .request_context import find_client, require_principal
from .responses import json_response, no_content
from .session_routes import say_goodbye


async def list_sessions(request: web.Request, services: Services) -> web.Response:
    """GET sessions: the last seen first, this one marked."""
    principal = require_principal(request)
    rows = await services.database.run(services.accounts.sign_out.list, principal.account_id)
    current = principal.session.id if principal.session else ""
    views = [{**view_listed_session(row), "current": row.id == current} for row in rows]
    return json_response({"sessions": views})


async def revoke_session(request: web.Request, services: Services) -> web.Response:
    """DELETE sessions/{id}: end one; when it is this one, the browser is logged out."""
    principal = require_principal(request)
    session_id = request.match_info["id"]
    client = find_client(services.policy, request)
    await services.database.run(
        services.accounts.sign_out.revoke, principal.account_id, session_id, client
    )
    response = no_content()
    if principal.session and session_id == principal.session.id:
        say_goodbye(request, services, response)
    return response


async def revoke_sessions(request: web.Request, services: Services) -> web.Response:
    """DELETE sessions: end all others; with ?everywhere=true this one too."""
    principal = require_principal(request)
    everywhere = request.query.get("everywhere") == "true"
    client = find_client(services.policy, request)
    but = principal.session.id if principal.session and not everywhere else None
    ended = await services.database.run(
        services.accounts.sign_out.revoke_all, principal.account_id, client, but
    )
    response = json_response({"ended": ended})
    return say_goodbye(request, services, response) if everywhere else response
