"""Answers of the routes for log-in by way of other services."""

from __future__ import annotations

from typing import Any

from passport.tests.browser.answers import ADA, Answer, method, signed_in, signed_out

STUDIO = "oidc:studio"
# A square of modules that looks like a QR code; reading one is not the panel's business.
QR = ["111000111", "101010101", "111000111", "000101000"] * 6 + ["111000111"]
CODE = {
    "flow": "f1",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://github.example/login/device",
    "verification_uri_complete": None,
    "qr": QR,
    "expires_in": 599,
    "interval": 1,
}


def provider(id: str, *ways: str, **fields: Any) -> dict[str, Any]:  # noqa: A002
    """A provider among the methods; without ways it is not set up."""
    state = {} if ways else {"enabled": False, "reason": "not_set_up"}
    return method(id=id, label=None, ways=list(ways), **state, **fields)


BOTH = provider("google", "redirect", "device")
METHODS = [
    method(id="email"),
    BOTH,
    provider("github", "device"),
    {**provider(STUDIO, "redirect"), "label": "Studio"},
    method(),
]


def with_providers(*methods: dict[str, Any], **of_status: Any) -> Answer:
    """Logged out; Google is shown first."""
    status, body = signed_out()
    shown = list(methods) or METHODS
    return status, {**body, "methods": shown, "preferred_method": "google", **of_status}


def signed_in_with_providers(**of_status: Any) -> Answer:
    status, body = signed_in()
    return status, {**body, "methods": METHODS, **of_status}


def identity(kind: str, label: str | None = None, removable: bool = True) -> dict[str, Any]:
    return {
        "kind": kind,
        "label": label,
        "created_at": "2026-11-01T02:00:00Z",
        "removable": removable,
    }


def account_with(*identities: dict[str, Any]) -> Answer:
    return 200, {"account": ADA, "identities": list(identities)}


PROVIDERS: Answer = (
    200,
    {
        "providers": [
            {
                "id": "google",
                "label": None,
                "set_up": True,
                "device_set_up": False,
                "ways": ["redirect"],
                "redirect_uris": [
                    "https://comfy.practice.example/passport/oauth/google/callback",
                    "http://127.0.0.1:8188/passport/oauth/google/callback",
                ],
            },
            {
                "id": "github",
                "label": None,
                "set_up": False,
                "device_set_up": False,
                "ways": [],
                "redirect_uris": ["https://comfy.practice.example/passport/oauth/github/callback"],
            },
        ]
    },
)
