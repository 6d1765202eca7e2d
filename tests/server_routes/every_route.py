"""Every route of ours with something in the place of each name, and a body that it could take."""

from __future__ import annotations

from typing import Any

from passport.server_routes.table import ROUTES

from .passport_server import PASSWORD

NAMES = {
    "{service}": "comfy",
    "{name}": "friend",
    "{id}": "0" * 32,
    "{provider}": "google",
    "{kind}": "google",
}

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "session/api-key"): {"api_key": "x"},
    ("POST", "session/email"): {"email": "ada@example.org", "password": PASSWORD},
    ("POST", "oauth/{provider}/start"): {},
    ("POST", "device/{provider}"): {},
    ("POST", "device/{provider}/poll"): {"flow": "x"},
    ("POST", "comfy-account/hand-over"): {"id_token": "x"},
    ("POST", "comfy-account/log-in"): {"email": "ada@example.org", "password": PASSWORD},
    ("POST", "comfy-account/sign-up"): {"email": "ada@example.org", "password": PASSWORD},
    ("POST", "comfy-account/login-code"): {},
    ("POST", "comfy-account/login-code/poll"): {"flow": "x"},
    ("POST", "comfy-account/password-reset"): {"email": "ada@example.org"},
    ("PUT", "comfy-account/password"): {"current_password": PASSWORD, "new_password": PASSWORD},
    ("POST", "comfy-account/top-up"): {"amount_usd": 5},
    ("POST", "comfy-account/keys"): {"name": "x"},
    ("POST", "accounts"): {"email": "ada@example.org", "password": PASSWORD},
    ("POST", "password-strength"): {"password": PASSWORD},
    ("POST", "owner"): {},
    ("POST", "password-resets"): {"email": "ada@example.org"},
    ("POST", "password-resets/confirm"): {"token": "x", "new_password": PASSWORD},
    ("POST", "email-verifications/confirm"): {"token": "x"},
    ("PATCH", "account"): {"display_name": "Ada"},
    ("PUT", "account/email"): {"email": "ada@example.org", "password": PASSWORD},
    ("PUT", "account/password"): {"current_password": PASSWORD, "new_password": PASSWORD},
    ("POST", "identities/email"): {"email": "ada@example.org", "password": PASSWORD},
    ("PUT", "accounts/{id}/state"): {"state": "active"},
    ("POST", "invitations"): {},
    ("PUT", "credentials/{service}"): {"secret": "x"},
    ("PUT", "node-packs/{name}"): {"decision": "always"},
    ("PUT", "accounts/{id}/comfy-user"): {"comfy_user": "x"},
    ("POST", "deletion-requests"): {
        "email": "ada@example.org",
        "server_name": "x",
        "last_four": "x",
    },
    ("POST", "session/reauthentication"): {},
    ("POST", "api-keys"): {"name": "x"},
    ("POST", "api-keys/{id}/rotate"): {},
    ("POST", "credentials/{service}/reveal"): {},
    ("POST", "account/export"): {},
    ("POST", "account/cancel"): {},
    ("POST", "account/delete"): {"confirmation": "DELETE"},
}
"""What each call that takes a body needs at least."""


def fill(path: str) -> str:
    """The route's path with something in the place of each name."""
    for name, text in NAMES.items():
        path = path.replace(name, text)
    return path


CALLS = [
    (route.method, fill(route.path), BODIES.get(route[:2]))
    for route in ROUTES
    if not route.access.from_elsewhere
]
"""Method, path and body of each route but the one that other sites may send people to."""

CHANGING_CALLS = [call for call in CALLS if call[0] != "GET"]
