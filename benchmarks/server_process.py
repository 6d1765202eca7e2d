"""A server in a process of its own, for clients whose work must not be on its lock.

    python3 server_process.py '{"accounts": 100, "password_hash": "$argon2id…"}'

Prints one line of JSON, `{"port": …}`, and serves until its standard input ends. Everything
beneath /passport/ is the product's, on SQLite in a temporary folder; /benchmark/ watches it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import alias  # noqa: F401  # first: it makes `passport` importable
from aiohttp import web
from passport.accounts.email_addresses import parse_email
from passport.accounts.passwords import MEMORY_KIB, PASSES, Passwords
from passport.clock import utc_now
from passport.comfyui.background import Background
from passport.composition import Composition
from passport.server_routes.live_sockets import LiveSockets
from passport.server_routes.middleware import make_middleware
from passport.server_routes.table import register_routes
from passport.services import Services, compose

PASSWORD = "one password for all of them 7"  # noqa: S105  # no account but a benchmark's
SAMPLE_SECONDS = 0.005
PAGE_BYTES = 4096


@dataclass(frozen=True)
class Options:
    """What the server is to be."""

    accounts: int
    password_hash: str
    memory_kib: int = MEMORY_KIB
    passes: int = PASSES
    workers: int | None = None
    environment: dict[str, str] = field(default_factory=dict)


class SettableClock:
    """The time, some way ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


class Watch:
    """Notes how late the event loop is, and the most memory that the process had resident."""

    def __init__(self) -> None:
        self._lags: list[float] = []
        self._task: asyncio.Task[None] | None = None
        self._cpu = 0.0

    def begin(self) -> None:
        """Watch from now on."""
        self._lags = []
        with suppress(OSError):  # Linux only
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._cpu = time.process_time()
        self._task = asyncio.get_running_loop().create_task(self._sample())

    def end(self) -> dict[str, Any]:
        """Return what was seen."""
        if self._task is not None:
            self._task.cancel()
        return {
            "lags": self._lags,
            "resident_mebibytes": _read_mebibytes("VmRSS"),
            "peak_mebibytes": _read_mebibytes("VmHWM"),
            "cpu_seconds": time.process_time() - self._cpu,
        }

    async def _sample(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(SAMPLE_SECONDS)
            self._lags.append(time.perf_counter() - began - SAMPLE_SECONDS)


def _read_mebibytes(name: str) -> float:
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), 0.0)


class Control:
    """The routes under /benchmark/."""

    def __init__(self, services: Services, clock: SettableClock, options: Options) -> None:
        self._services = services
        self._clock = clock
        self._options = options
        self._watch = Watch()
        self.workers = options.workers or Passwords().workers

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/benchmark/advance", self._advance),
            web.post("/benchmark/begin", self._begin),
            web.post("/benchmark/end", self._end),
            web.post("/benchmark/bare", self._bare),
            web.post("/benchmark/rows", self._rows),
        ]

    async def _advance(self, request: web.Request) -> web.Response:
        self._clock.ahead += timedelta(seconds=(await request.json())["seconds"])
        return web.json_response({})

    async def _begin(self, _: web.Request) -> web.Response:
        self._watch.begin()
        return web.json_response({"workers": self.workers})

    async def _end(self, _: web.Request) -> web.Response:
        return web.json_response(self._watch.end())

    async def _bare(self, request: web.Request) -> web.Response:
        """Verify passwords with argon2 alone, as many at once as the product does."""
        from argon2 import PasswordHasher

        hasher = PasswordHasher(self._options.passes, self._options.memory_kib, 1)
        count = (await request.json())["count"]

        def verify(_: int) -> None:
            hasher.verify(self._options.password_hash, PASSWORD)

        def run() -> float:
            with ThreadPoolExecutor(self.workers) as threads:
                began = time.perf_counter()
                list(threads.map(verify, range(count)))
                return time.perf_counter() - began

        return web.json_response({"seconds": await asyncio.to_thread(run)})

    async def _rows(self, request: web.Request) -> web.Response:
        """Count the rows of a table."""
        from passport.storage.tables import metadata
        from sqlalchemy import func, select

        table = metadata.tables[(await request.json())["table"]]

        def count() -> int:
            with self._services.database.reading() as connection:
                return connection.execute(select(func.count()).select_from(table)).scalar_one()

        return web.json_response({"count": await self._services.database.run(count)})


async def serve(options: Options, folder: Path) -> None:
    """Serve until standard input ends."""
    clock = SettableClock()
    passwords = Passwords(options.memory_kib, options.passes, options.workers)
    composition = Composition(
        lambda: compose(
            options.environment, folder, "http://127.0.0.1:9", clock=clock, passwords=passwords
        )
    )
    services = await composition.ready()
    add_accounts(services, options)
    live_sockets = LiveSockets(composition)
    app = web.Application(middlewares=[make_middleware(composition, live_sockets)])
    routes = web.RouteTableDef()
    register_routes(routes, composition)
    app.add_routes([*routes, *Control(services, clock, options).routes()])
    app.on_startup.append(Background(composition, live_sockets).start)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


def add_accounts(services: Services, options: Options) -> None:
    """Make accounts person0@example.org and so on, all with one password."""
    add = services.accounts.registration.add
    with services.database.transaction() as connection:
        for number in range(options.accounts):
            email = parse_email(f"person{number}@example.org")
            add(connection, email, f"Person {number}", options.password_hash, "user")


@contextmanager
def running(options: Options) -> Generator[int, None, None]:
    """Have such a server in another process; gives its port."""
    command = [sys.executable, __file__, json.dumps(asdict(options))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("The server has no pipes.")
    try:
        yield json.loads(process.stdout.readline())["port"]
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("options")
    options = Options(**json.loads(parser.parse_args().options))
    with tempfile.TemporaryDirectory(prefix="passport-") as folder:
        asyncio.run(serve(options, Path(folder) / "data"))


if __name__ == "__main__":
    main()
