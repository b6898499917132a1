"""Availability, from cycles of being up and being down."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, fsum, isfinite, log, sqrt
from statistics import variance

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.statistics.interval import Estimate, Interval, checked
from bookdelivery.simulation.statistics.means import student_quantile

METHOD = "renewal-reward over outage cycles"


def availability_interval(
    up_s: Sequence[float],
    down_s: Sequence[float],
    confidence: float,
    *,
    rest_up_s: float = 0.0,
    rest_down_s: float = 0.0,
) -> Estimate:
    """Give the share of time that something is up in the long run, from its independent cycles.

    By the renewal-reward theorem it is E[up] / (E[up] + E[down]), whatever the distributions (Ross, Introduction to
    Probability Models, section 7.4). The interval is Student's for the logarithm of the ratio of the two means, with
    its variance by the delta method: ratios of positive means are about log-normal, and the ends stay between 0 and 1
    (for exponential times the exact interval is that of an F distribution, which this approaches from few cycles on).
    With fewer than two cycles, or none with time down, it says nothing.

    What an observation ended with is no whole cycle, but leaving it out would favour short ones: of a dozen cycles with
    a tenth of their time down it makes an eighth. So it counts in the sums, as in the mean life of censored samples,
    and adds nothing to the number of cycles.

    Args:
        up_s: for each cycle, how long it was up, in seconds.
        down_s: for each, how long it was then down, in seconds.
        confidence: of the interval, between 0 and 1.
        rest_up_s: how long it was up in what was cut off, in seconds.
        rest_down_s: how long it was down in it, in seconds.

    Raises:
        InvalidField: they are not equally many, one is negative, or the confidence is none.
    """
    if len(up_s) != len(down_s):
        raise InvalidField("availability_interval", "down_s", f"{len(down_s)} times", f"as many as up_s, {len(up_s)}")
    given = {"up_s": up_s, "down_s": down_s, "rest_up_s": [rest_up_s], "rest_down_s": [rest_down_s]}
    for name, times in given.items():
        for value in times:
            if not (isfinite(value) and value >= 0):
                raise InvalidField("availability_interval", name, value, "a number of seconds, 0 or more")
    checked(confidence)
    cycles, up, down = len(up_s), fsum([*up_s, rest_up_s]), fsum([*down_s, rest_down_s])
    value = up / (up + down) if up + down > 0 else float("nan")
    if cycles < 2 or up == 0 or down == 0:
        return Estimate(value, Interval(0.0, 1.0, METHOD, confidence), cycles)
    up_mean, down_mean = up / cycles, down / cycles
    # The variance of down/down_mean - up/up_mean holds what the two have in common.
    spread = variance([d / down_mean - u / up_mean for u, d in zip(up_s, down_s, strict=True)])
    reach = student_quantile(confidence, cycles - 1) * sqrt(spread / cycles)
    odds = log(down_mean / up_mean)
    return Estimate(
        value, Interval(1 / (1 + exp(odds + reach)), 1 / (1 + exp(odds - reach)), METHOD, confidence), cycles
    )
