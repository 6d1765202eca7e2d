"""The owner's invitations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ..accounts.invitations import DEFAULT_DAYS, MOST_DAYS
from ..accounts.letter_values import INVITATION, make_link
from ..accounts.views import view_invitation
from ..providers.errors import MailNotSentError
from ..services import Services
from ..storage.invitation_rows import InvitationRow
from .access import require_session
from .errors import InvalidFieldError
from .places import find_base
from .request_body import read_body
from .request_context import find_client, judge_request, require_principal
from .responses import json_response, no_content


@dataclass(frozen=True)
class NewInvitation:
    """Who is invited, if it is to be one address alone, and for how long."""

    email: str = ""
    days: int = DEFAULT_DAYS


async def list_invitations(request: web.Request, services: Services) -> web.Response:
    """GET invitations: those that can still be used; their codes are not kept."""
    rows = await services.database.run(services.accounts.invitations.list)
    return json_response({"invitations": [view_invitation(row) for row in rows]})


async def make_invitation(request: web.Request, services: Services) -> web.Response:
    """POST invitations: the code and link are shown this once, and sent where mail is set up."""
    owner = require_session(request)
    body = await read_body(request, NewInvitation)
    if not 1 <= body.days <= MOST_DAYS:
        raise InvalidFieldError(
            f"The field “days” must be a whole number from 1 to {MOST_DAYS}.", field="days"
        )
    client = find_client(services.policy, request)
    await services.accounts.reauthentication.require(owner, "", client)
    row, code = await services.database.run(
        services.accounts.invitations.make, body.email or None, body.days, owner.account_id, client
    )
    base = find_base(request, services, judge_request(services.policy, request))
    link = make_link(base, INVITATION, code)
    return json_response(
        {
            "invitation": view_invitation(row),
            "code": code.reveal(),
            "link": link,
            "mailed": await _mail(
                services, row, {"base": base, "token": code.reveal(), "link": link}
            ),
        },
        201,
    )


async def take_back_invitation(request: web.Request, services: Services) -> web.Response:
    """DELETE invitations/{id}: it can be used no longer."""
    owner = require_principal(request)
    client = find_client(services.policy, request)
    await services.database.run(
        services.accounts.invitations.take_back, request.match_info["id"], owner.account_id, client
    )
    return no_content()


async def _mail(services: Services, row: InvitationRow, values: dict[str, Any]) -> bool:
    """Send it at once: the code is in nobody's keeping, so nothing could send it later."""
    if not row.email or not services.accounts.outbox.enabled:
        return False
    valid_for = row.expires_at - row.created_at
    try:
        await services.accounts.outbox.send_now(
            INVITATION, row.email, **values, valid_for=valid_for
        )
    except MailNotSentError:
        return False
    return True
