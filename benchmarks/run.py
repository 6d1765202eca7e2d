"""Measures what Passport costs, each figure as a ratio within one run.

    python3 -P benchmarks/run.py

Figures of different runs or machines are not compared, and no test asserts them.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import types
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
STARTS = 9

package = types.ModuleType("passport")
package.__path__ = [str(ROOT)]
sys.modules["passport"] = package
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))


def row(name: str, figure: str, target: str, met: bool | None) -> None:
    """Print one line of the table."""
    verdict = {True: "met", False: "MISSED", None: ""}[met]
    print(f"{name:<52} {figure:>24}   {target:<12} {verdict}", flush=True)


def measure_start_up() -> None:
    """Start fresh processes: an import happens only once in each."""
    command = [sys.executable, str(HERE / "start_up.py"), "--front-end-root", str(HERE)]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout.splitlines()[-1])
        for _ in range(STARTS)
    ]
    cpu = statistics.median(run["milliseconds"] for run in runs)
    memory = statistics.median(run["mebibytes"] for run in runs)
    least = min(run["milliseconds"] for run in runs)
    figure = f"{cpu:.1f} ms  (least {least:.1f})"
    row("importing the extension, CPU", figure, "≤ 30 ms", cpu <= 30)
    row("importing the extension, memory", f"{memory:.1f} MiB", "≤ 10 MiB", memory <= 10)


def measure_requests() -> None:
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
    row("log-in, without the service's own time", f"{found['log-in'] * 1000:.1f} ms", "", None)


def measure_prompts() -> None:
    """Compare the hook with reading the prompt."""
    import prompts

    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(prompts.measure(Path(folder)))
    share = result.b_over_a
    micro = result.b_seconds / prompts.REPEATS * 1e6
    figure = f"{share:.1%}  ({micro:.0f} µs)"
    row("prompt hook, of json.loads of its 200 nodes", figure, "≤ 5 %", share <= 0.05)


def measure_panel() -> None:
    """Add up the panel's files as a server would send them."""
    files = [file for file in (ROOT / "web" / "js").rglob("*") if file.is_file()]
    size = sum(len(gzip.compress(file.read_bytes(), mtime=0)) for file in files) / 1024
    row(f"the panel, {len(files)} files, gzip", f"{size:.1f} KiB", "≤ 30 KiB", size <= 30)


def main() -> None:
    """Print the table."""
    print(f"Python {sys.version.split()[0]} on {sys.platform}")
    measure_start_up()
    measure_requests()
    measure_prompts()
    measure_panel()


if __name__ == "__main__":
    main()
