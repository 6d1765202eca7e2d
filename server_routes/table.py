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
    Route("POST", "session/email", "session_routes", "log_in_with_email"),
    Route("DELETE", "session", "session_routes", "log_out"),
    Route("POST", "accounts", "registration_routes", "register"),
    Route("POST", "password-strength", "registration_routes", "estimate_password"),
    Route("POST", "owner", "registration_routes", "take_ownership"),
    Route("POST", "password-resets", "recovery_routes", "request_password_reset"),
    Route("POST", "password-resets/confirm", "recovery_routes", "confirm_password_reset"),
    Route("POST", "email-verifications", "recovery_routes", "send_verification"),
    Route("POST", "email-verifications/confirm", "recovery_routes", "confirm_verification"),
    Route("GET", "account", "account_routes", "show_account"),
    Route("PATCH", "account", "account_routes", "rename_account"),
    Route("PUT", "account/email", "account_routes", "change_email"),
    Route("PUT", "account/password", "account_routes", "change_password"),
    Route("POST", "identities/email", "account_routes", "add_email"),
    Route("GET", "sessions", "session_list_routes", "list_sessions"),
    Route("DELETE", "sessions/{id}", "session_list_routes", "revoke_session"),
    Route("DELETE", "sessions", "session_list_routes", "revoke_sessions"),
    Route("GET", "audit", "audit_routes", "list_events"),
    Route("GET", "accounts", "people_routes", "list_accounts"),
    Route("PUT", "accounts/{id}/state", "people_routes", "set_account_state"),
    Route("PUT", "accounts/{id}/email-verified", "people_routes", "vouch_for_email"),
    Route("POST", "accounts/{id}/password-reset", "people_routes", "make_password_reset"),
    Route("DELETE", "accounts/{id}/sessions", "people_routes", "end_account_sessions"),
    Route("GET", "invitations", "invitation_routes", "list_invitations"),
    Route("POST", "invitations", "invitation_routes", "make_invitation"),
    Route("DELETE", "invitations/{id}", "invitation_routes", "take_back_invitation"),
    Route("GET", "mail", "mail_routes", "show_mail"),
    Route("POST", "mail/test", "mail_routes", "send_test_mail"),
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
