"""The one door through which Passport asks remote services."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..clock import Clock, utc_now
from .circuit_breaker import Circuits, GivenUp, GivenUpError, Monotonic
from .http_calls import FAILURES, Caller, Outcome, Request
from .retries import pause_before_retry
from .unreachable import PROXY_AUTHENTICATION_REQUIRED, name_cause, unreachable

TIMEOUT_SECONDS = 10
PROBE_TIMEOUT_SECONDS = 5

REPEATABLE = ("GET", "HEAD")

pause = asyncio.sleep  # tests wait for nothing


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
    it cannot be used. A host that could not be reached several times over is left alone a while.
    """

    def __init__(
        self,
        timeout_seconds: float = TIMEOUT_SECONDS,
        ca_bundle: str = "",
        clock: Clock = utc_now,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._caller = Caller(ca_bundle, clock)
        self._circuits = Circuits(monotonic)
        self._probes: dict[str, asyncio.Task[Probe]] = {}

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

        `repeatable` (GET and HEAD are, unless said otherwise) lets it be sent again after 429,
        5xx or a broken connection. `public_only` is for an address that another server named:
        it must be https, and on the internet. Raises ServiceUnreachableError when the answer is
        not the service's own.
        """
        request = Request(method, url, headers, body, form, public_only)
        repeatable = method in REPEATABLE if repeatable is None else repeatable
        outcome = await self._ask(request, repeatable)
        if outcome.cause:
            raise unreachable(outcome.cause, _name_host(url), outcome.retry_after_seconds)
        return Answer(outcome.status, outcome.body, outcome.headers)

    async def _ask(self, request: Request, repeatable: bool) -> Outcome:
        circuit = self._circuits.find(request.url)
        give_up_at = asyncio.get_running_loop().time() + self._timeout_seconds
        try:
            async with circuit.place(self._timeout_seconds):
                outcome = await self._insist(request, repeatable, give_up_at)
                circuit.note(outcome.cause)
        except GivenUpError as error:
            return Outcome(error.given_up.cause, retry_after_seconds=error.given_up.seconds)
        except asyncio.TimeoutError:  # no place came free: the host is slow with all the others
            return Outcome("timeout")
        return outcome

    async def _insist(self, request: Request, repeatable: bool, give_up_at: float) -> Outcome:
        """Try until there is an answer, the reasons to try again end, or the time does."""
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            outcome = await self._caller.try_once(request, give_up_at - loop.time())
            failures += 1
            if not (repeatable and outcome.worth_another_try):
                return outcome
            seconds = pause_before_retry(failures, outcome.retry_after_seconds)
            if seconds is None or loop.time() + seconds >= give_up_at:
                return outcome
            await pause(seconds)

    async def probe(self, url: str) -> Probe:
        """Find out whether the host answers at all, within 5 s; never raises.

        A host that is left alone is asked as well; when it answers, that is over. Who asks while
        a probe of the address is out gets what that one finds.
        """
        probe = self._probes.get(url)
        if probe is None:
            probe = self._probes[url] = asyncio.create_task(self._probe(url))
            probe.add_done_callback(lambda _: self._probes.pop(url, None))
        return await asyncio.shield(probe)

    async def _probe(self, url: str) -> Probe:
        loop = asyncio.get_running_loop()
        began = loop.time()
        cause = status = date = None
        try:
            status, date = await asyncio.wait_for(self._knock(url), PROBE_TIMEOUT_SECONDS)
        except FAILURES as error:
            cause = name_cause(error)
        if status == PROXY_AUTHENTICATION_REQUIRED:
            cause = "proxy"
        if cause is None:
            self._circuits.find(url).note(None)
        milliseconds = round((loop.time() - began) * 1000)
        return Probe(_name_host(url), milliseconds, cause, status, date)

    async def _knock(self, url: str) -> tuple[int, str | None]:
        async with self._caller.send(Request("GET", url)) as response:
            return response.status, response.headers.get("Date")

    def find_given_up(self, url: str) -> GivenUp | None:
        """Tell whether the address's host is left alone at the moment, why, and for how long."""
        return self._circuits.find(url).find_given_up()


def _name_host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:  # the address comes from a setting, and can be anything
        return url
