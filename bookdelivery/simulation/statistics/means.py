"""Means of independent runs, and what two systems differ by on average."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan, sqrt
from statistics import fmean, stdev

from scipy.special import stdtrit

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.statistics.interval import Estimate, Interval, checked, nothing

OVER_REPLICATIONS = "Student's t over replications"
PAIRED = "Student's t over paired replications"


def student_quantile(confidence: float, degrees: int) -> float:
    """Give what a two-sided Student interval of this confidence is wide, in standard errors to either side."""
    return float(stdtrit(degrees, 0.5 + confidence / 2))


def mean_interval(values: Sequence[float], confidence: float, method: str = OVER_REPLICATIONS) -> Estimate:
    """Give the mean of independent figures and Student's interval.

    With fewer than two figures, or one that is not finite, it says nothing. The interval is right where the mean of so
    many figures is about normal: means and other smooth figures of long runs are; heavy-tailed ones take more runs (see
    Law, Simulation Modeling and Analysis, 5th ed., section 4.5).

    Args:
        values: one figure a run; runs are independent, customers of the same run are not.
        confidence: of the interval, between 0 and 1.
        method: what to call the way it was found.

    Raises:
        InvalidField: the confidence is none.
    """
    size = len(values)
    if size < 2 or not all(map(isfinite, values)):
        return nothing(fmean(values) if values else nan, method, checked(confidence), size)
    centre = fmean(values)
    reach = student_quantile(checked(confidence), size - 1) * stdev(values) / sqrt(size)
    return Estimate(centre, Interval(centre - reach, centre + reach, method, confidence), size)


def paired_interval(first: Sequence[float], second: Sequence[float], confidence: float) -> Estimate:
    """Give by how much the second mean exceeds the first, where figures of the same place belong together.

    The interval is Student's over the differences. It holds whether or not the pairs share their random numbers, and is
    the narrower the more alike these make them (Law, section 10.2.1 and 11.2).

    Raises:
        InvalidField: they are not equally many, or the confidence is none.
    """
    if len(first) != len(second):
        raise InvalidField("paired_interval", "second", f"{len(second)} figures", f"as many as first, {len(first)}")
    return mean_interval([b - a for a, b in zip(first, second, strict=True)], confidence, PAIRED)
