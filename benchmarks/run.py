"""Measures what Passport costs, each figure as a ratio within one run.

    python3 -P benchmarks/run.py [--quick | --full] [--write]

With `--write` the table of docs/benchmarks.md becomes this run's. `--quick` leaves out what takes
long, `--full` goes up to a million accounts.
Figures of different runs or machines are not compared, and no test asserts them. Each benchmark
runs alone too, some with a longer form: see the files.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:  # it is not there with -P
    sys.path.append(str(HERE))

import alias  # noqa: E402, F401  # first: it makes `passport` importable
from passport.clock import utc_now  # noqa: E402

if TYPE_CHECKING:
    from enumeration import Samples
    from log_ins import Rounds
    from request_checks import Cost
    from significance import Difference

ROOT = HERE.parent
STARTS = 9
QUICK_ROUNDS, ROUNDS = 20, 60
STATIC_IMPORT = re.compile(r"""^import\b[^;'"(]*?['"](\.[^'"]+)['"]""", re.MULTILINE)
LOG_IN_ROUNDS = 7
TRIES = 200
LEAST_OF_BARE = {
    "ours, signed out": 0.95,
    "ours, with a session": 0.80,
    "ours, with an API key": 0.80,
}
AHEAD, LEAST_UNCACHED, MOST_AT_A_MILLION = 1.5, 0.60, 1.6
MOST_TO_PANEL = 100
ROWS: list[str] = []
MARKERS = ("<!-- the table begins -->", "<!-- the table ends -->")
LEAST_RATE, MOST_LAG, MOST_PER_WORKER, MOST_GROWTH = 0.9, 0.005, 25, 1.2


def row(name: str, figure: str, target: str = "", met: bool | None = None) -> None:
    """Print one line of the table, and keep it for the document."""
    verdict = {True: "met", False: "MISSED", None: ""}[met]
    written = f"**{verdict.lower()}**" if met is False else verdict
    ROWS.append(f"| {name.strip()} | {figure} | {target} | {written} |")
    print(f"{name:<52} {figure:>32}   {target:<12} {verdict}".rstrip(), flush=True)


def spell(number: int) -> str:
    """Write a number for people."""
    return f"{number:,}".replace(",", " ")


def run_alone(file: str, *arguments: str) -> dict[str, Any]:
    """Run one of our files in a process of its own; return the JSON that it prints."""
    command = [sys.executable, str(HERE / file), *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def report_start_up() -> None:
    """Start fresh processes: an import happens only once in each."""
    runs = [run_alone("start_up.py", "--front-end-root", str(HERE)) for _ in range(STARTS)]
    cpu = statistics.median(run["milliseconds"] for run in runs)
    memory = statistics.median(run["mebibytes"] for run in runs)
    least = min(run["milliseconds"] for run in runs)
    figure = f"{cpu:.1f} ms  (least {least:.1f})"
    row("importing the extension, CPU", figure, "≤ 30 ms", cpu <= 30)
    row("importing the extension, memory", f"{memory:.1f} MiB", "≤ 10 MiB", memory <= 10)


def report_requests(rounds: int) -> None:
    """Compare a request past our middleware with a bare handler's and with the field's checks."""
    import request_checks as checks

    with tempfile.TemporaryDirectory(prefix="passport-") as folder:
        inside, outside = asyncio.run(checks.measure(Path(folder), rounds))
    for place, costs in (("in process", inside), ("loopback", outside)):
        for name, cost in costs.items():
            figure = f"{cost.seconds * 1e6:.0f} µs ({cost.more * 1e6:+.1f}); {cost.ratio:.2f}"
            figure += f" of bare ({cost.lower:.2f} to {cost.upper:.2f})"
            least = LEAST_OF_BARE.get(name) if place == "loopback" else None
            met = None if least is None else cost.ratio >= least
            row(f"{place}: {name}", figure, f"≥ {least}" if least else "", met)
        _report_peers(place, costs)


def _report_peers(place: str, costs: dict[str, Cost]) -> None:
    """Say how many times the rate of each of the field's checks ours has."""
    import request_checks as checks

    ours = max(costs[checks.SESSION].seconds, costs[checks.API_KEY].seconds)
    for name in list(costs)[checks.OF_OURS :]:
        ratio = costs[name].seconds / ours
        target, met = f"≥ {AHEAD}", ratio >= AHEAD
        row(f"{place}: ours, times the rate of {name}", f"{ratio:.2f}", target, met)


def report_engines(full: bool) -> None:
    """Compare stores of a thousand to a million accounts on both engines, past the memory."""
    import engines

    with tempfile.TemporaryDirectory(prefix="passport-") as folder:
        table = engines.run(Path(folder), engines.FULL if full else engines.QUICK)
    for engine, sizes in table.items():
        for size, found in sizes.items():
            name = f"{engine}, {spell(size)} accounts, session looked up"
            micro, bare, growth = found.seconds * 1e6, found.of_bare, found.growth
            least = LEAST_UNCACHED
            row(f"{name}, of bare", f"{bare:.2f} ({micro:.0f} µs)", f"≥ {least}", bare >= least)
            most = MOST_AT_A_MILLION
            row(f"{name}, of the smallest", f"{growth:.2f} times", f"≤ {most}", growth <= most)
            row(f"{name}, and its use noted", f"{found.noting_seconds * 1e6:.0f} µs")


def report_prompts() -> None:
    """Compare the hook with reading the prompt."""
    import prompts

    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(prompts.measure(Path(folder)))
    share = result.b_over_a
    micro = result.b_seconds / prompts.REPEATS * 1e6
    figure = f"{share:.1%}  ({micro:.0f} µs)"
    row("prompt hook, of json.loads of its 200 nodes", figure, "≤ 5 %", share <= 0.05)


def report_session_cache() -> None:
    """Fill the cache."""
    found = run_alone("session_cache.py")
    beyond = found["mebibytes_beyond"]
    figure = f"{found['mebibytes']:.1f} MiB  ({beyond:.1f} when more came)"
    row(f"cache of {spell(found['sessions'])} sessions, memory", figure)
    row("emptying it of one account, when full", f"{found['forget_milliseconds']:.2f} ms")


def report_log_ins(rounds: int) -> None:
    """Let a hundred people log in at once."""
    import log_ins

    found = log_ins.measure(rounds)
    _report_rates(found)
    _report_lag(found)
    grown = log_ins.measure_memory()
    most = max(grown)
    each = grown[most] / most
    figure = f"{each:.1f} MiB  ({grown[min(grown)]:.1f} with {min(grown)})"
    row(
        f"memory per worker, of {most}", figure, f"≤ {MOST_PER_WORKER} MiB", each <= MOST_PER_WORKER
    )


def _report_rates(found: Rounds) -> None:
    import log_ins

    median = statistics.median
    load = f"{min(found.loads):.1f} to {max(found.loads):.1f}"
    row("log-ins: workers, and the machine's load", f"{found.workers}, {load}")
    row("argon2 alone", f"{median(found.bare_rates):.1f} /s")
    for name, rates in (
        (f"{log_ins.PEOPLE} log-ins at once, of argon2 alone", found.rates),
        (f"{log_ins.FEWER} at a time, of argon2 alone", found.queued_rates),
    ):
        ratio = log_ins.ratio_of_neighbours(found.bare_rates, rates)
        met = ratio >= LEAST_RATE
        row(name, f"{ratio:.3f}  ({median(rates):.1f} /s)", f"≥ {LEAST_RATE}", met)
    bare, whole = median(found.bare_cpu) * 1000, median(found.cpu) * 1000
    row("CPU of a log-in, of argon2 alone", f"{whole / bare:.2f}  ({bare:.1f} → {whole:.1f} ms)")
    served = f"{median(found.served):.0f}, the others told to wait"
    row(f"of {log_ins.PEOPLE} at once are let in at once", served)


def _report_lag(found: Rounds) -> None:
    from log_ins import percentile

    idle = percentile(found.idle_lags, 0.99)
    for name, lags, target in (
        ("idle", found.idle_lags, None),
        ("argon2 alone", found.bare_lags, None),
        ("a hundred log-ins", found.lags, idle + MOST_LAG),
    ):
        p99 = percentile(lags, 0.99)
        figure = f"{p99 * 1000:.1f} ms  (median {statistics.median(lags) * 1000:.2f})"
        if target is None:
            row(f"event loop's lag, p99, {name}", figure)
        else:
            row(
                f"event loop's lag, p99, {name}", figure, f"≤ {target * 1000:.1f} ms", p99 <= target
            )


def report_enumeration(tries: int, cheap_hash: bool) -> None:
    """Compare what has an account with what has none."""
    import enumeration

    for name, samples in enumeration.measure(tries, cheap_hash).items():
        _report_kinds(name, samples)


def _report_kinds(name: str, samples: Samples) -> None:
    from enumeration import compare_kinds

    known, noise = compare_kinds(samples)
    medians = f"{known.b_median * 1000:.2f} and {known.a_median * 1000:.2f} ms"
    row(f"{name}: known and unknown, medians", medians)
    row("  mean difference, and what chance explains (99 %)", _describe(known))
    row("  the same of unknown and unknown", _describe(noise))
    row("  Welch's p, Mann-Whitney's p", f"{known.welch_p:.3f}, {known.mann_whitney_p:.3f}")
    noise_p = f"{noise.welch_p:.3f}, {noise.mann_whitney_p:.3f}"
    row("  the same of unknown and unknown", noise_p)
    verdict = "can be told apart" if known.told_apart else "cannot be told apart"
    row(f"  known and unknown {verdict}", "", "cannot", not known.told_apart)


def _describe(difference: Difference) -> str:
    return f"{difference.mean_difference * 1000:+.2f} ms, ± {difference.margin * 1000:.2f}"


def report_many_accounts(folder: Path, accounts: int, sessions: int) -> None:
    """Compare a store of many accounts with one of a thousand."""
    import many_accounts

    few = spell(many_accounts.FEW_ACCOUNTS)
    row(f"{spell(accounts)} accounts, {spell(sessions)} sessions, of {few}", "")
    for name, growth in many_accounts.measure(folder, accounts, sessions).items():
        for kind, ratio, few_seconds, many_seconds in (
            ("CPU", growth.cpu_ratio, growth.few_cpu, growth.many_cpu),
            ("time", growth.wall_ratio, growth.few_wall, growth.many_wall),
        ):
            figure = f"{ratio:.2f}  ({few_seconds * 1e6:.0f} → {many_seconds * 1e6:.0f} µs)"
            row(f"  {name}, {kind}", figure, f"≤ {MOST_GROWTH}", ratio <= MOST_GROWTH)


def report_panel() -> None:
    """Add up the panel's files as a server would send them."""
    folder = ROOT / "web" / "js"
    files = {file for file in folder.rglob("*") if file.is_file()}
    size = _packed_kibibytes(files)
    row(f"the panel, {len(files)} files, gzip", f"{size:.1f} KiB", "≤ 30 KiB", size <= 30)
    first = _imported_by(folder / "passport.js") | {folder / "passport.css"}
    row(f"  before it is opened, {len(first)} files", f"{_packed_kibibytes(first):.1f} KiB")


def report_time_to_panel() -> None:
    """Measure from the click to the dialog's layout, in the oldest and the newest frontend."""
    command = [sys.executable, "dev", "test", "-q", "-s", "tests/browser/measure_first_paint.py"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    found = re.findall(r"first paint: median (\d+) ms", done.stdout)
    for frontend, milliseconds in zip(("oldest", "newest"), found, strict=False):
        met = int(milliseconds) <= MOST_TO_PANEL
        name = f"click to panel, {frontend} frontend"
        row(name, f"{milliseconds} ms", f"≤ {MOST_TO_PANEL} ms", met)
    if not found:
        row("click to panel", "not measured: no browser")


def _packed_kibibytes(files: set[Path]) -> float:
    return sum(len(gzip.compress(file.read_bytes(), mtime=0)) for file in files) / 1024


def _imported_by(file: Path) -> set[Path]:
    """Return the file and what it imports at once, and so on; ComfyUI's own files are not ours."""
    found: set[Path] = set()
    waiting = [file.resolve()]
    while waiting:
        each = waiting.pop()
        if each in found or not each.is_file():
            continue
        found.add(each)
        names = STATIC_IMPORT.findall(each.read_text(encoding="utf-8"))
        waiting += [(each.parent / name).resolve() for name in names]
    return found


def describe_machine() -> str:
    """Say where and when this was measured, and what."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True).stdout
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    return (
        f"{utc_now():%d %B %Y}, commit {commit.strip() or 'unknown'}: {os.cpu_count()} cores "
        f"({platform.machine()}), Python {platform.python_version()} on {platform.system()}, "
        f"load {load:.1f} at the start."
    )


def write_table(machine: str) -> None:
    """Put this run's table into the document, between its markers."""
    file = ROOT / "docs" / "benchmarks.md"
    before, _, rest = file.read_text(encoding="utf-8").partition(MARKERS[0])
    _, _, after = rest.partition(MARKERS[1])
    lines = [machine, "", "| what | figure | target | |", "|---|---|---|---|", *ROWS]
    text = "\n".join([before + MARKERS[0], *lines, MARKERS[1] + after])
    file.write_text(text, encoding="utf-8")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="without log-ins and browsers")
    length.add_argument("--full", action="store_true", help="up to a million accounts")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    asked = parser.parse_args()
    machine = describe_machine()
    print(machine)
    report_start_up()
    report_requests(QUICK_ROUNDS if asked.quick else ROUNDS)
    report_prompts()
    report_session_cache()
    report_panel()
    if not asked.quick:
        report_time_to_panel()
        report_log_ins(LOG_IN_ROUNDS)
        report_enumeration(TRIES, cheap_hash=False)
    report_engines(asked.full)
    if asked.write:
        write_table(machine)


if __name__ == "__main__":
    main()
