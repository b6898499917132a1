"""What a metric gives for one run, and what many runs say together, by the interval that is right for its kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from math import fsum, isnan, nan

import attrs

from bookdelivery.simulation.statistics import (
    Estimate,
    availability_interval,
    clopper_pearson,
    mean_interval,
    quantile_interval,
    share_interval,
)
from bookdelivery.simulation.statistics.interval import nothing


@attrs.frozen
class Share:
    """How many of how many: orders of a run, or seconds. Runs with more of them weigh more.

    Args:
        part: of how many it holds.
        whole: how many there are.
    """

    part: float
    whole: float

    def __float__(self) -> float:
        return self.part / self.whole if self.whole else nan


def _seconds(given: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(one) for one in given)


@attrs.frozen
class Cycles:
    """How long something was up, then down, then up again.

    Args:
        up_s: for each cycle the seconds up.
        down_s: for each the seconds it was then down; as many.
        rest_up_s: the seconds it was up in what the run ended with, which is no whole cycle.
        rest_down_s: the seconds it was down in it.
    """

    up_s: tuple[float, ...] = attrs.field(converter=_seconds)
    down_s: tuple[float, ...] = attrs.field(converter=_seconds)
    rest_up_s: float = attrs.field(default=0.0, converter=float)
    rest_down_s: float = attrs.field(default=0.0, converter=float)

    def __float__(self) -> float:
        up, down = fsum([*self.up_s, self.rest_up_s]), fsum([*self.down_s, self.rest_down_s])
        return up / (up + down) if up + down else nan


Reading = float | Share | Cycles
"""What a metric gives for one run: a number, not a number if there was nothing to measure; a share; or cycles."""


class Kind(StrEnum):
    """What kind of figure a metric gives, and so which interval is right for it."""

    MEAN = "mean"
    """Averaged over runs, with Student's interval: counts, rates, means of a run."""

    MEDIAN = "median"
    """The typical run's, by order statistics: quantiles, maxima, times that may be infinite."""

    QUANTILE = "quantile"
    """What a share of all runs stays below, by order statistics: what happens on one day in ten."""

    SHARE = "share"
    """Parts over wholes (`Share`), from the spread between runs: customers of one run are not independent."""

    EVENT = "event"
    """True or false for a whole run; runs are independent, so the exact binomial interval is right."""

    AVAILABILITY = "availability"
    """The share of time up in the long run, by renewal-reward over the outage cycles (`Cycles`) of all runs."""


def estimate(kind: Kind, readings: Sequence[Reading], confidence: float, level: float = 0.5) -> Estimate:
    """Say what one reading a run tells, with the interval that is right for its kind.

    A run in which there was nothing to measure leaves the interval open, as it may hide the worst; but for shares and
    availability, where it adds nothing to either sum.

    Args:
        kind: of the figure.
        readings: one a run, of that kind.
        confidence: of the interval, between 0 and 1.
        level: for quantiles, what share of runs stays below.

    Raises:
        InvalidField: the confidence or the level is none.
    """
    if kind in {Kind.SHARE, Kind.AVAILABILITY}:
        return _of_sums(kind, readings, confidence)
    values = [float(one) for one in readings]
    if kind in {Kind.MEDIAN, Kind.QUANTILE}:
        return quantile_interval(values, 0.5 if kind is Kind.MEDIAN else level, confidence)
    if kind is Kind.EVENT and not any(map(isnan, values)):
        return clopper_pearson(sum(value > 0 for value in values), len(values), confidence)
    return mean_interval(values, confidence)


def _of_sums(kind: Kind, readings: Sequence[Reading], confidence: float) -> Estimate:
    if kind is Kind.SHARE:
        shares = [one for one in readings if isinstance(one, Share)]
        if len(shares) == len(readings):
            return share_interval([one.part for one in shares], [one.whole for one in shares], confidence)
    else:
        cycles = [one for one in readings if isinstance(one, Cycles)]
        if len(cycles) == len(readings):
            up = [seconds for one in cycles for seconds in one.up_s]
            down = [seconds for one in cycles for seconds in one.down_s]
            return availability_interval(
                up,
                down,
                confidence,
                rest_up_s=fsum(one.rest_up_s for one in cycles),
                rest_down_s=fsum(one.rest_down_s for one in cycles),
            )
    return nothing(nan, "none, as a run measured nothing", confidence, len(readings))
