"""Measures what Passport costs, each figure as a ratio within one run.

    python3 -P benchmarks/run.py

Figures of different runs or machines are not compared, and no test asserts them. Each benchmark
runs alone too, some with a longer form: see the files.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
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

if TYPE_CHECKING:
    from enumeration import Samples
    from log_ins import Rounds
    from significance import Difference

ROOT = HERE.parent
STARTS = 9
STATIC_IMPORT = re.compile(r"""^import\b[^;'"(]*?['"](\.[^'"]+)['"]""", re.MULTILINE)
LOG_IN_ROUNDS = 7
TRIES = 200
LEAST_RATE, MOST_LAG, MOST_PER_WORKER, MOST_GROWTH = 0.9, 0.005, 25, 1.2


def row(name: str, figure: str, target: str = "", met: bool | None = None) -> None:
    """Print one line of the table."""
    verdict = {True: "met", False: "MISSED", None: ""}[met]
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


def report_requests() -> None:
    """Compare throughput with and without our middleware."""
    import throughput

    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(throughput.measure(Path(folder) / "data"))
    for name, base, target in (
        ("unrelated", "a no-op middleware", 0.95),
        ("signed in", "the bare handler", 0.80),
    ):
        result = found[name]
        ratio = 1 / result.b_over_a
        micro = (result.b_seconds - result.a_seconds) / throughput.REQUESTS * 1e6
        figure = f"{ratio:.3f}  ({micro:+.1f} µs)"
        row(f"throughput, {name}, of that with {base}", figure, f"≥ {target}", ratio >= target)
    row("log-in by key, without the service's own time", f"{found['log-in'] * 1000:.1f} ms")


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


def main() -> None:
    """Print the table."""
    import many_accounts

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    print(
        f"Python {sys.version.split()[0]}, {sys.platform}, {os.cpu_count()} cores, load {load:.1f}"
    )
    report_start_up()
    report_requests()
    report_prompts()
    report_session_cache()
    report_log_ins(LOG_IN_ROUNDS)
    report_enumeration(TRIES, cheap_hash=False)
    with tempfile.TemporaryDirectory(prefix="passport-") as folder:
        quick = many_accounts.QUICK_ACCOUNTS, many_accounts.QUICK_SESSIONS
        report_many_accounts(Path(folder), *quick)
    report_panel()


if __name__ == "__main__":
    main()
