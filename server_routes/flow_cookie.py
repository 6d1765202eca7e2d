"""The cookie that ties a log-in elsewhere to the browser that began it."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiohttp import web

from ..accounts.flows import Flow, name_flow
from ..secret import Secret
from .session_cookie import NAME_PREFIX, SECURE_PREFIX

LONGEST_SECRET = 64
KEPT_AFTERWARDS = timedelta(minutes=30)


def set_flow_cookie(response: web.Response, flow: Flow, secure: bool, now: datetime) -> None:
    """Hand the flow's secret to the browser, for as long as somebody may still come back with it:
    too late, they are told so, and not that the flow was begun elsewhere.
    """
    response.set_cookie(
        _name(flow.name, secure),
        flow.secret.reveal(),
        max_age=int((flow.expires_at - now + KEPT_AFTERWARDS).total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def read_flow_secret(request: web.Request, flow_id: str, secure: bool) -> Secret | None:
    """Return the secret of this flow, if this browser has it, and once."""
    name = _name(name_flow(flow_id), secure)
    pairs = (part.strip().partition("=") for part in request.headers.get("Cookie", "").split(";"))
    found = [value for key, _, value in pairs if key == name]
    if len(found) != 1 or not found[0].isascii() or not 0 < len(found[0]) <= LONGEST_SECRET:
        return None
    return Secret(found[0])


def clear_flow_cookie(response: web.Response, flow_id: str, secure: bool) -> None:
    """Take the cookie back."""
    response.del_cookie(
        _name(name_flow(flow_id), secure), path="/", secure=secure, httponly=True, samesite="Lax"
    )


def _name(flow_name: str, secure: bool) -> str:
    return f"{SECURE_PREFIX if secure else ''}{NAME_PREFIX}flow_{flow_name}"
