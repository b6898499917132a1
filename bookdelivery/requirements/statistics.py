"""Confidence intervals that claim no more than the sample gives.

Every function takes one figure a replication, as only replications are independent of one another: customers of the
same run share its queues, its outage and its luck.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, isnan, nan, sqrt
from statistics import fmean, median, stdev

import attrs
from scipy import stats


@attrs.frozen
class Interval:
    """A two-sided or one-sided confidence interval.

    Attributes:
        low: its lower end; minus infinity where the sample says nothing about it.
        high: its upper end; infinity likewise.
        method: how it was found.
        confidence: the confidence it is given with.
    """

    low: float
    high: float
    method: str
    confidence: float


def mean_interval(values: Sequence[float], confidence: float) -> tuple[float, Interval]:
    """Give the mean and Student's interval; with fewer than two values, or an infinite one, it says nothing."""
    method = "Student's t over replications"
    if len(values) < 2 or not all(map(isfinite, values)):
        return (fmean(values) if values else nan), Interval(-inf, inf, method, confidence)
    centre = fmean(values)
    reach = float(stats.t.ppf(0.5 + confidence / 2, len(values) - 1)) * stdev(values) / sqrt(len(values))
    return centre, Interval(centre - reach, centre + reach, method, confidence)


def median_interval(values: Sequence[float], confidence: float) -> tuple[float, Interval]:
    """Give the median and its distribution-free interval between two order statistics.

    The number of values below the true median is binomial with 1/2, whatever the distribution (David & Nagaraja, Order
    Statistics, section 7.1). A value may be infinite: what never happened is late. With too few values for the
    confidence the interval says nothing.
    """
    method = "order statistics over replications"
    ordered = sorted(values)
    size = len(ordered)
    if not size or any(map(isnan, ordered)):
        return nan, Interval(-inf, inf, method, confidence)
    # The most that may be cut off at either end.
    cut = int(stats.binom.ppf((1 - confidence) / 2, size, 0.5))
    if stats.binom.cdf(cut, size, 0.5) > (1 - confidence) / 2:
        cut -= 1
    if cut < 0:
        return median(ordered), Interval(-inf, inf, method, confidence)
    return median(ordered), Interval(ordered[cut], ordered[size - 1 - cut], method, confidence)


def proportion_interval(successes: int, trials: int, confidence: float) -> tuple[float, Interval]:
    """Give the share of successes and its exact interval (Clopper & Pearson, Biometrika 26, 1934)."""
    method = "Clopper-Pearson over replications"
    if not trials:
        return nan, Interval(0.0, 1.0, method, confidence)
    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else float(stats.beta.ppf(tail, successes, trials - successes + 1))
    high = 1.0 if successes == trials else float(stats.beta.ppf(1 - tail, successes + 1, trials - successes))
    return successes / trials, Interval(low, high, method, confidence)


def none_found_interval(trials: int, confidence: float) -> Interval:
    """Bound the rate of what was found in none of so many independent runs.

    Exactly 1 - (1 - confidence)^(1/n), which the rule of three calls 3/n (Hanley & Lippman-Hand, JAMA 249, 1983).
    """
    high = 1.0 if not trials else 1.0 - (1.0 - confidence) ** (1.0 / trials)
    return Interval(0.0, high, "exact upper bound for none found (rule of three)", confidence)
