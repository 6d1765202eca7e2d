"""Whether ten million API keys cost a look-up more than a thousand do.

    python3 benchmarks/many_api_keys.py [--full] [--keys N] [--folder FOLDER]

Two stores, filled in bulk; the product's own look-up, past its memory, on keys drawn at random.
Rounds take turns; the stores' files have just been written, so the system has them cached.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import secrets
import statistics
import tempfile
import time
from datetime import datetime
from pathlib import Path

import alias  # noqa: F401  # first: it makes `passport` importable
from bulk_load import CHEAP, KEYS_THAT_EXIST, Counts, api_key_of, load
from passport.accounts.passwords import Passwords
from passport.accounts.principals import TRUSTED_FOR
from passport.audit.clients import Client
from passport.clock import utc_now
from passport.services import compose

FEW_KEYS, QUICK_KEYS, FULL_KEYS = 1_000, 300_000, 10_000_000
ACCOUNTS = 1_000
ROUNDS, LOOK_UPS = 30, 300
TARGET = 1.2
HERE = Client("127.0.0.1", "benchmark")


class Store:
    """One store, and how long its look-ups take."""

    def __init__(self, folder: Path, keys: int) -> None:
        self._asked = min(keys, KEYS_THAT_EXIST)
        self._now = utc_now()
        self._services = compose({}, folder, clock=self._clock, passwords=Passwords(*CHEAP))

    async def look_up(self) -> float:
        """Return the seconds of one look-up, past the memory."""
        self._now += 1.01 * TRUSTED_FOR
        recognize = self._services.accounts.api_keys.recognize
        keys = [api_key_of(secrets.randbelow(self._asked)) for _ in range(LOOK_UPS)]
        gc.collect()
        began = time.process_time()
        for key in keys:
            if await recognize(key, HERE) is None:
                raise RuntimeError("A key is unknown.")
        return (time.process_time() - began) / LOOK_UPS

    def _clock(self) -> datetime:
        return self._now


async def measure(few: Store, many: Store) -> tuple[float, float, float]:
    """Return the medians of both, and of their ratio."""
    pairs: list[tuple[float, float]] = []
    for number in range(-1, ROUNDS):  # the first warms up
        first, second = (few, many) if number % 2 else (many, few)
        one, two = await first.look_up(), await second.look_up()
        if number >= 0:
            pairs.append((one, two) if first is few else (two, one))
    median = statistics.median
    return (
        median(few for few, _ in pairs),
        median(many for _, many in pairs),
        median(many / few for few, many in pairs),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="ten million keys")
    parser.add_argument("--keys", type=int)
    parser.add_argument("--folder", help="where the stores are made, and removed again")
    arguments = parser.parse_args()
    keys = arguments.keys or (FULL_KEYS if arguments.full else QUICK_KEYS)
    with tempfile.TemporaryDirectory(prefix="passport-", dir=arguments.folder) as folder:
        few, many = Path(folder) / "few", Path(folder) / "many"
        load(few, Counts(ACCOUNTS, api_keys=FEW_KEYS), utc_now())
        load(many, Counts(ACCOUNTS, api_keys=keys), utc_now())
        costs = asyncio.run(measure(Store(few, FEW_KEYS), Store(many, keys)))
    verdict = "met" if costs[2] <= TARGET else "MISSED"
    print(
        f"look-up by API key: {costs[0] * 1e6:.0f} µs with {FEW_KEYS:,} keys, "
        f"{costs[1] * 1e6:.0f} µs with {keys:,}; ratio {costs[2]:.2f} "
        f"(target {TARGET}: {verdict})"
    )


if __name__ == "__main__":
    main()
