"""Logging in by way of the hosted Comfy account."""

from __future__ import annotations

from aiohttp import web

from ..accounts.access_errors import AccountCancelledError
from ..accounts.admission import Application
from ..accounts.hosted_codes import CodeWish, Waiting
from ..accounts.hosted_hand_over import Brought, HandedOver
from ..accounts.merging import Asking
from ..accounts.provider_log_in import LOG_IN, REAUTHENTICATE
from ..accounts.views import view_account
from ..network.policy import Vantage
from ..secret import Secret
from ..services import Services
from .access import find_session
from .comfy_log_in_bodies import (
    Arrival,
    CodePoll,
    CodeStart,
    MailAndPassword,
    NewHostedAccount,
    Token,
)
from .errors import InvalidFieldError
from .flow_cookie import clear_flow_cookie, read_flow_secret, set_flow_cookie
from .places import require_private, require_trusted_place
from .qr_code import draw_qr_code
from .request_body import read_body
from .request_context import find_client, find_principal, judge_request, require_principal
from .responses import json_response, no_content
from .session_cookie import set_cookie
from .views import view_credential


async def hand_over(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/hand-over: use the log-in of ComfyUI's own dialog on this server."""
    body = await read_body(request, Token)
    require_private(judge_request(services.policy, request), body.accept_insecure)
    brought = await services.hosted.hand_over.prove(Secret(body.id_token))
    return await _arrive(request, services, brought, body, body.purpose)


async def log_in(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/log-in: by the hosted account's mail address and password."""
    body = await read_body(request, MailAndPassword)
    require_trusted_place(request, services)
    client = find_client(services.policy, request)
    brought = await services.hosted.passwords.log_in(body.email, body.password, client)
    return await _arrive(request, services, brought, body, body.purpose)


async def sign_up(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/sign-up: make a hosted account, and log in with it."""
    body = await read_body(request, NewHostedAccount)
    vantage = require_trusted_place(request, services)
    client = find_client(services.policy, request)
    services.hosted.passwords.require_set_up()
    newcomer = find_session(request) is None
    application = _apply(body, vantage)
    admission = (services.accounts.admission, application) if newcomer else None
    await _require_may_link(request, services, None)
    brought = await services.hosted.passwords.sign_up(body.email, body.password, client, admission)
    return await _arrive(request, services, brought, body, LOG_IN)


async def begin_code(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/login-code: the code to approve, and the cookie that its log-in has."""
    body = await read_body(request, CodeStart)
    vantage = judge_request(services.policy, request)
    require_private(vantage, body.accept_insecure)
    services.hosted.codes.require_set_up()
    await _require_may_link(request, services, None)
    session = find_session(request)
    wish = CodeWish(
        body.shared_computer,
        body.invitation,
        body.set_up_code,
        session.id if session else None,
        body.link_accounts,
    )
    client = find_client(services.policy, request)
    flow, shown = await services.hosted.codes.begin(wish, client)
    response = json_response(
        {
            "flow": flow.id,
            "url": shown.url,
            "qr": draw_qr_code(shown.url),
            "expires_in": shown.expires_in,
            "interval": shown.interval,
        },
        201,
    )
    set_flow_cookie(response, flow, vantage.secure, services.clock())
    return response


async def poll_code(request: web.Request, services: Services) -> web.Response:
    """POST comfy-account/login-code/poll: has the person approved the code yet?"""
    body = await read_body(request, CodePoll)
    secure = judge_request(services.policy, request).secure
    session = find_session(request)
    secret = read_flow_secret(request, body.flow, secure)
    found = await services.hosted.codes.poll(body.flow, secret, session.id if session else None)
    if isinstance(found, Waiting):
        return json_response({"state": "pending", "interval": found.interval})
    wish = found.wish
    arrival = Arrival(wish.shared_computer, wish.invitation, wish.set_up_code, wish.link_accounts)
    proved = wish.session_id is not None
    response = await _arrive(
        request, services, found.brought, arrival, LOG_IN, proved, state="done"
    )
    clear_flow_cookie(response, body.flow, secure)
    return response


async def _arrive(
    request: web.Request,
    services: Services,
    brought: Brought,
    arrival: Arrival | Token | NewHostedAccount,
    purpose: str,
    proved: bool = False,
    **more: str,
) -> web.Response:
    """Link it to the account that is signed in, else log in with it.

    `proved`: that this session may link was found as the log-in was begun.
    """
    client = find_client(services.policy, request)
    if purpose == REAUTHENTICATE:
        return await _reauthenticate(request, services, brought)
    if purpose != LOG_IN:
        raise InvalidFieldError(
            f"The field “purpose” must be {LOG_IN} or {REAUTHENTICATE}.", field="purpose"
        )
    if find_session(request) is not None:
        if not proved:
            await _require_may_link(request, services, brought)
        asking = Asking(require_principal(request).account_id, client)
        handed_over = await services.hosted.hand_over.link(asking, brought, arrival.link_accounts)
        return json_response({**_view(handed_over, services), **more})
    vantage = judge_request(services.policy, request)
    handed_over = await services.hosted.hand_over.log_in(
        brought, _apply(arrival, vantage), arrival.shared_computer, client
    )
    response = json_response({**_view(handed_over, services), **more}, 201)
    signed_in = handed_over.signed_in
    if signed_in is not None:
        token = signed_in.token.reveal()
        set_cookie(response, services.store_id, token, signed_in.session, vantage.secure)
    return response


async def _reauthenticate(
    request: web.Request, services: Services, brought: Brought
) -> web.Response:
    require_principal(request)
    session = find_session(request)
    if session is None:  # an API key proves no person
        raise InvalidFieldError("Only a session can be proved again.", field="purpose")
    client = find_client(services.policy, request)
    token = await services.hosted.hand_over.reauthenticate(session, brought, client)
    response = no_content()
    secure = judge_request(services.policy, request).secure
    set_cookie(response, services.store_id, token.reveal(), session, secure)
    return response


async def _require_may_link(
    request: web.Request, services: Services, brought: Brought | None
) -> None:
    """Let pass who is signed out, who has linked it before, and who was proved lately.

    A way in that somebody else adds at an unlocked screen would stay theirs.
    """
    principal, session = find_principal(request), find_session(request)
    if principal is None or session is None:
        return
    if principal.limited:
        raise AccountCancelledError("This account is cancelled. Reactivate it first.")
    if brought is not None:
        holder = await services.database.run(services.hosted.hand_over.find_holder, brought.user)
        if holder is not None and holder.id == principal.account_id:
            return
    client = find_client(services.policy, request)
    await services.accounts.reauthentication.require(session, "", client)


def _apply(arrival: Arrival | Token | NewHostedAccount, vantage: Vantage) -> Application:
    return Application(
        invitation=arrival.invitation,
        set_up_code=arrival.set_up_code,
        on_the_machine=vantage.loopback,
    )


def _view(handed_over: HandedOver, services: Services) -> dict[str, object]:
    row = handed_over.credential
    return {
        "account": view_account(handed_over.account),
        "credential": view_credential(row, services.credentials) if row else None,
        "key_made": handed_over.key_made,
        "reason": handed_over.reason,
    }
