"""Whether two samples differ by more than chance: Welch's t-test and the Mann-Whitney U test.

In plain Python, for a benchmark needs nothing installed. Both p values are two-sided.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

LEVEL = 0.01
SMALLEST = 1e-300
STEPS = 300


@dataclass(frozen=True)
class Difference:
    """How B differs from A; seconds where the samples are seconds."""

    a_median: float
    b_median: float
    mean_difference: float
    margin: float
    """Half the width of the mean difference's 99 % interval, which chance alone explains."""
    welch_p: float
    mann_whitney_p: float

    @property
    def told_apart(self) -> bool:
        """Whether either test says that chance does not explain it; Bonferroni's for the two."""
        return min(self.welch_p, self.mann_whitney_p) < LEVEL / 2


def compare_samples(a: Sequence[float], b: Sequence[float]) -> Difference:
    """Run both tests."""
    difference, error, freedom = _welch(a, b)
    return Difference(
        statistics.median(a),
        statistics.median(b),
        difference,
        2.6 * error,  # of Student's distribution from 100 degrees of freedom on, to 1 %
        student_p(difference / error, freedom),
        mann_whitney_p(a, b),
    )


def _welch(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float]:
    """Return the difference of the means, its standard error, and the degrees of freedom."""
    one, two = statistics.variance(a) / len(a), statistics.variance(b) / len(b)
    error = math.sqrt(one + two)
    freedom = (one + two) ** 2 / (one**2 / (len(a) - 1) + two**2 / (len(b) - 1))
    return statistics.fmean(b) - statistics.fmean(a), error, freedom


def student_p(t: float, freedom: float) -> float:
    """Return how often chance gives a t at least as far from 0 (Abramowitz and Stegun 26.7.1)."""
    return incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularized incomplete beta function (DLMF 8.17)."""
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    if x > (a + 1) / (a + b + 2):  # where the fraction converges slowly, take the other end
        return 1 - incomplete_beta(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    log_front += a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) * _beta_fraction(x, a, b) / a


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction of DLMF 8.17.22 by Lentz's method."""
    c, d = 1.0, 1 / (_away_from_zero(1 - (a + b) * x / (a + 1)))
    value = d
    for m in range(1, STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > SMALLEST else SMALLEST


def mann_whitney_p(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the p value by the normal approximation, good from some twenty a side; clocks this
    fine give no ties worth a correction.
    """
    ranked = sorted([(value, True) for value in a] + [(value, False) for value in b])
    ranks = sum(rank for rank, (_, is_a) in enumerate(ranked, 1) if is_a)
    n, m = len(a), len(b)
    u = ranks - n * (n + 1) / 2
    deviation = math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(u - n * m / 2) / deviation / math.sqrt(2))
