"""The one door through which Passport asks remote services."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from .certificate_bundle import check_certificate_bundle, make_tls_context
from .errors import ServiceUnreachableError

TIMEOUT_SECONDS = 10
PROBE_TIMEOUT_SECONDS = 5
LONGEST_ANSWER_BYTES = 256 * 1024
MOST_AT_ONCE = 8  # a flood of log-ins must not become a flood of calls

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
}


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the body as JSON or None, and the headers in any spelling."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str], compare=False, repr=False)


@dataclass(frozen=True)
class Probe:
    """How far a call got: `cause` names the step at which it ended, None when it arrived."""

    host: str
    milliseconds: int
    cause: str | None = None
    status: int | None = None
    date: str | None = None


class HttpClient:
    """Asks over TLS or loopback, through HTTP(S)_PROXY, follows no redirect, waits 10 s at most.

    `ca_bundle` is a file of certificates to trust besides the system's own; SettingsError when
    it cannot be used.
    """

    def __init__(self, timeout_seconds: float = TIMEOUT_SECONDS, ca_bundle: str = "") -> None:
        check_certificate_bundle(ca_bundle)
        self._timeout_seconds = timeout_seconds
        self._ca_bundle = ca_bundle
        self._tls: ssl.SSLContext | bool = True
        self._places = asyncio.Semaphore(MOST_AT_ONCE)

    async def ask(  # noqa: PLR0913  # a request has that many parts
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Any = None,
        *,
        form: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        public_only: bool = False,
    ) -> Answer:
        """Send a request: `body` as JSON, or `form` as a form.

        Raises ServiceUnreachableError when the answer is not the service's own.
        """
        status, content, cause = 0, b"", None
        answered: Mapping[str, str] = {}
        try:
            # Waiting for a place counts as well.
            status, content, answered = await asyncio.wait_for(
                self._send(method, url, headers, body, form), self._timeout_seconds
            )
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError, ValueError) as error:
            cause = name_cause(error)
        # Raised out here, for aiohttp's errors show the request's headers, and the key is in them.
        if cause := cause or _name_cause_of_status(status, content):
            raise unreachable(cause, _name_host(url))
        return Answer(status, _to_json(content), answered)

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Any,
        form: Mapping[str, str] | None,
    ) -> tuple[int, bytes, Mapping[str, str]]:
        async with (
            self._places,
            aiohttp.ClientSession(trust_env=True) as session,
            session.request(
                method,
                url,
                headers=headers,
                json=body,
                data=form,
                allow_redirects=False,
                ssl=self._trust(),
            ) as response,
        ):
            return response.status, await _read(response), response.headers

    def _trust(self) -> ssl.SSLContext | bool:
        if self._ca_bundle and self._tls is True:
            self._tls = make_tls_context(self._ca_bundle)
        return self._tls

    async def probe(self, url: str) -> Probe:
        """Find out whether the host answers at all, within 5 s; never raises."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        timeout = aiohttp.ClientTimeout(total=PROBE_TIMEOUT_SECONDS)
        cause = status = date = None
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
                session.get(url, allow_redirects=False, ssl=self._trust()) as response,
            ):
                status, date = response.status, response.headers.get("Date")
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError, ValueError) as error:
            cause = name_cause(error)
        if status == PROXY_AUTHENTICATION_REQUIRED:
            cause = "proxy"
        milliseconds = round((loop.time() - began) * 1000)
        return Probe(_name_host(url), milliseconds, cause, status, date)


def _name_host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:  # the address comes from a setting, and can be anything
        return url


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = b""
    async for chunk in response.content.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > LONGEST_ANSWER_BYTES:
            raise aiohttp.ClientPayloadError("answer too long")
    return content


def unreachable(cause: str, host: str) -> ServiceUnreachableError:
    """Return the error for one of the causes of MESSAGES."""
    return ServiceUnreachableError(MESSAGES[cause].format(host=host), cause, host)


def name_cause(error: BaseException) -> str:
    """Name what stood between us and the service."""
    kinds: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        ((asyncio.TimeoutError, TimeoutError), "timeout"),
        ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError), "proxy"),
        ((aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch), "tls"),
        ((aiohttp.ClientConnectorDNSError, socket.gaierror), "dns"),
    )
    return next((cause for kind, cause in kinds if isinstance(error, kind)), "connect")


def _name_cause_of_status(status: int, content: bytes) -> str | None:
    if status == PROXY_AUTHENTICATION_REQUIRED:
        return "proxy"
    if status == TOO_MANY_REQUESTS:
        return "busy"
    if 300 <= status < 400:  # noqa: PLR2004
        return "redirect"
    if status >= 500:  # noqa: PLR2004
        return "server_error"
    if status in (401, 403) and _to_json(content) is None:
        return "proxy"  # the service refuses in JSON; a filter on the way refuses in HTML
    return None


def _to_json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # a short answer can nest deeper than Python goes
        return None
