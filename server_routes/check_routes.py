"""The Doctor over HTTP."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from datetime import datetime, timedelta

from aiohttp import web

from ..accounts.checks import check_mail, check_owner
from ..accounts.principals import Principal
from ..network.checks import LOCAL_CHECKS, OK, SKIPPED, Check, Situation, find_most_important
from ..network.policy import Vantage
from ..network.reachability import (
    report_ca_bundle,
    report_clock,
    report_proxy_variables,
    report_reach,
)
from ..network.remote_services import RemoteService, list_remote_services
from ..providers.http_client import Probe
from ..services import Services
from ..vault.checks import (
    check_comfy_session,
    check_credential,
    check_data_folder,
    check_database,
    check_machine_credential,
    check_master_key,
)
from .request_context import find_principal, judge_request
from .responses import json_response

NOT_ASKED = "Not asked yet."


async def list_checks(request: web.Request, services: Services) -> web.Response:
    """GET checks: every row; with ?remote=1 the services are probed, 5 s each, side by side."""
    vantage = judge_request(services.policy, request)
    checks = _check_network(services, vantage, request.remote or "")
    checks += await services.database.run(_check_store, services, find_principal(request), vantage)
    checks += await _check_services(services, request.query.get("remote") == "1")
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
    session = services.hosted.sessions.find(principal.account_id) if principal else None
    some = (check_comfy_session(session), check_machine_credential(services.machine_credential))
    return [*rows, *(check for check in some if check is not None)]


async def _check_services(services: Services, remote: bool) -> list[Check]:
    settings = services.settings
    bundle = [report_ca_bundle(settings.ca_bundle, services.clock())] if settings.ca_bundle else []
    remote_services = list_remote_services(settings, services.comfy_api.base)
    if not remote:
        rows = [Check(service.check_id, SKIPPED, NOT_ASKED) for service in remote_services]
        rows.append(Check("clock", SKIPPED, NOT_ASKED))
    else:
        probes = await asyncio.gather(*(_probe(services, service) for service in remote_services))
        rows = [
            report_reach(service.check_id, found, _find_end_of_break(services, service))
            for service, found in zip(remote_services, probes, strict=True)
        ]
        rows.append(report_clock(probes[0][0], services.clock()))
    for service, row in zip(remote_services, rows, strict=False):
        row.details["origins"] = service.origins  # which the browser probes from its side
    return bundle + rows


async def _probe(services: Services, service: RemoteService) -> list[Probe]:
    return await asyncio.gather(*(services.http_client.probe(url) for url in service.urls))


def _find_end_of_break(services: Services, service: RemoteService) -> datetime | None:
    """Tell until when one of the service's addresses is left alone; None: none of them is."""
    breaks = [services.http_client.find_given_up(url) for url in service.urls]
    seconds = max((given_up.seconds for given_up in breaks if given_up), default=0)
    return services.clock() + timedelta(seconds=seconds) if seconds else None
