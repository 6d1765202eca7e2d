"""One try of a remote call: sent, read, and how it ended."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from ..clock import Clock
from .certificate_bundle import make_tls_context
from .daemon_thread import call_on_daemon_thread
from .names import NameResolver
from .outgoing_proxy import find_proxy
from .public_addresses import PublicResolver, check_public
from .retries import WORTH_ANOTHER_TRY, read_retry_after
from .unreachable import name_cause, name_cause_of_status

LONGEST_ANSWER_BYTES = 256 * 1024

FAILURES = (aiohttp.ClientError, OSError, asyncio.TimeoutError, ValueError)


@dataclass(frozen=True)
class Request:
    """What is asked. The parts that can hold a secret stay out of its repr."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    public_only: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a try ended: `cause` is None when the service itself answered.

    It holds no exception, for aiohttp's show the request's headers, and the key is in them.
    """

    cause: str | None
    status: int = 0
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    retry_after_seconds: int | None = None
    worth_another_try: bool = False


class AnswerTooLongError(aiohttp.ClientPayloadError):
    """More than LONGEST_ANSWER_BYTES came."""


class Caller:
    """Sends requests: through the proxy that applies, trusting `ca_bundle` besides the system.

    Raises SettingsError when the bundle cannot be used.
    """

    def __init__(self, ca_bundle: str, clock: Clock) -> None:
        self._clock = clock
        # Now, and not at the first call: a wrong file is told when Passport starts.
        self._tls: ssl.SSLContext | bool = make_tls_context(ca_bundle) if ca_bundle else True

    async def try_once(self, request: Request, timeout_seconds: float) -> Outcome:
        """Send the request and read what comes, in this time; never raises but when cancelled."""
        try:
            return await asyncio.wait_for(self._exchange(request), timeout_seconds)
        except FAILURES as error:
            cause = name_cause(error)
            lasting = isinstance(error, (ValueError, AnswerTooLongError))
            return Outcome(cause, worth_another_try=cause in WORTH_ANOTHER_TRY and not lasting)

    async def _exchange(self, request: Request) -> Outcome:
        async with self.send(request) as response:
            status, headers = response.status, response.headers
            body = _to_json(await _read(response))
        cause = name_cause_of_status(status, body is not None)
        retry_after = read_retry_after(headers, self._clock()) if cause else None
        return Outcome(cause, status, body, headers, retry_after, cause in WORTH_ANOTHER_TRY)

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Send the request; the body of the response is not read yet. Raises FAILURES."""
        # In a thread: some systems look names up to find out whether a proxy applies.
        proxy = await call_on_daemon_thread("passport-proxy", find_proxy, request.url)
        if request.public_only:
            check_public(request.url)
        # A proxy resolves names itself, and may stand on the private network.
        guarded = request.public_only and proxy is None
        connector = aiohttp.TCPConnector(
            ssl=self._tls, resolver=PublicResolver() if guarded else NameResolver()
        )
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.request(
                request.method,
                request.url,
                headers=request.headers,
                json=request.body,
                data=request.form,
                proxy=proxy,
                allow_redirects=False,
            ) as response,
        ):
            yield response


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = b""
    async for chunk in response.content.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > LONGEST_ANSWER_BYTES:
            raise AnswerTooLongError("answer too long")
    return content


def _to_json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # a short answer can nest deeper than Python goes
        return None
