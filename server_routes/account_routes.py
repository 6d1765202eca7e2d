"""What a person sees and changes of their own account."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from ..accounts.merging import Asking
from ..accounts.views import view_account
from ..clock import to_iso
from ..services import Services
from .access import require_session
from .places import find_base, require_trusted_place
from .request_body import read_body
from .request_context import find_client, require_principal
from .responses import json_response, no_content


@dataclass(frozen=True)
class NewName:
    """What the account is to be called."""

    display_name: str


@dataclass(frozen=True)
class NewEmail:
    """Another address, or the first one, and the password that proves the person."""

    email: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class PasswordChange:
    """The password that is, and the one that is to be."""

    current_password: str = field(repr=False)
    new_password: str = field(repr=False)


async def show_account(request: web.Request, services: Services) -> web.Response:
    """GET account: the account and its ways to log in."""
    account_id = require_principal(request).account_id
    account, identities = await services.database.run(services.accounts.profile.show, account_id)
    return json_response(
        {
            "account": view_account(account),
            "identities": [
                {
                    "kind": identity.kind,
                    "label": identity.label,
                    "created_at": to_iso(identity.created_at),
                    "removable": services.accounts.unlinking.can_remove(identity.kind, identities),
                }
                for identity in identities
            ],
        }
    )


async def rename_account(request: web.Request, services: Services) -> web.Response:
    """PATCH account: change what others read."""
    account_id = require_principal(request).account_id
    body = await read_body(request, NewName)
    client = find_client(services.policy, request)
    await services.database.run(
        services.accounts.profile.rename, account_id, body.display_name, client
    )
    return await show_account(request, services)


async def change_email(request: web.Request, services: Services) -> web.Response:
    """PUT account/email: move to another address, once it is proved where mail is set up."""
    account_id = require_principal(request).account_id
    body = await read_body(request, NewEmail)
    vantage = require_trusted_place(request, services)
    base = find_base(request, services, vantage)
    client = find_client(services.policy, request)
    await services.accounts.verification.change_email(
        account_id, body.email, body.password, client, base
    )
    return await show_account(request, services)


async def change_password(request: web.Request, services: Services) -> web.Response:
    """PUT account/password: change it; all other sessions end."""
    session = require_session(request)
    body = await read_body(request, PasswordChange)
    require_trusted_place(request, services)
    client = find_client(services.policy, request)
    await services.accounts.profile.change_password(
        session, body.current_password, body.new_password, client
    )
    return no_content()


async def add_email(request: web.Request, services: Services) -> web.Response:
    """POST identities/email: log in by mail too, or become one with the account that does."""
    session = require_session(request)
    body = await read_body(request, NewEmail)
    vantage = require_trusted_place(request, services)
    client = find_client(services.policy, request)
    await services.accounts.reauthentication.require(session, "", client)
    asking = Asking(session.account_id, client, find_base(request, services, vantage))
    account, merged = await services.accounts.linked_email.add(asking, body.email, body.password)
    return json_response({"account": view_account(account), "merged": merged})


async def unlink(request: web.Request, services: Services) -> web.Response:
    """DELETE identities/{kind}: log in with it no more; the last way in stays."""
    session = require_session(request)
    client = find_client(services.policy, request)
    await services.accounts.reauthentication.require(session, "", client)
    asking = Asking(session.account_id, client)
    unlink_one = services.accounts.unlinking.remove
    await services.database.run(unlink_one, asking, request.match_info["kind"])
    return no_content()
