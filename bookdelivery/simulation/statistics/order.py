"""Quantiles, by order statistics: distribution-free, exact in small samples, and at ease with infinite figures."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf, isnan, nan
from statistics import median

from scipy.special import bdtr

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import is_number
from bookdelivery.simulation.statistics.interval import Estimate, Interval, checked, nothing

METHOD = "order statistics over replications"


def quantile_interval(values: Sequence[float], level: float, confidence: float) -> Estimate:
    """Give a quantile of independent figures and the interval between two of them.

    The number of figures below the true quantile is binomial with its level, whatever their distribution (David &
    Nagaraja, Order Statistics, 3rd ed., section 7.1), so the interval covers it with at least the confidence, for every
    sample size; where they have a point mass, more often. A figure may be infinite: what never happened is late. An end
    for which the sample is too small is infinite. With a figure that is not a number the sample says nothing.

    Args:
        values: one figure a run.
        level: of the quantile, between 0 and 1: 0.5 is the median, 0.9 what nine runs in ten stay below.
        confidence: of the interval, between 0 and 1.

    Raises:
        InvalidField: the level or the confidence is none.
    """
    if not is_number(level) or not 0 < level < 1:
        raise InvalidField("quantile_interval", "level", level, "a number between 0 and 1, both excluded")
    tail = (1 - checked(confidence)) / 2
    ordered = sorted(values)
    size = len(ordered)
    if not size or any(map(isnan, ordered)):
        return nothing(nan, METHOD, confidence, size)
    low = _cut(size, level, tail)
    high = _cut(size, 1 - level, tail)
    interval = Interval(
        ordered[low] if low >= 0 else -inf, ordered[size - 1 - high] if high >= 0 else inf, METHOD, confidence
    )
    value = median(ordered) if level == 0.5 else ordered[max(0, ceil(level * size) - 1)]
    return Estimate(value, interval, size)


def median_interval(values: Sequence[float], confidence: float) -> Estimate:
    """Give the median of independent figures and its interval; see `quantile_interval`."""
    return quantile_interval(values, 0.5, confidence)


def _cut(size: int, level: float, tail: float) -> int:
    """Give how many of the smallest figures lie outside; -1 if even the smallest may be above the quantile."""
    cut = -1
    # The true quantile is below the (cut + 1)th smallest figure with the probability that at most `cut` are below it.
    while cut + 1 < size and float(bdtr(cut + 1, size, level)) <= tail:
        cut += 1
    return cut
