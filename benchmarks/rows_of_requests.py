"""What a request costs: past our middleware, past the memory, in large stores, with a prompt."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import engines
import many_accounts
import prompts
import request_checks as checks
from request_checks import Cost
from rows import Row, Section, at_least, at_most, spell

LEAST_OF_BARE = {checks.SIGNED_OUT: 0.95, checks.SESSION: 0.80, checks.API_KEY: 0.80}
LEAST_OF_NO_OP = 0.98
AHEAD, LEAST_UNCACHED, MOST_AT_A_MILLION, MOST_GROWTH = 1.5, 0.60, 1.6, 1.2
MOST_OF_A_PROMPT_PERCENT = 5
WHY_OF_BARE = (
    "the bare handler does nothing; ours is a middleware, judges where the request comes from, "
    "reads its cookie or key, and hashes it"
)
WHY_PEERS = "on loopback both sides share most of the time: sockets, parsing, the client"
WHY_UNCACHED = (
    "whatever leaves the event loop for a thread is out of reach of it, a plain SQLite query too "
    "(see above); asked twice a minute for each session in use"
)
WHY_A_PROMPT = "the hook looks at each node in Python, and `json.loads` is C"
WHY_GROWTH = "more pages lie between the root of an index and its leaf, and fewer are near"


def measure_requests(rounds: int) -> list[Section]:
    """Compare a request past our middleware with a bare handler's and with the field's checks."""
    with tempfile.TemporaryDirectory(prefix="passport-") as folder:
        inside, outside = asyncio.run(checks.measure(Path(folder), rounds))
    return [
        Section("A request, in process", _rows_of(inside, over_loopback=False)),
        Section("A request, over loopback", _rows_of(outside, over_loopback=True)),
    ]


def _rows_of(costs: dict[str, Cost], over_loopback: bool) -> list[Row]:
    rows: list[Row] = []
    for name, cost in costs.items():
        figure = f"{cost.seconds * 1e6:.0f} µs ({cost.more * 1e6:+.1f}); {cost.ratio:.2f}"
        figure += f" of bare ({cost.lower:.2f} to {cost.upper:.2f})"
        least = LEAST_OF_BARE.get(name) if over_loopback else None
        rows.append(Row(name, figure, at_least(cost.ratio, least, WHY_OF_BARE) if least else None))
    if over_loopback:
        ratio = costs[checks.SIGNED_OUT].of_no_op
        target = at_least(ratio, LEAST_OF_NO_OP)
        rows.append(Row(f"{checks.SIGNED_OUT}, of {checks.NO_OP}", f"{ratio:.2f}", target))
    return rows + _rows_of_peers(costs)


def _rows_of_peers(costs: dict[str, Cost]) -> list[Row]:
    """Say how many times the rate of each of the field's checks ours has."""
    ours = max(costs[checks.SESSION].seconds, costs[checks.API_KEY].seconds)
    rows: list[Row] = []
    for name in list(costs)[checks.OF_OURS :]:
        ratio = costs[name].seconds / ours
        target = at_least(ratio, AHEAD, WHY_PEERS)
        rows.append(Row(f"ours, times the rate of {name}", f"{ratio:.2f}", target))
    return rows


def measure_engines(sizes: Sequence[int]) -> Section:
    """Compare stores of a thousand to a million accounts on both engines, past the memory."""
    with tempfile.TemporaryDirectory(prefix="passport-") as folder:
        table = engines.run(Path(folder), sizes)
    rows: list[Row] = []
    for engine, found in table.items():
        for size, each in found.items():
            name = f"{engine}, {spell(size)} accounts"
            of_bare = f"{each.of_bare:.2f} ({each.seconds * 1e6:.0f} µs)"
            least = at_least(each.of_bare, LEAST_UNCACHED, WHY_UNCACHED)
            most = at_most(each.growth, MOST_AT_A_MILLION, "", WHY_GROWTH)
            rows += [
                Row(f"{name}, of bare", of_bare, least),
                Row(f"{name}, times the smallest store's", f"{each.growth:.2f}", most),
                Row(f"{name}, its use noted too", f"{each.noting_seconds * 1e6:.0f} µs"),
            ]
    return Section("A request of a session that is in no memory, over loopback", rows)


def measure_many_accounts(accounts: int, sessions: int) -> Section:
    """Compare a store of many accounts with one of a thousand."""
    with tempfile.TemporaryDirectory(prefix="passport-") as folder:
        found = many_accounts.measure(Path(folder), accounts, sessions)
    rows: list[Row] = []
    for name, growth in found.items():
        for kind, ratio, few, many in (
            ("CPU", growth.cpu_ratio, growth.few_cpu, growth.many_cpu),
            ("time", growth.wall_ratio, growth.few_wall, growth.many_wall),
        ):
            figure = f"{ratio:.2f} ({few * 1e6:.0f} → {many * 1e6:.0f} µs)"
            rows.append(Row(f"{name}, {kind}", figure, at_most(ratio, MOST_GROWTH, "", WHY_GROWTH)))
    few = spell(many_accounts.FEW_ACCOUNTS)
    title = f"{spell(accounts)} accounts and {spell(sessions)} sessions, times {few} accounts'"
    return Section(f"{title}, SQLite", rows)


def measure_prompts() -> Section:
    """Compare the hook with reading the prompt."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(prompts.measure(Path(folder)))
    share = found.b_over_a
    figure = f"{share:.1%} ({found.b_seconds / prompts.REPEATS * 1e6:.0f} µs)"
    target = at_most(share * 100, MOST_OF_A_PROMPT_PERCENT, "%", WHY_A_PROMPT)
    return Section("A prompt", [Row("our hook, of `json.loads` of its 200 nodes", figure, target)])
