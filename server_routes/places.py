"""What may be asked for over which connection."""

from __future__ import annotations

from aiohttp import web

from ..network.addresses import Host
from ..network.policy import Vantage
from ..services import Services
from .errors import HostNotListedError, InsecureConnectionError
from .request_context import judge_request


def require_private(vantage: Vantage, accepted: bool) -> None:
    """Raise InsecureConnectionError where an API key would travel in clear unconfirmed."""
    if not vantage.private and not accepted:
        raise InsecureConnectionError(
            "This page came over plain HTTP from another machine: everyone on the way can read "
            "the key. Use HTTPS, or open ComfyUI on its own machine. If you trust this network, "
            "confirm and send again.",
            confirm="accept_insecure",
        )


def find_obstacle(vantage: Vantage) -> str | None:
    """Return why passwords and the owner's calls are refused from there, as a code, or None."""
    if not vantage.private:
        return InsecureConnectionError.code
    return None if vantage.trusted_place else HostNotListedError.code


def require_trusted_place(request: web.Request, services: Services) -> Vantage:
    """Return where the request comes from: this machine, or HTTPS under a listed name.

    Raises InsecureConnectionError or HostNotListedError. No confirmation helps: the password is
    used again elsewhere, as a key is not.
    """
    vantage = judge_request(services.policy, request)
    obstacle = find_obstacle(vantage)
    if obstacle == InsecureConnectionError.code:
        raise InsecureConnectionError(
            "This page came over plain HTTP from another machine, where everyone on the way can "
            "read a password. Open ComfyUI at https://, or on its own machine."
        )
    if obstacle is not None:
        raise HostNotListedError(
            "This server is not known under the name in the address bar. Its owner can add it to "
            "PASSPORT_ALLOWED_HOSTS."
        )
    return vantage


def find_base(request: web.Request, services: Services, vantage: Vantage) -> str | None:
    """Return the address that links in mails begin with, or None.

    A Host header is what the sender says it is: it counts on the machine itself, and where the
    owner has listed the name (OWASP Forgot Password: no host header in links).
    """
    if services.settings.public_url:
        return services.settings.public_url.rstrip("/")
    host = vantage.host
    if host is None or not (vantage.loopback or services.policy.names(host)):
        return None
    return _spell(host, vantage)


def find_origin(services: Services, vantage: Vantage) -> str:
    """Return the address that this very browser reaches us by, in a trusted place.

    With the path of `public_url` where it is that one: a proxy may have put us below a folder.
    """
    origin = _spell(vantage.host, vantage) if vantage.host else ""
    public = services.settings.public_url.rstrip("/")
    return public if public == origin or public.startswith(f"{origin}/") else origin


def _spell(host: Host, vantage: Vantage) -> str:
    scheme = "https" if vantage.secure else "http"
    name = f"[{host.name}]" if ":" in host.name else host.name
    return f"{scheme}://{name}:{host.port}" if host.port else f"{scheme}://{name}"
