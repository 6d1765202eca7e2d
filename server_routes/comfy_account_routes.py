"""The hosted Comfy account of whoever is signed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ..accounts.hosted_account import Holder, Overview
from ..accounts.merging import Asking
from ..network.remote_services import PLATFORM
from ..providers.comfy_account import ComfyPass
from ..providers.comfy_account_answers import Subscription
from ..providers.comfy_errors import REMEDIES, ComfyLogInNeededError
from ..providers.firebase import FirebaseUser
from ..secret import Secret
from ..services import Services
from ..storage.credential_rows import ENDED
from .errors import InvalidFieldError
from .places import require_trusted_place
from .query import read_number
from .request_body import read_body
from .request_context import find_client, require_principal
from .responses import json_response, no_content

TOKEN_HEADER = "X-Comfy-Token"  # noqa: S105  # a header's name
LONGEST_TOKEN = 8 * 1024
MOST_USD = 10_000
LAST_PAGE = 10_000
LINKS = {
    "top_up": f"{PLATFORM}/profile/billing",
    "billing": f"{PLATFORM}/profile/billing",
    "keys": f"{PLATFORM}/profile/api-keys",
    "subscription": "https://cloud.comfy.org",
}


@dataclass(frozen=True)
class PasswordReset:
    """Whose hosted password was forgotten."""

    email: str


@dataclass(frozen=True)
class NewPassword:
    """Another password for the hosted account."""

    current_password: str = field(repr=False)
    new_password: str = field(repr=False)


@dataclass(frozen=True)
class TopUp:
    """How much is to be paid in."""

    amount_usd: int


async def show_comfy_account(request: web.Request, services: Services) -> web.Response:
    """GET comfy-account: what is known here. Nobody far away is asked."""
    account_id = require_principal(request).account_id
    overview = await services.database.run(services.hosted.account.describe, account_id)
    return json_response(_view(overview))


async def forget_comfy_account(request: web.Request, services: Services) -> web.Response:
    """DELETE comfy-account: forget the kept log-in, and this way in."""
    account_id = require_principal(request).account_id
    asking = Asking(account_id, find_client(services.policy, request))
    await services.database.run(services.hosted.leaving.forget, asking)
    return no_content()


async def show_address(request: web.Request, services: Services) -> web.Response:
    """GET comfy-account/address: the mail address at Comfy, as Comfy knows it now."""

    async def look_up(held: ComfyPass) -> FirebaseUser:
        return await services.hosted.passwords.look_up(held.secret)

    user = await services.hosted.account.ask(find_holder(request), look_up)
    return json_response(
        {
            "email": user.email,
            "email_verified": user.email_verified,
            "has_password": user.has_password,
        }
    )


async def send_verification(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/verification: have Comfy send its mail that proves the address."""

    async def send(held: ComfyPass) -> None:
        await services.hosted.passwords.send_verification(held.secret)

    await services.hosted.account.ask(find_holder(request), send)
    return json_response({}, 202)


async def send_password_reset(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/password-reset: the same answer for every address."""
    body = await read_body(request, PasswordReset)
    require_trusted_place(request, services)
    client = find_client(services.policy, request)
    await services.hosted.passwords.send_reset(body.email, client)
    return json_response({}, 202)


async def change_password(request: web.Request, services: Services) -> web.Response:
    """PUT comfy-account/password: at the service; every other log-in there ends."""
    body = await read_body(request, NewPassword)
    require_trusted_place(request, services)
    account_id = require_principal(request).account_id
    client = find_client(services.policy, request)
    await services.hosted.passwords.change(
        account_id, body.current_password, body.new_password, client
    )
    return no_content()


async def show_credits(request: web.Request, services: Services) -> web.Response:
    """GET credits: what is left, and a page of what was spent, the latest first."""
    page = read_number(request, "page", LAST_PAGE) or 1
    balance, events = await services.hosted.account.credits(find_holder(request), page)
    return json_response(
        {
            "balance_usd": balance.usd,
            "credits": balance.credits,
            "events": [
                {"id": each.id, "type": each.type, "at": each.at, "params": each.params}
                for each in events.items
            ]
            if events
            else None,
            "total": events.total if events else None,
            "next_page": events.next_page if events else None,
        }
    )


async def top_up(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/top-up: the page on which credits are paid."""
    usd = (await read_body(request, TopUp)).amount_usd
    if not 1 <= usd <= MOST_USD:
        raise InvalidFieldError(
            f"The field “amount_usd” must be from 1 to {MOST_USD}.", field="amount_usd"
        )

    async def ask(held: ComfyPass) -> str:
        return await services.hosted.api.top_up(held, usd)

    url = await services.hosted.account.ask(find_holder(request), ask)
    return json_response({"url": url})


async def open_billing_portal(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/billing-portal: the page with invoices and means of payment."""
    ask = services.hosted.api.billing_portal
    return json_response({"url": await services.hosted.account.ask(find_holder(request), ask)})


async def show_subscription(request: web.Request, services: Services) -> web.Response:
    """GET comfy-account/subscription: its state."""
    found = await services.hosted.subscription.show(find_holder(request))
    return json_response(_view_subscription(found))


async def cancel_subscription(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/subscription/cancel: it ends with the time that is paid for."""
    found = await services.hosted.subscription.cancel(find_holder(request))
    return json_response(_view_subscription(found))


async def resubscribe(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/subscription/resubscribe: take the cancellation back."""
    found = await services.hosted.subscription.resubscribe(find_holder(request))
    return json_response(_view_subscription(found))


def find_holder(request: web.Request) -> Holder:
    """Return whose hosted account is meant, with the log-in that the panel has sent along."""
    shown = request.headers.get(TOKEN_HEADER, "").strip()
    if len(shown) > LONGEST_TOKEN:
        raise ComfyLogInNeededError(f"What {TOKEN_HEADER} holds is no log-in at Comfy.")
    return Holder(require_principal(request).account_id, Secret(shown) if shown else None)


def _view(overview: Overview) -> dict[str, Any]:
    session, credential = overview.session, overview.credential
    state = None
    if session is not None:
        ended = session.state == ENDED
        state = {
            "state": session.state,
            "cause": session.cause if ended else None,
            "remedy": REMEDIES[str(session.cause)] if ended else None,
        }
    made = credential.remote_id if credential else None
    return {
        "connected": overview.connected or session is not None,
        "email": (session.holder_email if session else None) or overview.label,
        "session": state,
        "made_key": {"id": made, "name": overview.key_name} if made else None,
        "links": LINKS,
    }


def _view_subscription(found: Subscription) -> dict[str, Any]:
    return {
        "state": found.state,
        "tier": found.tier,
        "duration": found.duration,
        "renewal_date": found.renewal_date,
        "end_date": found.end_date,
        "can_cancel": found.state == "active",
        "can_resubscribe": found.state == "ending",
    }
