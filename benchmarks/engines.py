"""What a session that is in no memory costs, from a thousand accounts to a million, on each engine.

A session in use is looked up twice a minute at most, and one of these times its use is noted. Most
look-ups only read, and that is what stores are compared by; what the write adds stands beside it.

    python3 benchmarks/engines.py [--full]

Each size is a store of its own, with as many sessions. Requests go over loopback against a bare
handler in the same rounds; time is counted, not CPU, for PostgreSQL works in other processes.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import secrets
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import alias  # noqa: F401  # first: it makes `passport` importable
from bulk_load import Counts, id_of, load, load_server, token_of
from passport.accounts.sessions import SEEN_NOTED_EVERY
from passport.clock import utc_now
from passport.composition import Composition
from passport.server_routes.live_sockets import LiveSockets
from passport.server_routes.middleware import make_middleware
from passport.server_routes.session_cookie import cookie_name
from passport.services import compose
from passport.tests.backend.postgresql import PostgreSQL, find_binaries
from throughput import Connection, serving

QUICK, FULL = (1_000, 10_000), (1_000, 10_000, 100_000, 1_000_000)
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
ROUNDS, REQUESTS = 30, 50

Costs = tuple[float, float]
"""Seconds of a request that only reads, and of one whose use is noted."""


class Store:
    """A filled store and its server; each request is of a session that is in no memory.

    The first half of the sessions has been used just now, the second long ago: it is noted.
    """

    def __init__(self, folder: Path, accounts: int, url: str = "") -> None:
        self._accounts = accounts
        self._now = self._filled_at = self._noted_at = utc_now()
        self._fill(folder, url)
        environment = {"PASSPORT_DATABASE_URL": url} if url else {}
        self._composition = Composition(
            lambda: compose(environment, folder, "http://127.0.0.1:9", clock=self._clock)
        )

    async def start(self, stack: AsyncExitStack) -> None:
        """Serve."""
        services = await self._composition.ready()
        self._cookie = cookie_name(services.store_id, False)
        self._sessions = services.accounts.sessions
        stack.callback(services.database.close)
        middleware = make_middleware(self._composition, LiveSockets(self._composition))
        self._port = await stack.enter_async_context(serving(self._composition, middleware))

    async def ask(self, noting: bool) -> float:
        """Return the seconds of a request, whose use is to be noted or not."""
        half = self._accounts // 2
        numbers = range(half, self._accounts) if noting else range(half)
        drawn = secrets.SystemRandom().sample(numbers, REQUESTS)
        cookies = [f"{self._cookie}={token_of(number)}" for number in drawn]
        self._sessions.forget(*(id_of("account", number) for number in drawn))
        if noting:
            self._noted_at += SEEN_NOTED_EVERY
        self._now = self._noted_at if noting else self._filled_at
        connection = Connection(self._port)
        await connection.send(1)
        began = time.perf_counter()
        for cookie in cookies:
            connection.bring(("Cookie", cookie))
            await connection.send(1)
        seconds = time.perf_counter() - began
        connection.close()
        return seconds / REQUESTS

    def _fill(self, folder: Path, url: str) -> None:
        counts = Counts(self._accounts, sessions=self._accounts)
        if url:
            load_server(url, folder, counts, self._now)
        else:
            load(folder, counts, self._now)

    def _clock(self) -> datetime:
        return self._now


@dataclass(frozen=True)
class Found:
    """Seconds of a request, its share of the bare rate, and how many times the smallest store's."""

    seconds: float
    of_bare: float
    growth: float
    noting_seconds: float
    """Of a request whose use was noted."""


async def measure(stores: list[Store], rounds: int) -> tuple[list[float], list[list[Costs]]]:
    """Return by round the seconds of the bare handler's requests, and what each store's cost."""
    async with AsyncExitStack() as stack:
        composition = Composition(lambda: None)  # type: ignore[arg-type,return-value]
        bare = Connection(await stack.enter_async_context(serving(composition)))
        stack.callback(bare.close)
        for store in stores:
            await store.start(stack)
        bare_seconds: list[float] = []
        costs: list[list[Costs]] = [[] for _ in stores]
        for number in range(-1, rounds):  # the first warms up
            gc.collect()
            began = time.perf_counter()
            await bare.send(REQUESTS)
            seconds = (time.perf_counter() - began) / REQUESTS
            for index in range(len(stores))[:: 1 if number % 2 else -1]:
                asked = await stores[index].ask(noting=False), await stores[index].ask(noting=True)
                if number >= 0:
                    costs[index].append(asked)
            if number >= 0:
                bare_seconds.append(seconds)
    return bare_seconds, costs


def run(folder: Path, sizes: Sequence[int], rounds: int = ROUNDS) -> dict[str, dict[int, Found]]:
    """Fill and measure; return by engine and size. Without a PostgreSQL, only of SQLite."""
    binaries = find_binaries()
    server = PostgreSQL(binaries) if binaries else None
    stores = [Store(folder / f"{size}", size) for size in sizes]
    try:
        if server:
            server.start()
            stores += [
                Store(folder / f"server {size}", size, server.make_database()) for size in sizes
            ]
        bare, costs = asyncio.run(measure(stores, rounds))
    finally:
        if server:
            server.stop()
    table: dict[str, dict[int, Found]] = {}
    for index, engine in enumerate((SQLITE, POSTGRESQL)[: len(stores) // len(sizes)]):
        of_engine = costs[index * len(sizes) :][: len(sizes)]
        found = [_summarize(bare, of_engine[0], each) for each in of_engine]
        table[engine] = dict(zip(sizes, found, strict=True))
    return table


def _summarize(bare: list[float], smallest: list[Costs], costs: list[Costs]) -> Found:
    median = statistics.median
    return Found(
        median(reading for reading, _ in costs),
        median(one / reading for one, (reading, _) in zip(bare, costs, strict=True)),
        median(more / few for (few, _), (more, _) in zip(smallest, costs, strict=True)),
        median(noting for _, noting in costs),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="up to a million accounts")
    sizes = FULL if parser.parse_args().full else QUICK
    with tempfile.TemporaryDirectory(prefix="passport-") as folder:
        for engine, found in run(Path(folder), sizes).items():
            for size, each in found.items():
                print(engine, size, each)


if __name__ == "__main__":
    main()
