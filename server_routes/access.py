"""Who may make a call: each route declares it, and nothing is open by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from .request_context import ask_principal, require_principal

if TYPE_CHECKING:
    from ..services import Services
    from ..storage.session_rows import SessionRow


@dataclass(frozen=True)
class Access:
    """What a call asks of whoever makes it."""

    public: bool = False
    scope: str | None = None
    """An API key needs this scope; a session has all."""
    session_only: bool = False
    """A person in a browser, no program with an API key."""
    limited: bool = False
    """A cancelled account may make it, in its session."""
    owner: bool = False
    from_elsewhere: bool = False
    """Another site's page may send people here."""


ANYBODY = Access(public=True)
REDIRECTED = Access(public=True, from_elsewhere=True)
READ = Access(scope="read", limited=True)
RUN = Access(scope="run")
MANAGE = Access(scope="manage")
SIGN_OUT = Access(scope="manage", limited=True)
PERSON = Access(session_only=True)
LEAVING = Access(session_only=True, limited=True)
OWNER = Access(session_only=True, owner=True)


async def enforce(access: Access, request: web.Request, services: Services) -> None:
    """Raise the error that says why this caller may not make the call, or let it pass."""
    from ..accounts.access_errors import (
        AccountCancelledError,
        ScopeMissingError,
        SessionNeededError,
    )

    if access.public:
        return
    principal = require_principal(request)
    if principal.stale and not (request.method == "GET" and access.scope == READ.scope):
        from ..storage.failures import unreachable

        raise unreachable()
    if principal.limited and not (access.limited and principal.session):
        raise AccountCancelledError(
            "This account is cancelled: it can be read, exported, reactivated and deleted, and "
            "nothing else. Reactivate it in Passport."
        )
    if access.session_only and principal.session is None:
        raise SessionNeededError("An API key cannot do this. Log in with a browser.")
    if access.scope is not None and access.scope not in principal.scopes:
        raise ScopeMissingError(
            f"This API key has not the scope “{access.scope}”. Make one that has.",
            scope=access.scope,
        )
    if access.owner:
        await _require_owner(principal.account_id, request, services)


async def _require_owner(account_id: str, request: web.Request, services: Services) -> None:
    from .places import require_trusted_place

    await services.database.run(services.accounts.people.require_owner, account_id)
    require_trusted_place(request, services)


def find_session(request: web.Request) -> SessionRow | None:
    """Return the session that the request belongs to, or None.

    Raises what `ask_principal` raises: nobody is told that they are logged out, and are not.
    """
    principal = ask_principal(request)
    return principal.session if principal else None


def require_session(request: web.Request) -> SessionRow:
    """Return the session of a call that is for sessions alone."""
    session = require_principal(request).session
    if session is None:  # the route's declaration has let nobody else through
        raise RuntimeError("A route for sessions is not declared as one.")
    return session
