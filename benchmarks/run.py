"""Measures what Passport costs, each figure as a ratio within one run.

    python3 -P benchmarks/run.py [--quick | --full] [--write]

With `--write` the tables of docs/benchmarks.md become this run's. `--quick` leaves out log-ins and
browsers, `--full` goes up to a million accounts and takes some ten minutes.
Figures of different runs or machines are not compared, and no test asserts them. Each benchmark
runs alone too, some with a longer form: see the files.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:  # it is not there with -P
    sys.path.append(str(HERE))

import engines  # noqa: E402
import many_accounts  # noqa: E402
import rows_of_log_ins as log_ins  # noqa: E402
import rows_of_requests as requests  # noqa: E402
import rows_of_the_start as start  # noqa: E402
from report import describe_machine, print_section, write_document  # noqa: E402
from rows import Section  # noqa: E402

QUICK_ROUNDS, ROUNDS = 20, 60
LOG_IN_ROUNDS = 7
TRIES = 200


def measure(quick: bool, full: bool) -> Iterator[Section]:
    """Measure all, section by section."""
    yield start.measure_start()
    yield from requests.measure_requests(QUICK_ROUNDS if quick else ROUNDS)
    yield requests.measure_prompts()
    yield start.measure_session_cache()
    yield start.measure_panel(browsers=not quick)
    if not quick:
        yield log_ins.measure_log_ins(LOG_IN_ROUNDS)
        yield from log_ins.measure_enumeration(TRIES, cheap_hash=False)
    yield requests.measure_engines(engines.FULL if full else engines.QUICK)
    if full:
        accounts, sessions = many_accounts.FULL_ACCOUNTS, many_accounts.FULL_SESSIONS
        yield requests.measure_many_accounts(accounts, sessions)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="without log-ins and browsers")
    length.add_argument("--full", action="store_true", help="up to a million accounts")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    asked = parser.parse_args()
    machine = describe_machine()
    print(machine)
    sections: list[Section] = []
    for section in measure(asked.quick, asked.full):
        print_section(section)
        sections.append(section)
    if asked.write:
        write_document(machine, sections)


if __name__ == "__main__":
    main()
