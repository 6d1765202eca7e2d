"""Every route of ours, in one table.

A route's module is imported at its first request: ComfyUI's start does not wait for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from ..composition import Composition
from .route import RouteHandler, guard

if TYPE_CHECKING:
    from ..services import Services

PREFIX = "/passport/"


class Route(NamedTuple):
    """A method and path, and the function behind it."""

    method: str
    path: str
    module: str
    function: str


ROUTES = (
    Route("GET", "status", "status_routes", "show_status"),
    Route("GET", "checks", "check_routes", "list_checks"),
    Route("POST", "session/api-key", "session_routes", "log_in_with_api_key"),
    Route("DELETE", "session", "session_routes", "log_out"),
    Route("GET", "credentials", "credential_routes", "list_credentials"),
    Route("PUT", "credentials/{service}", "credential_routes", "replace_credential"),
    Route("DELETE", "credentials/{service}", "credential_routes", "forget_credential"),
    Route("POST", "credentials/{service}/check", "credential_routes", "check_credential"),
    Route("GET", "node-packs", "node_pack_routes", "list_node_packs"),
    Route("PUT", "node-packs/{name}", "node_pack_routes", "allow_node_pack"),
    Route("DELETE", "node-packs/{name}", "node_pack_routes", "take_back_node_pack"),
)


def register_routes(routes: web.RouteTableDef, composition: Composition) -> None:
    """Add our routes; ComfyUI serves each at /passport/… and at /api/passport/…."""
    for route in ROUTES:
        handler = guard(composition, _load_later(route))
        routes.route(route.method, PREFIX + route.path)(handler)


def _load_later(route: Route) -> RouteHandler:
    async def handle(request: web.Request, services: Services) -> web.Response:
        module = importlib.import_module(f".{route.module}", __package__)
        return await getattr(module, route.function)(request, services)

    return handle
