"""The state of things for this browser: cheap, without asking anybody far away."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..accounts.admission import CLOSED, INVITE
from ..accounts.errors import RegistrationClosedError
from ..accounts.principals import Principal
from ..accounts.views import view_account, view_session
from ..network.policy import Vantage
from ..services import Services
from ..version import VERSION
from .log_in_methods import choose_method, describe_methods
from .places import find_obstacle
from .request_context import ask_principal, judge_request
from .responses import json_response
from .views import view_credential


async def show_status(request: web.Request, services: Services) -> web.Response:
    """GET status: who is signed in, which methods work here, what a run would use."""
    principal = ask_principal(request)
    vantage = judge_request(services.policy, request)
    return json_response(await services.database.run(_describe, services, principal, vantage))


def _describe(services: Services, principal: Principal | None, vantage: Vantage) -> dict[str, Any]:
    account = services.accounts.sign_in.find_account(principal) if principal else None
    credential = services.credentials.find(account.id) if account else None
    owned = services.accounts.people.has_owner()
    machine = services.policy.allows_machine_default(vantage)
    methods = describe_methods(services, vantage)
    preview = services.binding.preview(account.id if account else None, machine)
    return {
        # Strangers are not told which holes to try.
        "version": VERSION if account or vantage.loopback else None,
        "signed_in": account is not None,
        "account": view_account(account) if account else None,
        "session": _describe_session(principal) if account else None,
        "methods": methods,
        "preferred_method": choose_method(methods),
        "registration": _describe_registration(services, vantage, owned),
        "mail": {"enabled": services.accounts.outbox.enabled},
        "has_owner": owned,
        "server_name": services.accounts.deletion_requests.server_name,
        "credential": view_credential(credential, services.credentials) if credential else None,
        "run": {"uses": preview.uses, "mask": preview.mask},
        "warnings": _warn(services, vantage),
    }


def _describe_session(principal: Principal | None) -> dict[str, Any] | None:
    session = principal.session if principal else None
    return view_session(session) if session else None


def _describe_registration(services: Services, vantage: Vantage, owned: bool) -> dict[str, Any]:
    mode = services.accounts.admission.mode
    reason = find_obstacle(vantage)
    needs = None
    if not owned:
        needs = None if vantage.loopback else "set_up_code"
    elif mode == INVITE:
        needs = "invitation"
    elif mode == CLOSED:
        reason = reason or RegistrationClosedError.code
    return {"mode": mode, "enabled": reason is None, "reason": reason, "needs": needs}


def _warn(services: Services, vantage: Vantage) -> list[dict[str, str]]:
    warnings: list[dict[str, str]] = []
    problem = services.credentials.key_problem
    if problem is not None:
        warnings.append({"code": problem.code, "message": problem.message})
    if not vantage.host_listed:
        warnings.append(
            {
                "code": "host_not_listed",
                "message": "This server does not know the name that you reached it by. "
                "Its owner can add it to PASSPORT_ALLOWED_HOSTS.",
            }
        )
    return warnings
