"""Why no answer came from a service: the causes, told apart, and what a person reads of them."""

from __future__ import annotations

import asyncio
import socket

import aiohttp

from .errors import ServiceUnreachableError
from .public_addresses import AddressNotPublicError

PROXY_AUTHENTICATION_REQUIRED = 407
TOO_MANY_REQUESTS = 429

MESSAGES = {
    "dns": "The name {host} cannot be resolved. Check this machine's DNS and network.",
    "connect": "No connection to {host}. A firewall or a missing proxy setting may be in the way.",
    "tls": "The certificate of {host} is not trusted here. A proxy that opens TLS may be in the "
    "way, or this machine's clock is wrong.",
    "timeout": "{host} did not answer in time. The network is slow or drops the connection.",
    "proxy": "The proxy refused to connect to {host}. Check HTTPS_PROXY and its password.",
    "busy": "{host} is busy and asked to come back later.",
    "server_error": "{host} has a fault of its own at the moment.",
    "redirect": "{host} sent us elsewhere, and we do not follow. A captive portal may be in the "
    "way.",
    "not_public": "{host} is not a public address, and nobody named it in the settings. Passport "
    "does not go there on another server's word.",
    "not_encrypted": "The address of {host} is not https. Passport does not go there on another "
    "server's word.",
}


def unreachable(
    cause: str, host: str, retry_after_seconds: int | None = None
) -> ServiceUnreachableError:
    """Return the error for one of the causes of MESSAGES; it tells how long to wait, if known."""
    message = MESSAGES[cause].format(host=host)
    if retry_after_seconds is None:
        return ServiceUnreachableError(message, cause, host)
    message += f" Try again in {retry_after_seconds} s."
    return ServiceUnreachableError(message, cause, host, retry_after_seconds)


def name_cause(error: BaseException) -> str:
    """Name what stood between us and the service."""
    refusal = next(
        (e for e in (error, error.__cause__) if isinstance(e, AddressNotPublicError)), None
    )
    if refusal:
        return refusal.cause
    kinds: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        ((asyncio.TimeoutError, TimeoutError), "timeout"),
        ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError), "proxy"),
        ((aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch), "tls"),
        ((aiohttp.ClientConnectorDNSError, socket.gaierror), "dns"),
    )
    return next((cause for kind, cause in kinds if isinstance(error, kind)), "connect")


def name_cause_of_status(status: int, is_json: bool) -> str | None:
    """Name why an answer with this status is not the service's own; None: it is."""
    if status == PROXY_AUTHENTICATION_REQUIRED:
        return "proxy"
    if status == TOO_MANY_REQUESTS:
        return "busy"
    if 300 <= status < 400:  # noqa: PLR2004
        return "redirect"
    if status >= 500:  # noqa: PLR2004
        return "server_error"
    if status in (401, 403) and not is_json:
        return "proxy"  # the service refuses in JSON; a filter on the way refuses in HTML
    return None
