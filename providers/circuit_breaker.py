"""A service that cannot be reached is left alone for a while, so that it costs nobody time."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

Monotonic = Callable[[], float]

FAILURES_TO_OPEN = 3
OPEN_SECONDS = 30
MOST_HOSTS = 64
MOST_AT_ONCE = 8  # for each host: a flood of log-ins must not become a flood of calls

# What costs time and says that nobody is there; and the answers of somebody who is there and costs
# little, be it with a fault of their own (5xx) or a refusal (429).
UNREACHABLE = frozenset({"dns", "connect", "tls", "timeout", "proxy"})
REACHED = frozenset({None, "busy", "server_error", "redirect"})


@dataclass(frozen=True)
class GivenUp:
    """Why a service is left alone, and for how much longer."""

    cause: str
    seconds: int


class GivenUpError(Exception):
    """The service is left alone at the moment."""

    def __init__(self, given_up: GivenUp) -> None:
        super().__init__(given_up.cause)
        self.given_up = given_up


class Circuit:
    """What is known of one host. Used by one event loop."""

    def __init__(self, monotonic: Monotonic = time.monotonic) -> None:
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._monotonic = monotonic
        self._failures = 0
        self._cause = ""
        self._open_until = 0.0
        self._on_trial = False

    def find_given_up(self) -> GivenUp | None:
        """Tell whether the host is left alone: a time has to pass, or a trial call is out."""
        if self._failures < FAILURES_TO_OPEN:
            return None
        left = math.ceil(self._open_until - self._monotonic())
        if left > 0 or self._on_trial:
            return GivenUp(self._cause, max(left, 1))
        return None

    @asynccontextmanager
    async def place(self, timeout_seconds: float) -> AsyncGenerator[None]:
        """Wait for the turn of one call; whoever makes it says by `note` how it ended.

        Raises GivenUpError when there must be no call, TimeoutError when the turn does not come.
        """
        self._refuse()  # at once: nobody waits for a place at a host that is left alone
        await asyncio.wait_for(self._places.acquire(), timeout_seconds)
        try:
            self._refuse()  # again: those before us may have found out meanwhile
            with self._trial():
                yield
        finally:
            self._places.release()

    def _refuse(self) -> None:
        if given_up := self.find_given_up():
            raise GivenUpError(given_up)

    @contextmanager
    def _trial(self) -> Generator[None]:
        is_trial = self._failures >= FAILURES_TO_OPEN
        self._on_trial = is_trial
        try:
            yield
        finally:  # whatever became of it: a trial that is broken off must not bar all others
            if is_trial:
                self._on_trial = False

    def note(self, cause: str | None) -> None:
        """Count how a call ended; None: it arrived. What tells nothing of the host is left out."""
        if cause in REACHED:
            self._failures = 0
        elif cause in UNREACHABLE:
            self._failures += 1
            self._cause = cause
            if self._failures >= FAILURES_TO_OPEN:
                self._open_until = self._monotonic() + OPEN_SECONDS


class Circuits:
    """The hosts that were asked lately, by scheme, name and port."""

    def __init__(self, monotonic: Monotonic = time.monotonic) -> None:
        self._monotonic = monotonic
        self._circuits: OrderedDict[tuple[str, str, int | None], Circuit] = OrderedDict()

    def find(self, url: str) -> Circuit:
        """Return what is known of the address's host; of what is no address nothing is kept."""
        try:
            parts = urlsplit(url)
            place = (parts.scheme, parts.hostname or "", parts.port)
        except ValueError:
            return Circuit(self._monotonic)
        circuit = self._circuits.setdefault(place, Circuit(self._monotonic))
        self._circuits.move_to_end(place)
        if len(self._circuits) > MOST_HOSTS:
            self._circuits.popitem(last=False)
        return circuit
