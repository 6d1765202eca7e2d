"""The Doctor over HTTP."""

from __future__ import annotations

import asyncio
import dataclasses
import os

from aiohttp import web

from ..accounts.checks import check_mail, check_owner
from ..accounts.principals import Principal
from ..network.checks import LOCAL_CHECKS, OK, SKIPPED, Check, Situation, find_most_important
from ..network.policy import Vantage
from ..network.reachability import report_clock, report_proxy_variables, report_reach
from ..services import Services
from ..vault.checks import (
    check_credential,
    check_data_folder,
    check_database,
    check_machine_credential,
    check_master_key,
)
from .request_context import find_principal, judge_request
from .responses import json_response

PLATFORM = "https://platform.comfy.org"
REMOTE_CHECKS = ("reach:comfy_api", "reach:platform", "clock")


async def list_checks(request: web.Request, services: Services) -> web.Response:
    """GET checks: every row; with ?remote=1 the services are probed, 5 s each, side by side."""
    vantage = judge_request(services.policy, request)
    checks = _check_network(services, vantage, request.remote or "")
    checks += await services.database.run(_check_store, services, find_principal(request), vantage)
    if request.query.get("remote") == "1":
        checks += await _check_services(services)
    else:
        checks += [Check(name, SKIPPED, "Not asked yet.") for name in REMOTE_CHECKS]
    return json_response(
        {
            "checks": [dataclasses.asdict(check) for check in checks],
            "most_important": find_most_important(checks),
        }
    )


def _check_network(services: Services, vantage: Vantage, peer: str) -> list[Check]:
    situation = Situation(vantage, peer, services.host_facts())
    return [
        *(check(situation) for check in LOCAL_CHECKS),
        report_proxy_variables(os.environ),
    ]


def _check_store(services: Services, principal: Principal | None, vantage: Vantage) -> list[Check]:
    database = check_database(services.credentials)
    rows: list[Check] = [
        check_data_folder(services.data_folder, principal is not None or vantage.loopback),
        database,
        check_master_key(services.credentials),
    ]
    if database.state != OK:  # and what else the store could tell is not to be had
        return rows
    rows += [check_owner(services.accounts.people), check_mail(services.accounts.outbox)]
    stored = services.credentials.find(principal.account_id) if principal else None
    may_use_machine = services.policy.allows_machine_default(vantage)
    machine_mask = services.binding.find_machine_mask() if may_use_machine else None
    rows.append(check_credential(stored, services.credentials, machine_mask))
    machine = check_machine_credential(services.machine_credential)
    return [*rows, machine] if machine else rows


async def _check_services(services: Services) -> list[Check]:
    comfy_api, platform = await asyncio.gather(
        services.http_client.probe(services.comfy_api.base),
        services.http_client.probe(PLATFORM),
    )
    return [
        report_reach("reach:comfy_api", comfy_api),
        report_reach("reach:platform", platform),
        report_clock(comfy_api, services.clock()),
    ]
