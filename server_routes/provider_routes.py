"""What the owner sees of the log-in providers, and has them checked by."""

from __future__ import annotations

import dataclasses
from typing import Any

from aiohttp import web

from ..accounts.provider_checks import check_client, check_device_flow
from ..accounts.provider_log_in import DEVICE, REDIRECT, way_is_set_up
from ..network.checks import SKIPPED, Check
from ..providers.directory import ALWAYS_SHOWN
from ..providers.log_in_provider import LogInProvider
from ..services import Services
from .oauth_routes import CALLBACK, make_redirect_uri
from .places import require_trusted_place
from .responses import json_response


async def list_providers(request: web.Request, services: Services) -> web.Response:
    """GET providers: which are set up, and the addresses that they have to know."""
    vantage = require_trusted_place(request, services)
    known = services.accounts.provider_log_in.providers
    kinds = [*ALWAYS_SHOWN, *(kind for kind in known if kind not in ALWAYS_SHOWN)]
    here = {kind: make_redirect_uri(services, vantage, kind) for kind in kinds}
    public = services.settings.public_url.rstrip("/")
    return json_response(
        {
            "providers": [
                _view(kind, known.get(kind), [here[kind], *_elsewhere(public, kind)])
                for kind in kinds
            ]
        }
    )


def _elsewhere(public: str, kind: str) -> list[str]:
    return [public + CALLBACK.format(kind=kind)] if public else []


def _view(kind: str, provider: LogInProvider | None, redirect_uris: list[str]) -> dict[str, Any]:
    ways = (REDIRECT, DEVICE)
    return {
        "id": kind,
        "label": provider.label if provider else ALWAYS_SHOWN.get(kind, kind),
        "set_up": provider is not None,
        "ways": [way for way in ways if provider and way_is_set_up(provider, way)],
        "redirect_uris": list(dict.fromkeys(redirect_uris)),
    }


async def check_provider(request: web.Request, services: Services) -> web.Response:
    """POST providers/{provider}/check: does it answer, and does it know this server?"""
    provider = services.accounts.provider_log_in.find(request.match_info["provider"])
    client = await check_client(provider)
    checks = [client]
    if provider.has_device_flow:
        checks.append(await check_device_flow(provider))
    else:
        checks.append(Check("provider_device", SKIPPED, "Log-in by code is not set up."))
    return json_response({"checks": [dataclasses.asdict(check) for check in checks]})
