"""What every call of the owner's asks first."""

from __future__ import annotations

from aiohttp import web

from ..accounts.sessions import Principal
from ..services import Services
from .places import require_trusted_place
from .request_context import require_principal


async def require_owner(request: web.Request, services: Services) -> Principal:
    """Return who the request is: the owner, from a place where others cannot listen in.

    Raises NotSignedInError, OwnerOnlyError, InsecureConnectionError, HostNotListedError.
    """
    principal = require_principal(request)
    await services.database.run(services.accounts.people.require_owner, principal.account_id)
    require_trusted_place(request, services)
    return principal
