"""Every route of ours, in one table.

A route's module is imported at its first request: ComfyUI's start does not wait for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from ..composition import Composition
from .access import (
    ANYBODY,
    LEAVING,
    MANAGE,
    OWNER,
    PERSON,
    READ,
    REDIRECTED,
    RUN,
    SIGN_OUT,
    Access,
)
from .route import RouteHandler, guard

if TYPE_CHECKING:
    from ..services import Services

PREFIX = "/passport/"


class Route(NamedTuple):
    """A method and path, who may call it, and the function behind it."""

    method: str
    path: str
    access: Access
    module: str
    function: str


ROUTES = (
    Route("GET", "status", ANYBODY, "status_routes", "show_status"),
    Route("GET", "checks", ANYBODY, "check_routes", "list_checks"),
    Route("POST", "session/api-key", ANYBODY, "session_routes", "log_in_with_api_key"),
    Route("POST", "session/email", ANYBODY, "session_routes", "log_in_with_email"),
    Route("POST", "oauth/{provider}/start", ANYBODY, "oauth_routes", "start"),
    Route("GET", "oauth/{provider}/callback", REDIRECTED, "oauth_routes", "finish"),
    Route("POST", "device/{provider}", ANYBODY, "device_routes", "start"),
    Route("POST", "device/{provider}/poll", ANYBODY, "device_routes", "poll"),
    Route("DELETE", "session", ANYBODY, "session_routes", "log_out"),
    Route("POST", "accounts", ANYBODY, "registration_routes", "register"),
    Route("POST", "password-strength", ANYBODY, "registration_routes", "estimate_password"),
    Route("POST", "owner", PERSON, "registration_routes", "take_ownership"),
    Route("POST", "password-resets", ANYBODY, "recovery_routes", "request_password_reset"),
    Route("POST", "password-resets/confirm", ANYBODY, "recovery_routes", "confirm_password_reset"),
    Route("POST", "email-verifications", PERSON, "recovery_routes", "send_verification"),
    Route(
        "POST", "email-verifications/confirm", ANYBODY, "recovery_routes", "confirm_verification"
    ),
    Route("GET", "account", READ, "account_routes", "show_account"),
    Route("PATCH", "account", MANAGE, "account_routes", "rename_account"),
    Route("PUT", "account/email", PERSON, "account_routes", "change_email"),
    Route("PUT", "account/password", PERSON, "account_routes", "change_password"),
    Route("POST", "identities/email", PERSON, "account_routes", "add_email"),
    Route("DELETE", "identities/{kind}", PERSON, "account_routes", "unlink"),
    Route("GET", "providers", OWNER, "provider_routes", "list_providers"),
    Route("POST", "providers/{provider}/check", OWNER, "provider_routes", "check_provider"),
    Route("GET", "sessions", READ, "session_list_routes", "list_sessions"),
    Route("DELETE", "sessions/{id}", SIGN_OUT, "session_list_routes", "revoke_session"),
    Route("DELETE", "sessions", SIGN_OUT, "session_list_routes", "revoke_sessions"),
    Route("GET", "audit", READ, "audit_routes", "list_events"),
    Route("GET", "accounts", OWNER, "people_routes", "list_accounts"),
    Route("PUT", "accounts/{id}/state", OWNER, "people_routes", "set_account_state"),
    Route("PUT", "accounts/{id}/email-verified", OWNER, "people_routes", "vouch_for_email"),
    Route("PUT", "accounts/{id}/comfy-user", OWNER, "people_routes", "name_comfy_user"),
    Route("POST", "accounts/{id}/password-reset", OWNER, "people_routes", "make_password_reset"),
    Route("DELETE", "accounts/{id}/sessions", OWNER, "people_routes", "end_account_sessions"),
    Route("GET", "invitations", OWNER, "invitation_routes", "list_invitations"),
    Route("POST", "invitations", OWNER, "invitation_routes", "make_invitation"),
    Route("DELETE", "invitations/{id}", OWNER, "invitation_routes", "take_back_invitation"),
    Route("POST", "deletion-requests", ANYBODY, "deletion_request_routes", "ask_for_deletion"),
    Route("GET", "deletion-requests", OWNER, "deletion_request_routes", "list_deletion_requests"),
    Route(
        "POST", "deletion-requests/{id}/grant", OWNER, "deletion_request_routes", "grant_deletion"
    ),
    Route("DELETE", "deletion-requests/{id}", OWNER, "deletion_request_routes", "refuse_deletion"),
    Route("GET", "mail", OWNER, "mail_routes", "show_mail"),
    Route("POST", "mail/test", OWNER, "mail_routes", "send_test_mail"),
    Route("POST", "session/reauthentication", LEAVING, "reauthentication_routes", "reauthenticate"),
    Route("GET", "api-keys", READ, "api_key_routes", "list_api_keys"),
    Route("POST", "api-keys", PERSON, "api_key_routes", "make_api_key"),
    Route("DELETE", "api-keys", MANAGE, "api_key_routes", "delete_api_keys"),
    Route("POST", "api-keys/{id}/rotate", PERSON, "api_key_routes", "rotate_api_key"),
    Route("DELETE", "api-keys/{id}", MANAGE, "api_key_routes", "delete_api_key"),
    Route("POST", "tickets", RUN, "api_key_routes", "give_ticket"),
    Route("GET", "account/deletion-preview", READ, "leaving_routes", "preview_deletion"),
    Route("POST", "account/export", LEAVING, "leaving_routes", "export_account"),
    Route("POST", "account/cancel", PERSON, "leaving_routes", "cancel_account"),
    Route("POST", "account/reactivate", LEAVING, "leaving_routes", "reactivate_account"),
    Route("POST", "account/delete", LEAVING, "leaving_routes", "delete_account"),
    Route("GET", "credentials", READ, "credential_routes", "list_credentials"),
    Route("PUT", "credentials/{service}", MANAGE, "credential_routes", "replace_credential"),
    Route("DELETE", "credentials/{service}", MANAGE, "credential_routes", "forget_credential"),
    Route("POST", "credentials/{service}/check", MANAGE, "credential_routes", "check_credential"),
    Route("POST", "credentials/{service}/reveal", PERSON, "credential_routes", "reveal_credential"),
    Route("GET", "node-packs", READ, "node_pack_routes", "list_node_packs"),
    Route("PUT", "node-packs/{name}", MANAGE, "node_pack_routes", "allow_node_pack"),
    Route("DELETE", "node-packs/{name}", MANAGE, "node_pack_routes", "take_back_node_pack"),
    Route("POST", "comfy-account/hand-over", ANYBODY, "comfy_log_in_routes", "hand_over"),
    Route("POST", "comfy-account/log-in", ANYBODY, "comfy_log_in_routes", "log_in"),
    Route("POST", "comfy-account/sign-up", ANYBODY, "comfy_log_in_routes", "sign_up"),
    Route("POST", "comfy-account/login-code", ANYBODY, "comfy_log_in_routes", "begin_code"),
    Route("POST", "comfy-account/login-code/poll", ANYBODY, "comfy_log_in_routes", "poll_code"),
    *(
        Route(method, path, access, "comfy_account_routes", function)
        for method, path, access, function in (
            ("GET", "comfy-account", READ, "show_comfy_account"),
            ("DELETE", "comfy-account", PERSON, "forget_comfy_account"),
            ("GET", "comfy-account/address", READ, "show_address"),
            ("POST", "comfy-account/verification", PERSON, "send_verification"),
            ("POST", "comfy-account/password-reset", ANYBODY, "send_password_reset"),
            ("PUT", "comfy-account/password", PERSON, "change_password"),
            ("GET", "credits", READ, "show_credits"),
            ("POST", "comfy-account/top-up", PERSON, "top_up"),
            ("POST", "comfy-account/billing-portal", PERSON, "open_billing_portal"),
            ("GET", "comfy-account/subscription", READ, "show_subscription"),
            ("POST", "comfy-account/subscription/cancel", PERSON, "cancel_subscription"),
            ("POST", "comfy-account/subscription/resubscribe", PERSON, "resubscribe"),
        )
    ),
    Route("GET", "comfy-account/keys", READ, "comfy_key_routes", "list_keys"),
    Route("POST", "comfy-account/keys", PERSON, "comfy_key_routes", "make_key"),
    Route("DELETE", "comfy-account/keys/{id}", PERSON, "comfy_key_routes", "delete_key"),
)


def register_routes(routes: web.RouteTableDef, composition: Composition) -> None:
    """Add our routes; ComfyUI serves each at /passport/… and at /api/passport/…."""
    for route in ROUTES:
        handler = guard(composition, route.access, _load_later(route))
        routes.route(route.method, PREFIX + route.path)(handler)


def _load_later(route: Route) -> RouteHandler:
    async def handle(request: web.Request, services: Services) -> web.Response:
        module = importlib.import_module(f".{route.module}", __package__)
        return await getattr(module, route.function)(request, services)

    return handle
