"""Ratios of two means that vary together from run to run, or from cycle to cycle."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, isfinite, nan, sqrt
from statistics import fmean, stdev

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.statistics.interval import Estimate, Interval, checked, nothing
from bookdelivery.simulation.statistics.means import student_quantile

METHOD = "ratio of sums, jackknifed"


def ratio_interval(
    parts: Sequence[float], wholes: Sequence[float], confidence: float, method: str = METHOD
) -> Estimate:
    """Give the ratio of two sums over independent runs or regenerative cycles, with the jackknife's interval.

    Parts and wholes of the same run depend on one another, so neither has an interval that could be divided by the
    other's. The jackknife takes the bias of the ratio away but for the order of 1/n^2 and estimates its variance from
    what leaving one run out changes (Miller, Biometrika 61, 1974; for regenerative simulation Iglehart, Naval Research
    Logistics Quarterly 22, 1975).

    Args:
        parts: the numerators.
        wholes: the denominators; what is 0 or not finite on either side makes a run say nothing and is left out.
        confidence: of the interval, between 0 and 1.
        method: what to call the way it was found.

    Raises:
        InvalidField: they are not equally many, or the confidence is none.
    """
    if len(parts) != len(wholes):
        raise InvalidField("ratio_interval", "wholes", f"{len(wholes)} figures", f"as many as parts, {len(parts)}")
    checked(confidence)
    pairs = [(a, b) for a, b in zip(parts, wholes, strict=True) if isfinite(a) and isfinite(b) and b > 0]
    size = len(pairs)
    part, whole = fsum(a for a, _ in pairs), fsum(b for _, b in pairs)
    ratio = part / whole if size else nan
    if size < 2:
        return nothing(ratio, method, confidence, size)
    pseudo = [size * ratio - (size - 1) * (part - a) / (whole - b) for a, b in pairs]
    centre = fmean(pseudo)
    reach = student_quantile(confidence, size - 1) * stdev(pseudo) / sqrt(size)
    return Estimate(ratio, Interval(centre - reach, centre + reach, method, confidence), size)
