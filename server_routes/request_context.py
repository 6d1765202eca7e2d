"""What is known of the request that is being answered."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..accounts.errors import NotSignedInError
from ..network.connection import Connection

if TYPE_CHECKING:
    from ..accounts.principals import Principal
    from ..audit.clients import Client
    from ..network.policy import Policy, Vantage

# Newer aiohttp warns of keys that are plain text, older aiohttp knows no other.
_RequestKey: Any = getattr(web, "RequestKey", None)


def _make_key(name: str) -> Any:
    return _RequestKey(name, object) if _RequestKey else name


PRINCIPAL = _make_key("passport_principal")
PROBLEM = _make_key("passport_problem")
"""Why it could not be found out who the request is."""

CLAIM_HANDLE = _make_key("passport_claim_handle")
"""The handle that the prompt hook has left in the posted prompt."""

current_request: ContextVar[web.Request | None] = ContextVar("passport_request", default=None)
"""The request whose handler is running; ComfyUI's prompt hook is given none."""


def find_principal(request: web.Request) -> Principal | None:
    """Return who the request is, or None."""
    return request.get(PRINCIPAL)


def ask_principal(request: web.Request) -> Principal | None:
    """Do the same, and raise why it is not known: who is signed in must not read that they are not.

    Raises StorageError as a rule.
    """
    if (problem := request.get(PROBLEM)) is not None:
        raise problem
    return find_principal(request)


def require_principal(request: web.Request) -> Principal:
    """Return who the request is. Raises NotSignedInError, and what `ask_principal` raises."""
    principal = ask_principal(request)
    if principal is None:
        raise NotSignedInError("You are not signed in to this server. Log in and try again.")
    return principal


def find_client(policy: Policy, request: web.Request) -> Client:
    """Tell who sends the request, as it is written down beside what it does."""
    return name_client(judge_request(policy, request), request)


def name_client(vantage: Vantage, request: web.Request) -> Client:
    """Do the same for a request that is judged already."""
    from ..audit.clients import make_client

    return make_client(str(vantage.client or ""), request.headers.get("User-Agent", ""))


def judge_request(policy: Policy, request: web.Request) -> Vantage:
    """Tell where the request comes from."""
    # `remote` is the peer of the socket; a Unix socket has none, and so is never loopback.
    peer = request.remote or ""
    return policy.judge(Connection(peer, request.scheme, request.headers, request.version))
