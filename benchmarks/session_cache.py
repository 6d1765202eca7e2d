"""What the cache of sessions holds in memory at its limit, and what a log-out then costs.

    python3 benchmarks/session_cache.py

Runs in a process of its own, for it counts every allocation, and prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import tempfile
import time
import tracemalloc
from datetime import datetime
from pathlib import Path

import alias  # noqa: F401  # first: it makes `passport` importable
from bulk_load import Counts, id_of, load, token_of
from passport.accounts.principals import CACHED
from passport.clock import utc_now
from passport.services import compose

BEYOND = CACHED // 5
LOG_OUTS = 50
ACCOUNTS = (CACHED + BEYOND) // 3


def main() -> None:
    """Measure once."""
    began = utc_now()
    with tempfile.TemporaryDirectory(prefix="passport-") as folder:
        load(Path(folder), Counts(ACCOUNTS, CACHED + BEYOND), began)
        print(json.dumps(asyncio.run(measure(Path(folder), began))))


async def measure(folder: Path, began: datetime) -> dict[str, float]:
    """Return MiB at the limit and beyond it, and the milliseconds of a log-out."""
    services = compose({}, folder, clock=lambda: began)
    sessions = services.accounts.sessions

    async def ask(first: int, end: int) -> None:
        for number in range(first, end):
            if await sessions.recognize(token_of(number)) is None:
                raise RuntimeError("A session is unknown.")

    await ask(0, 20)
    sessions.forget(*(id_of("account", number) for number in range(20)))
    tracemalloc.start()
    gc.collect()
    empty = tracemalloc.get_traced_memory()[0]
    await ask(0, CACHED)
    gc.collect()
    full = tracemalloc.get_traced_memory()[0]
    await ask(CACHED, CACHED + BEYOND)
    gc.collect()
    beyond = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    seconds: list[float] = []
    for number in range(LOG_OUTS):
        cpu = time.process_time()
        sessions.forget(id_of("account", number))
        seconds.append(time.process_time() - cpu)
    services.database.close()
    return {
        "sessions": CACHED,
        "mebibytes": (full - empty) / 2**20,
        "mebibytes_beyond": (beyond - empty) / 2**20,
        "forget_milliseconds": statistics.median(seconds) * 1000,
    }


if __name__ == "__main__":
    main()
