"""The ways to log in that work from where this browser is, and why others do not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..accounts.external_errors import ProviderNotSetUpError
from ..accounts.provider_log_in import DEVICE, REDIRECT, way_is_set_up
from ..network.addresses import Host
from ..network.policy import Vantage
from ..providers.directory import ALWAYS_SHOWN
from ..providers.log_in_provider import LogInProvider
from ..services import Services
from .places import find_obstacle

EMAIL, COMFY, API_KEY = "email", "comfy", "api-key"
PASSWORD, KEY, HAND_OVER, CODE = "password", "key", "hand_over", "code"
NOT_SET_UP = "not_set_up"
ONLY_ON_LOCALHOST = "comfy_log_in_only_on_localhost"
COMFY_DOMAIN = ".comfy.org"


def describe_methods(services: Services, vantage: Vantage) -> list[dict[str, Any]]:
    """Return the methods in the order in which people see them."""
    known = services.accounts.provider_log_in.providers
    kinds = [*ALWAYS_SHOWN, *(kind for kind in known if kind not in ALWAYS_SHOWN)]
    obstacle = find_obstacle(vantage)
    return [
        _method(EMAIL, [] if obstacle else [PASSWORD], obstacle),
        *(_describe_provider(kind, known.get(kind), vantage) for kind in kinds),
        _describe_comfy(services, vantage),
        _method(API_KEY, [KEY], None, needs_confirmation=not vantage.private),
    ]


def choose_method(methods: Iterable[dict[str, Any]]) -> str:
    """Return the one to show first: mail where it works, else the first that does.

    The API key works everywhere, so there is always one.
    """
    return next((method["id"] for method in methods if method["enabled"]), API_KEY)


def _method(
    method_id: str,
    ways: list[str],
    reason: str | None,
    label: str | None = None,
    needs_confirmation: bool = False,
) -> dict[str, Any]:
    return {
        "id": method_id,
        "label": label,
        "enabled": bool(ways),
        "reason": None if ways else reason,
        "ways": ways,
        "needs_confirmation": bool(ways) and needs_confirmation,
    }


def _describe_provider(
    kind: str, provider: LogInProvider | None, vantage: Vantage
) -> dict[str, Any]:
    label = provider.label if provider and kind not in ALWAYS_SHOWN else None
    if provider is None:
        return _method(kind, [], NOT_SET_UP, label)
    obstacle = find_obstacle(vantage)
    # A code needs no way back, so it works from any address.
    possible = [DEVICE] if obstacle else [REDIRECT, DEVICE]
    ways = [way for way in possible if way_is_set_up(provider, way)]
    return _method(kind, ways, obstacle or ProviderNotSetUpError.code, label, not vantage.private)


def _describe_comfy(services: Services, vantage: Vantage) -> dict[str, Any]:
    settings = services.settings
    ways: list[str] = []
    if vantage.host is not None and _frontend_logs_in_at(vantage.host):
        ways.append(HAND_OVER)
    if settings.firebase_web_key and find_obstacle(vantage) is None:
        ways.append(PASSWORD)
    if settings.firebase_web_key and settings.comfy_login_code:
        ways.append(CODE)
    return _method(COMFY, ways, ONLY_ON_LOCALHOST, needs_confirmation=not vantage.private)


def _frontend_logs_in_at(host: Host) -> bool:
    """Tell whether ComfyUI's own log-in dialog works under this name: Comfy lists the names."""
    return host.is_loopback or host.name.endswith(COMFY_DOMAIN)
