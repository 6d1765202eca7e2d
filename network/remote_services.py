"""The services on other machines that this server's settings name."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ..settings import Settings

PLATFORM = "https://platform.comfy.org"


@dataclass(frozen=True)
class RemoteService:
    """One service: the id of its row in the Doctor, and the addresses that a log-in needs."""

    check_id: str
    urls: tuple[str, ...]

    @property
    def origins(self) -> list[str]:
        """The addresses as far as everybody may read them: no path, no password."""
        return list(dict.fromkeys(_to_origin(url) for url in self.urls))


def list_remote_services(settings: Settings, comfy_api_base: str) -> list[RemoteService]:
    """Return Comfy's own services, and those that are set up for logging in."""
    services = [
        RemoteService("reach:comfy_api", (comfy_api_base,)),
        RemoteService("reach:platform", (PLATFORM,)),
    ]
    if settings.google_client_id or settings.google_device_client_id:
        services.append(RemoteService("reach:google", (settings.google_issuer,)))
    if settings.github_client_id:
        bases = (settings.github_base, settings.github_api_base)
        services.append(RemoteService("reach:github", bases))
    services += [RemoteService(f"reach:oidc:{item.name}", (item.issuer,)) for item in settings.oidc]
    if settings.firebase_web_key:
        bases = (settings.firebase_auth_base, settings.firebase_token_base)
        services.append(RemoteService("reach:firebase", bases))
    if settings.comfy_login_code:
        services.append(RemoteService("reach:comfy_cloud", (settings.comfy_cloud_base,)))
    return services


def _to_origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}:{port}" if port else f"{parts.scheme}://{name}"
