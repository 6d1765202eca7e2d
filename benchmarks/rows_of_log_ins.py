"""What log-ins cost, and whether they tell who has an account."""

from __future__ import annotations

import statistics

import enumeration
import log_ins
from enumeration import Samples
from log_ins import Rounds, percentile
from rows import Row, Section, Target, at_least, at_most
from significance import Difference

LEAST_RATE, MOST_LAG_MILLISECONDS, MOST_PER_WORKER_MIB = 0.9, 5, 25
WHY_THE_RATE = (
    "a log-in takes 1.2 to 1.3 times the CPU of its hash, for HTTP and three durable transactions; "
    "that needs a second core, free"
)
WHY_THE_LAG = "on a busy machine the loop waits for a core"
WHY_AFTER_A_RESET = "the letter is made and sent at once, and the next request waits for it"


def measure_log_ins(rounds: int) -> Section:
    """Let a hundred people log in at once."""
    found = log_ins.measure(rounds)
    grown = log_ins.measure_memory()
    most = max(grown)
    each = grown[most] / most
    figure = f"{each:.1f} MiB ({grown[min(grown)]:.1f} with {min(grown)})"
    target = at_most(each, MOST_PER_WORKER_MIB, "MiB")
    memory = Row(f"memory per worker, of {most}", figure, target)
    return Section("Log-ins", [*_rows_of_rates(found), *_rows_of_lags(found), memory])


def _rows_of_rates(found: Rounds) -> list[Row]:
    median = statistics.median
    load = f"{min(found.loads):.1f} to {max(found.loads):.1f}"
    rows = [
        Row("workers, and the machine's load", f"{found.workers}, {load}"),
        Row("argon2 alone", f"{median(found.bare_rates):.1f} /s"),
    ]
    for name, rates in (
        (f"{log_ins.PEOPLE} log-ins at once, of argon2 alone", found.rates),
        (f"{log_ins.FEWER} at a time, of argon2 alone", found.queued_rates),
    ):
        ratio = log_ins.ratio_of_neighbours(found.bare_rates, rates)
        target = at_least(ratio, LEAST_RATE, WHY_THE_RATE)
        rows.append(Row(name, f"{ratio:.2f} ({median(rates):.1f} /s)", target))
    bare, whole = median(found.bare_cpu) * 1000, median(found.cpu) * 1000
    served = f"{median(found.served):.0f}, the others told to wait"
    return [
        *rows,
        Row("CPU, of argon2 alone", f"{whole / bare:.2f} ({bare:.1f} → {whole:.1f} ms)"),
        Row(f"of {log_ins.PEOPLE} at once are let in at once", served),
    ]


def _rows_of_lags(found: Rounds) -> list[Row]:
    idle = percentile(found.idle_lags, 0.99) * 1000
    rows: list[Row] = []
    for name, lags in (
        ("idle", found.idle_lags),
        ("argon2 alone", found.bare_lags),
        ("a hundred log-ins", found.lags),
    ):
        p99 = percentile(lags, 0.99) * 1000
        figure = f"{p99:.1f} ms (median {statistics.median(lags) * 1000:.2f})"
        limit = round(idle + MOST_LAG_MILLISECONDS, 1)
        target = at_most(p99, limit, "ms", WHY_THE_LAG) if lags is found.lags else None
        rows.append(Row(f"event loop's lag, p99, {name}", figure, target))
    return rows


def measure_enumeration(tries: int, cheap_hash: bool) -> list[Section]:
    """Compare what has an account with what has none."""
    found = enumeration.measure(tries, cheap_hash)
    return [
        Section(f"Known and unknown addresses: {name}", _rows_of_kinds(samples))
        for name, samples in found.items()
    ]


def _rows_of_kinds(samples: Samples) -> list[Row]:
    known, noise = enumeration.compare_kinds(samples)
    medians = f"{known.b_median * 1000:.2f} and {known.a_median * 1000:.2f} ms"
    target = Target("not told apart", not known.told_apart, WHY_AFTER_A_RESET)
    return [
        Row("medians", medians),
        Row("mean difference, and what chance explains (99 %)", _describe(known)),
        Row("the same of unknown and unknown", _describe(noise)),
        Row("Welch's p, Mann-Whitney's p", _describe_p(known), target),
        Row("the same of unknown and unknown", _describe_p(noise)),
    ]


def _describe(difference: Difference) -> str:
    return f"{difference.mean_difference * 1000:+.2f} ms, ± {difference.margin * 1000:.2f}"


def _describe_p(difference: Difference) -> str:
    return f"{difference.welch_p:.3f}, {difference.mann_whitney_p:.3f}"
