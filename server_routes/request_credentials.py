"""What a request shows for itself: an API key of ours, a one-shot ticket, or a session's cookie.

Other programs' tokens travel in the same headers: only what begins like a key of ours is read.
"""

from __future__ import annotations

import base64

from aiohttp import web
from aiohttp.hdrs import AUTHORIZATION
from multidict import istr

X_API_KEY = istr("X-API-Key")
KEY_PREFIX = "cpp_"
TICKET = "passport_ticket"


def read_api_key(request: web.Request) -> str | None:
    """Return what stands for an API key of ours in X-API-Key or Authorization, or None."""
    direct = request.headers.get(X_API_KEY)
    if direct is not None and direct.startswith(KEY_PREFIX):
        return direct
    authorization = request.headers.get(AUTHORIZATION)
    if authorization is None:
        return None
    scheme, _, value = authorization.partition(" ")
    value = value.strip()
    if scheme.lower() == "basic":
        value = _read_basic(value)
    elif scheme.lower() != "bearer":
        return None
    return value if value.startswith(KEY_PREFIX) else None


def read_ticket(request: web.Request) -> str | None:
    """Return the ticket in the address, or None; only what changes nothing takes one."""
    if TICKET not in request.rel_url.raw_query_string or request.method != "GET":
        return None
    return request.query.get(TICKET)


def _read_basic(value: str) -> str:
    """Return the password, whatever the user is called (RFC 7617)."""
    try:
        # What is no UTF-8 may still begin like a key of ours, which then is not good.
        text = base64.b64decode(value, validate=True).decode(errors="surrogateescape")
    except ValueError:  # no base64, or no ASCII
        return ""
    return text.partition(":")[2]
