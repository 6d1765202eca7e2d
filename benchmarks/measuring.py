"""Measuring A against B on a machine that does other things too.

Rounds of A and B take turns and begin with the other one each time; what counts is the median of
the ratios of neighbours, so that a slow minute hits both.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """Seconds per round, and how many times as long B takes as A."""

    a_seconds: float
    b_seconds: float
    b_over_a: float


def compare(a: Callable[[], float], b: Callable[[], float], rounds: int = 41) -> Comparison:
    """Compare two functions that each return the seconds they took."""
    a(), b()
    pairs: list[tuple[float, float]] = []
    gc.collect()
    for number in range(rounds):
        first, second = (a, b) if number % 2 else (b, a)
        one, two = first(), second()
        pairs.append((one, two) if number % 2 else (two, one))
    return Comparison(
        statistics.median(one for one, _ in pairs),
        statistics.median(two for _, two in pairs),
        statistics.median(two / one for one, two in pairs),
    )
