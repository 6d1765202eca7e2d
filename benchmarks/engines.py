"""What a session that is in no memory costs, from a thousand accounts to a million, on each engine.

    python3 benchmarks/engines.py [--full]

Each size is a store of its own, with as many sessions. Requests go over loopback against a bare
handler in the same rounds; time is counted, not CPU, for PostgreSQL works in other processes.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import secrets
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import alias  # noqa: F401  # first: it makes `passport` importable
from bulk_load import load, load_server, token_of
from passport.accounts.principals import ASKED_AGAIN_AFTER
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


class Store:
    """A filled store and its server; each request is of a session that is in no memory."""

    def __init__(self, folder: Path, accounts: int, url: str = "") -> None:
        self._accounts = accounts
        self._now = utc_now()
        environment = {"PASSPORT_DATABASE_URL": url} if url else {}
        self._composition = Composition(
            lambda: compose(environment, folder, "http://127.0.0.1:9", clock=self._clock)
        )

    async def start(self, stack: AsyncExitStack) -> None:
        """Serve."""
        services = await self._composition.ready()
        self._cookie = cookie_name(services.store_id, False)
        stack.callback(services.database.close)
        middleware = make_middleware(self._composition, LiveSockets(self._composition))
        self._port = await stack.enter_async_context(serving(self._composition, middleware))

    async def ask(self) -> float:
        """Return the seconds of a request."""
        self._now += ASKED_AGAIN_AFTER
        cookies = [
            f"{self._cookie}={token_of(secrets.randbelow(self._accounts))}" for _ in range(REQUESTS)
        ]
        connection = Connection(self._port)
        await connection.send(1)
        began = time.perf_counter()
        for cookie in cookies:
            connection.bring(("Cookie", cookie))
            await connection.send(1)
        seconds = time.perf_counter() - began
        connection.close()
        return seconds / REQUESTS

    def _clock(self) -> datetime:
        return self._now


async def measure(stores: dict[str, Store], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of a request, by store and round; and the bare handler's."""
    async with AsyncExitStack() as stack:
        composition = Composition(lambda: None)  # type: ignore[arg-type,return-value]
        bare = Connection(await stack.enter_async_context(serving(composition)))
        stack.callback(bare.close)
        for store in stores.values():
            await store.start(stack)
        found: dict[str, list[float]] = {name: [] for name in ("bare", *stores)}
        for number in range(-1, rounds):  # the first warms up
            gc.collect()
            began = time.perf_counter()
            await bare.send(REQUESTS)
            costs = {"bare": (time.perf_counter() - began) / REQUESTS}
            names = list(stores)
            for name in names if number % 2 else names[::-1]:
                costs[name] = await stores[name].ask()
            if number >= 0:
                for name, seconds in costs.items():
                    found[name].append(seconds)
    return found


def run(folder: Path, sizes: tuple[int, ...], rounds: int = ROUNDS) -> dict[str, dict[int, Any]]:
    """Fill, measure, and return by engine and size: seconds, of bare, over the smallest."""
    table: dict[str, dict[int, Any]] = {}
    stores: dict[str, Store] = {}
    binaries = find_binaries()
    server = PostgreSQL(binaries) if binaries else None
    try:
        for size in sizes:
            load(folder / f"{size}", size, size)
            stores[f"{SQLITE} {size}"] = Store(folder / f"{size}", size)
        if server:
            server.start()
            for size in sizes:
                url = server.make_database()
                load_server(url, size, size)
                (folder / f"server {size}").mkdir()
                stores[f"{POSTGRESQL} {size}"] = Store(folder / f"server {size}", size, url)
        found = asyncio.run(measure(stores, rounds))
    finally:
        if server:
            server.stop()
    for name in stores:
        engine, _, size = name.partition(" ")
        first = found[f"{engine} {sizes[0]}"]
        pairs = list(zip(found["bare"], first, found[name], strict=True))
        table.setdefault(engine, {})[int(size)] = {
            "seconds": statistics.median(found[name]),
            "of_bare": statistics.median(bare / one for bare, _, one in pairs),
            "growth": statistics.median(one / few for _, few, one in pairs),
        }
    return table


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="up to a million accounts")
    sizes = FULL if parser.parse_args().full else QUICK
    with tempfile.TemporaryDirectory(prefix="passport-") as folder:
        json.dump(run(Path(folder), sizes), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
