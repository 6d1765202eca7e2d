"""What a check costs a request: ours, and the field's ways, against a handler that checks nothing.

    python3 benchmarks/request_checks.py

All sides take turns in one run: in process (the application is handed a made-up request), and
over loopback with a kept-alive connection. Client and server share a process there, and what is
counted is its CPU time: the client's share makes all sides more alike than servers alone are.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import alias  # noqa: F401  # first: it makes `passport` importable
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from bulk_load import Counts, api_key_of, load, token_of
from field_checks import make_checks
from passport.clock import utc_now
from passport.composition import Composition
from passport.server_routes.live_sockets import LiveSockets
from passport.server_routes.middleware import make_middleware
from passport.server_routes.session_cookie import cookie_name
from passport.services import compose
from throughput import Connection, answer, do_nothing, serving

BARE, NO_OP, SIGNED_OUT, SESSION, API_KEY = (
    "bare handler",
    "a middleware that does nothing",
    "ours, signed out",
    "ours, with a session",
    "ours, with an API key",
)
REQUESTS, ROUNDS = 100, 60
ACCOUNTS = 1_000
OF_OURS = 5
"""So many sides are the bare handler or ours; the others are the field's."""


@dataclass(frozen=True)
class Side:
    """A name, the middlewares, and the header that every request brings."""

    name: str
    middlewares: tuple[Any, ...]
    header: tuple[str, str] | None = None


@dataclass(frozen=True)
class Cost:
    """Seconds of one request, and over the bare handler's; the share of its rate."""

    seconds: float
    more: float
    ratio: float
    lower: float
    upper: float
    of_no_op: float
    """The share of the rate of a middleware that does nothing."""


async def measure(folder: Path, rounds: int = ROUNDS) -> tuple[dict[str, Cost], dict[str, Cost]]:
    """Return what each side costs in process, and over loopback."""
    warnings.filterwarnings("ignore", category=getattr(web, "NotAppKeyWarning", UserWarning))
    load(folder, Counts(ACCOUNTS, ACCOUNTS, api_keys=ACCOUNTS), utc_now())
    composition = Composition(lambda: compose({}, folder, "http://127.0.0.1:9"))
    services = await composition.ready()
    # As in a server: as long as changes are heard of, the memory is believed for longer.
    feed = asyncio.create_task(services.accounts.change_feed.watch())
    sides = _sides(composition, folder)
    try:
        inside = await _take_turns([_ask_inside(side) for side in sides], rounds)
        async with AsyncExitStack() as stack:
            asks = [await _ask_over_loopback(side, composition, stack) for side in sides]
            outside = await _take_turns(asks, rounds)
    finally:
        feed.cancel()
        with suppress(asyncio.CancelledError):
            await feed
        services.database.close()
    return _summarize(sides, inside), _summarize(sides, outside)


def _sides(composition: Composition, folder: Path) -> list[Side]:
    ours = (make_middleware(composition, LiveSockets(composition)),)
    name = cookie_name(composition.get().store_id, False)
    cookie = f"theme=dark; {name}={token_of(3)}; other=1"
    return [
        Side(BARE, (), ("Cookie", cookie)),
        Side(NO_OP, (do_nothing,), ("Cookie", cookie)),
        Side(SIGNED_OUT, ours),
        Side(SESSION, ours, ("Cookie", cookie)),
        Side(API_KEY, ours, ("Authorization", f"Bearer {api_key_of(3)}")),
        *(Side(check.name, (check.middleware,), check.header) for check in make_checks(folder)),
    ]


Ask = Callable[[], Awaitable[float]]


async def _take_turns(asks: list[Ask], rounds: int) -> list[list[float]]:
    """Return the seconds of a request: of each side, of each round."""
    found: list[list[float]] = [[] for _ in asks]
    for number in range(-2, rounds):  # the first warm up
        gc.collect()
        order = list(range(len(asks)))
        for index in order if number % 2 else order[::-1]:
            seconds = await asks[index]()
            if number >= 0:
                found[index].append(seconds)
    return found


def _ask_inside(side: Side) -> Ask:
    app = web.Application(middlewares=list(side.middlewares))
    app.router.add_get("/prompt_status", answer)
    app.freeze()
    headers = {"Host": "127.0.0.1:8188", "Accept": "*/*", "User-Agent": "benchmark"}
    headers |= {"Sec-Fetch-Site": "same-origin"}
    headers |= dict([side.header] if side.header else [])
    made_up = make_mocked_request("GET", "/prompt_status", headers=headers, app=app)
    made_up._transport_peername = ("127.0.0.1", 5000)  # noqa: SLF001  # a mock has none

    async def ask() -> float:
        requests = [made_up.clone() for _ in range(REQUESTS)]
        began = time.process_time()
        for request in requests:
            response = await app._handle(request)  # noqa: SLF001  # what aiohttp's server calls
            if response.status != 200:
                raise RuntimeError(f"{side.name}: {response.status}")
        return (time.process_time() - began) / REQUESTS

    return ask


async def _ask_over_loopback(side: Side, composition: Composition, stack: AsyncExitStack) -> Ask:
    port = await stack.enter_async_context(serving(composition, *side.middlewares))
    connection = Connection(port, header=side.header)
    stack.callback(connection.close)

    async def ask() -> float:
        return await connection.send(REQUESTS) / REQUESTS

    return ask


def _summarize(sides: list[Side], found: list[list[float]]) -> dict[str, Cost]:
    bare, no_op = found[0], found[1]
    costs: dict[str, Cost] = {}
    for side, seconds in zip(sides, found, strict=True):
        ratios = [one / two for one, two in zip(bare, seconds, strict=True)]
        lower, middle, upper = statistics.quantiles(ratios, n=4)
        more = statistics.median(two - one for one, two in zip(bare, seconds, strict=True))
        of_no_op = statistics.median(one / two for one, two in zip(no_op, seconds, strict=True))
        costs[side.name] = Cost(statistics.median(seconds), more, middle, lower, upper, of_no_op)
    return costs


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="passport-") as folder:
        found = asyncio.run(measure(Path(folder)))
        for kind, costs in zip(("in process", "loopback"), found, strict=True):
            print(kind)
            for name, cost in costs.items():
                print(
                    f"  {name:<32} {cost.seconds * 1e6:7.1f} µs {cost.more * 1e6:+7.1f} µs "
                    f"{cost.ratio:.3f} ({cost.lower:.3f} to {cost.upper:.3f})"
                )


if __name__ == "__main__":
    main()
