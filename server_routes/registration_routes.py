"""Making an account, and owning a server that nobody owns yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from ..accounts.admission import Application
from ..accounts.registration import NewAccount
from ..accounts.throttle import STRENGTH_NETWORK, Try, count
from ..accounts.views import view_account
from ..services import Services
from .places import find_base, require_trusted_place
from .request_body import read_body
from .request_context import find_client, require_principal
from .responses import json_response
from .session_routes import welcome


@dataclass(frozen=True)
class Registration:
    """What somebody says to get an account."""

    email: str
    password: str = field(repr=False)
    display_name: str = ""
    invitation: str = field(default="", repr=False)
    set_up_code: str = field(default="", repr=False)
    shared_computer: bool = False


@dataclass(frozen=True)
class Candidate:
    """A password that somebody thinks of taking, and what others know of the person."""

    password: str = field(repr=False)
    email: str = ""
    display_name: str = ""


@dataclass(frozen=True)
class OwnershipClaim:
    """What somebody says to own a server that has no owner."""

    set_up_code: str = field(default="", repr=False)


async def register(request: web.Request, services: Services) -> web.Response:
    """POST accounts: make an account and log it in; the first one is the owner's."""
    body = await read_body(request, Registration)
    vantage = require_trusted_place(request, services)
    new = NewAccount(
        body.email,
        body.password,
        body.display_name,
        body.shared_computer,
        find_base(request, services, vantage),
    )
    application = Application(
        invitation=body.invitation,
        set_up_code=body.set_up_code,
        on_the_machine=vantage.loopback,
    )
    client = find_client(services.policy, request)
    signed_in = await services.accounts.registration.register(new, application, client)
    return await welcome(request, services, signed_in)


async def estimate_password(request: web.Request, services: Services) -> web.Response:
    """POST password-strength: how hard the password is to guess. Nothing of it is kept."""
    body = await read_body(request, Candidate)
    require_trusted_place(request, services)
    network = find_client(services.policy, request).network
    counted = Try(STRENGTH_NETWORK, network)
    await services.database.run(count, services.database, services.clock(), counted)
    about = (body.email, body.display_name)
    strength = await services.accounts.password_strength.estimate(body.password, about)
    return json_response({"score": strength.score, "problem": strength.problem})


async def take_ownership(request: web.Request, services: Services) -> web.Response:
    """POST owner: become the owner, from the machine itself or with the set-up code."""
    principal = require_principal(request)
    body = await read_body(request, OwnershipClaim)
    vantage = require_trusted_place(request, services)
    application = Application(set_up_code=body.set_up_code, on_the_machine=vantage.loopback)
    client = find_client(services.policy, request)
    account = await services.database.run(
        services.accounts.people.take_ownership, principal.account_id, application, client
    )
    return json_response({"account": view_account(account)})
