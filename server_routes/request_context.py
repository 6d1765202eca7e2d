"""What is known of the request that is being answered."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from aiohttp import web

from ..accounts.errors import NotSignedInError
from ..network.policy import Connection, Policy, Vantage

if TYPE_CHECKING:
    from ..accounts.sessions import Principal

PRINCIPAL = "passport_principal"

current_request: ContextVar[web.Request | None] = ContextVar("passport_request", default=None)
"""The request whose handler is running; ComfyUI's prompt hook is given none."""


def find_principal(request: web.Request) -> Principal | None:
    """Return who the request is, or None."""
    return request.get(PRINCIPAL)


def require_principal(request: web.Request) -> Principal:
    """Return who the request is. Raises NotSignedInError."""
    principal = find_principal(request)
    if principal is None:
        raise NotSignedInError("You are not signed in to this server. Log in and try again.")
    return principal


def judge_request(policy: Policy, request: web.Request) -> Vantage:
    """Tell where the request comes from."""
    peername = request.transport.get_extra_info("peername") if request.transport else None
    # A Unix socket has a path, or nothing, for a peer: no address, so not loopback either.
    peer = peername[0] if isinstance(peername, tuple) and peername else ""
    return policy.judge(Connection(str(peer), request.scheme, request.headers))
