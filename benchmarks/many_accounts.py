"""Whether a million accounts cost a request or a log-in more than a thousand do.

    python3 benchmarks/many_accounts.py [--full] [--accounts N] [--sessions M]

Two stores, each filled in bulk and then served by the product in this process, over HTTP on
loopback; the client is here too and adds the same to both. Who asks is drawn at random anew each
time. Rounds take turns; the stores' files have just been written, so the system has them cached.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import alias  # noqa: F401  # first: it makes `passport` importable
from bulk_load import CHEAP, Counts, email_of, id_of, load, token_of
from passport.accounts.passwords import Passwords
from passport.clock import utc_now
from passport.composition import Composition
from passport.server_routes.live_sockets import LiveSockets
from passport.server_routes.middleware import make_middleware
from passport.server_routes.session_cookie import cookie_name
from passport.services import compose
from server_process import PASSWORD
from throughput import serving

FEW_ACCOUNTS, FEW_SESSIONS = 1_000, 3_000
QUICK_ACCOUNTS, QUICK_SESSIONS = 100_000, 300_000
FULL_ACCOUNTS, FULL_SESSIONS = 1_000_000, 1_000_000
ROUNDS = 30
REQUESTS, LOOK_UPS, CHEAP_LOG_INS, LOG_INS = 100, 200, 20, 5


@dataclass(frozen=True)
class Cost:
    """Seconds of one round."""

    cpu: float
    wall: float


@dataclass(frozen=True)
class Growth:
    """What one call costs with few and with many accounts, and how many times as much."""

    few_cpu: float
    many_cpu: float
    cpu_ratio: float
    few_wall: float
    many_wall: float
    wall_ratio: float


class Site:
    """A store with its server, and one kept-alive connection to it."""

    def __init__(self, folder: Path, accounts: int, sessions: int) -> None:
        self._accounts = accounts
        self._sessions = sessions
        # It stands still, and so no use of a session has to be noted.
        self.now = utc_now()
        load(folder, Counts(accounts, sessions, events=sessions), self.now)
        self._cheap = self._compose(folder, Passwords(*CHEAP))
        self._real = self._compose(folder, Passwords())
        self._streams: dict[int, Any] = {}
        self._ports: dict[bool, int] = {}

    async def start(self, stack: AsyncExitStack) -> None:
        """Serve twice: with the cheapest hash, and with the product's own."""
        for cheap, composition in ((True, self._cheap), (False, self._real)):
            middleware = make_middleware(composition, LiveSockets(composition))
            self._ports[cheap] = await stack.enter_async_context(serving(composition, middleware))
            stack.callback(composition.get().database.close)
        await self.send(True, [self._pack_request(0)])

    async def ask_cached(self) -> Cost:
        """Ask again and again with one session."""
        requests = [self._pack_request(secrets.randbelow(self._sessions))] * (REQUESTS + 1)
        await self.send(True, requests[:1])
        return await self.send(True, requests[1:])

    async def ask_uncached(self) -> Cost:
        """Ask with sessions that are in no cache."""
        sessions = self._draw_unknown(REQUESTS)
        return await self.send(True, [self._pack_request(number) for number in sessions])

    async def look_up(self) -> Cost:
        """Look sessions up without HTTP around it."""
        recognize = self._cheap.get().accounts.sessions.recognize
        tokens = [token_of(number) for number in self._draw_unknown(LOOK_UPS)]
        cpu, wall = time.process_time(), time.perf_counter()
        for token in tokens:
            if await recognize(token) is None:
                raise RuntimeError("A session is unknown.")
        return Cost(time.process_time() - cpu, time.perf_counter() - wall)

    async def log_in_cheaply(self) -> Cost:
        """Log in where the hash costs next to nothing."""
        return await self._log_in(True, CHEAP_LOG_INS)

    async def log_in(self) -> Cost:
        """Log in as people do."""
        return await self._log_in(False, LOG_INS)

    async def send(self, cheap: bool, requests: Sequence[bytes]) -> Cost:
        """Send each request after the answer to the one before."""
        port = self._ports[cheap]
        if port not in self._streams:
            self._streams[port] = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = self._streams[port]
        cpu, wall = time.process_time(), time.perf_counter()
        for request in requests:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            if head[9:12] not in (b"200", b"201"):
                raise RuntimeError(body.decode())
        return Cost(time.process_time() - cpu, time.perf_counter() - wall)

    def _draw_unknown(self, count: int) -> list[int]:
        """Draw sessions that are in no memory, or not any more."""
        drawn = [secrets.randbelow(self._sessions) for _ in range(count)]
        accounts = {id_of("account", number % self._accounts) for number in drawn}
        self._cheap.get().accounts.sessions.forget(*accounts)
        return drawn

    async def _log_in(self, cheap: bool, count: int) -> Cost:
        # Even accounts have the cheap hash, odd ones the real.
        half = self._accounts // 2
        people = [2 * secrets.randbelow(half) + (not cheap) for _ in range(count)]
        return await self.send(cheap, [self._pack_log_in(number, cheap) for number in people])

    def _compose(self, folder: Path, passwords: Passwords) -> Composition:
        def clock() -> datetime:
            return self.now

        return Composition(
            lambda: compose({}, folder, "http://127.0.0.1:9", clock=clock, passwords=passwords)
        )

    def _pack_request(self, session: int) -> bytes:
        cookie = f"{cookie_name(self._cheap.get().store_id, False)}={token_of(session)}"
        lines = ["GET /prompt_status HTTP/1.1", self._host(True), f"Cookie: {cookie}"]
        return "\r\n".join([*lines, "", ""]).encode()

    def _pack_log_in(self, account: int, cheap: bool) -> bytes:
        body = f'{{"email": "{email_of(account)}", "password": "{PASSWORD}"}}'
        lines = ["POST /passport/session/email HTTP/1.1", self._host(cheap), "X-Passport: 1"]
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", body]).encode()

    def _host(self, cheap: bool) -> str:
        return f"Host: 127.0.0.1:{self._ports[cheap]}"


OPERATIONS: dict[str, tuple[Callable[[Site], Awaitable[Cost]], int]] = {
    "request, session cached": (Site.ask_cached, REQUESTS),
    "request, session looked up": (Site.ask_uncached, REQUESTS),
    "look-up alone": (Site.look_up, LOOK_UPS),
    "log-in, cheapest hash": (Site.log_in_cheaply, CHEAP_LOG_INS),
    "log-in": (Site.log_in, LOG_INS),
}


def measure(folder: Path, accounts: int, sessions: int, rounds: int = ROUNDS) -> dict[str, Growth]:
    """Fill two stores and compare them, operation by operation."""
    few = (folder / "few", FEW_ACCOUNTS, FEW_SESSIONS)
    return asyncio.run(_measure(few, (folder / "many", accounts, sessions), rounds))


async def _measure(few: Any, many: Any, rounds: int) -> dict[str, Growth]:
    async with AsyncExitStack() as stack:
        sites = Site(*few), Site(*many)
        for site in sites:
            await site.start(stack)
        rounds_of: dict[str, list[tuple[Cost, Cost]]] = {name: [] for name in OPERATIONS}
        for number in range(-1, rounds):  # the first warms up
            for name, (operation, _) in OPERATIONS.items():
                pair = await _take_turns(operation, *sites, number % 2 == 0)
                if number >= 0:
                    rounds_of[name].append(pair)
        return {name: _summarize(pairs, OPERATIONS[name][1]) for name, pairs in rounds_of.items()}


async def _take_turns(
    operation: Callable[[Site], Awaitable[Cost]], few: Site, many: Site, few_first: bool
) -> tuple[Cost, Cost]:
    gc.collect()
    if few_first:
        one = await operation(few)
        return one, await operation(many)
    two = await operation(many)
    return await operation(few), two


def _summarize(pairs: list[tuple[Cost, Cost]], calls: int) -> Growth:
    median = statistics.median
    return Growth(
        median(few.cpu for few, _ in pairs) / calls,
        median(many.cpu for _, many in pairs) / calls,
        median(many.cpu / few.cpu for few, many in pairs),
        median(few.wall for few, _ in pairs) / calls,
        median(many.wall for _, many in pairs) / calls,
        median(many.wall / few.wall for few, many in pairs),
    )


def main() -> None:
    """Measure and print."""
    from report import print_section
    from rows_of_requests import measure_many_accounts

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="a million accounts")
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--sessions", type=int)
    arguments = parser.parse_args()
    accounts = arguments.accounts or (FULL_ACCOUNTS if arguments.full else QUICK_ACCOUNTS)
    sessions = arguments.sessions or (FULL_SESSIONS if arguments.full else 3 * accounts)
    print_section(measure_many_accounts(accounts, sessions))


if __name__ == "__main__":
    main()
