"""Shares: of independent trials, and of what happens inside of runs, where only the runs are independent."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan, sqrt

from scipy.special import betaincinv, ndtri

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.statistics.interval import Estimate, Interval, checked
from bookdelivery.simulation.statistics.ratios import ratio_interval

EXACT = "Clopper-Pearson over replications"
SCORE = "Wilson score over independent trials"
NONE_FOUND = "exact upper bound for none found (rule of three)"
SHARE = "ratio of sums over replications, jackknifed"
RARE = "ratio of sums over replications, bounded by the exact rate of runs that saw any"
FEW = 5
"""With fewer runs than this that saw any at all, the spread between runs says too little."""


def clopper_pearson(successes: int, trials: int, confidence: float) -> Estimate:
    """Give the share of successes in independent trials and its exact interval.

    Clopper & Pearson's (Biometrika 26, 1934) covers with at least the confidence for every share and number. Trials are
    runs, not the orders of a run.

    Raises:
        InvalidField: there are more successes than trials, or fewer than none.
    """
    _count(successes, trials)
    tail = (1 - checked(confidence)) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, trials - successes + 1, tail))
    high = 1.0 if successes == trials else float(betaincinv(successes + 1, trials - successes, 1 - tail))
    share = successes / trials if trials else nan
    return Estimate(share, Interval(low, high, EXACT, confidence), trials)


def wilson(successes: int, trials: int, confidence: float) -> Estimate:
    """Give the share of successes in independent trials and Wilson's score interval (JASA 22, 1927).

    Its coverage is near the confidence on average, at times a little below, where Clopper and Pearson's is never below
    and often far above (Brown, Cai & DasGupta, Statistical Science 16, 2001): for showing; verdicts take the exact one.

    Raises:
        InvalidField: there are more successes than trials, or fewer than none.
    """
    _count(successes, trials)
    if not trials:
        return Estimate(nan, Interval(0.0, 1.0, SCORE, checked(confidence)), 0)
    z = float(ndtri(0.5 + checked(confidence) / 2))
    share = successes / trials
    shrink = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / shrink
    reach = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / shrink
    low = 0.0 if successes == 0 else centre - reach
    high = 1.0 if successes == trials else centre + reach
    return Estimate(share, Interval(low, high, SCORE, confidence), trials)


def none_found(trials: int, confidence: float) -> Estimate:
    """Bound the rate of what was found in none of so many independent runs.

    Exactly 1 - (1 - confidence)^(1/n), which the rule of three calls 3/n (Hanley & Lippman-Hand, JAMA 249, 1983).

    Raises:
        InvalidField: there are fewer trials than none.
    """
    _count(0, trials)
    high = 1.0 if not trials else 1.0 - (1.0 - checked(confidence)) ** (1.0 / trials)
    return Estimate(0.0 if trials else nan, Interval(0.0, high, NONE_FOUND, confidence), trials)


def share_interval(parts: Sequence[float], wholes: Sequence[float], confidence: float) -> Estimate:
    """Give the share of customers, calls or seconds that something holds for, from a count in each of several runs.

    Customers of a run share its queues, its outage and its luck, so a binomial interval over all of them is far too
    narrow. Here the runs are the sample: the share is the sum of the parts over the sum of the wholes, and its interval
    comes from the spread between runs (see `ratio_interval`).

    Where some runs saw none and fewer than five saw any, that spread says little, and nothing at all if no run did. As
    no run's share exceeds 1, the share is at most the rate of runs that see any, which has an exact bound (Clopper &
    Pearson); that is the upper end then, unless the jackknife's is higher, and 0 the lower. Exceptions that few runs
    saw are treated alike. This takes the runs to be equally large.

    Args:
        parts: for each run, how many it held for.
        wholes: for each run, of how many.
        confidence: of the interval, between 0 and 1.

    Raises:
        InvalidField: a part exceeds its whole, or they are not equally many.
    """
    for part, whole in zip(parts, wholes, strict=False):
        if not 0 <= part <= whole:
            raise InvalidField("share_interval", "parts", part, f"from 0 to its whole, {whole}")
    found = ratio_interval(parts, wholes, confidence, SHARE)
    pairs = [(part, whole) for part, whole in zip(parts, wholes, strict=True) if whole > 0]
    runs = len(pairs)
    if not runs:
        return Estimate(nan, Interval(0.0, 1.0, SHARE, confidence), 0)
    low, high, method = max(0.0, found.interval.low), min(1.0, found.interval.high), SHARE
    some = sum(part > 0 for part, _ in pairs)
    short = sum(part < whole for part, whole in pairs)
    seldom, nearly_always = some < min(FEW, runs), short < min(FEW, runs)
    if seldom:
        low, high, method = 0.0, _at_most(high, some, runs, confidence), RARE
    if nearly_always:
        low, high, method = 0.0 if seldom else 1.0 - _at_most(1.0 - low, short, runs, confidence), 1.0, RARE
    return Estimate(found.value, Interval(low, high, method, confidence), runs)


def _at_most(by_spread: float, having: int, runs: int, confidence: float) -> float:
    if not having:
        return none_found(runs, confidence).interval.high
    return max(by_spread, clopper_pearson(having, runs, confidence).interval.high)


def _count(successes: int, trials: int) -> None:
    if type(trials) is not int or trials < 0:
        raise InvalidField("proportion", "trials", trials, "a whole number, 0 or more")
    if type(successes) is not int or not 0 <= successes <= trials:
        raise InvalidField("proportion", "successes", successes, f"a whole number from 0 to the trials, {trials}")
