"""The uptime of a year, from outage cycles alone: five nines in seconds, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, sqrt

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.statistics import Estimate, Interval
from bookdelivery.simulation.statistics.interval import checked
from bookdelivery.simulation.statistics.means import student_quantile
from bookdelivery.simulation.streams import Streams
from bookdelivery.simulation.theory import YEAR_S
from bookdelivery.simulation.uptime.episodes import Cause, Episodes
from bookdelivery.simulation.uptime.fleet import Fleet

METHOD = "renewal-reward over simulated outage cycles, stratified by cause"
NEVER_DOWN = "none: no simulated outage cycle ever took it down"
PILOT = 500
"""Episodes of each cause played first, to see which causes vary most; half of all where these are few."""

Numbers = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True)
class Forecast:
    """How much of the time a fleet is up in the long run, which is the mean of its years.

    Attributes:
        fleet: whose.
        uptime: the share of time in which enough pods work.
        answered: the share of requests that meet a pod that works, if they come evenly and are never sent twice.
        causes: one row for each cause by its label: per_year; episodes played; down_s_a_year and lost_s_a_year, the
            seconds of a year that it takes (lost: in requests' worth).
    """

    fleet: Fleet
    uptime: Estimate
    answered: Estimate
    causes: pd.DataFrame

    @property
    def down_s_a_year(self) -> tuple[float, float, float]:
        """The seconds of a year in which it is down: the estimate, and the interval's low and high end."""
        interval = self.uptime.interval
        return (1 - self.uptime.value) * YEAR_S, (1 - interval.high) * YEAR_S, (1 - interval.low) * YEAR_S


def forecast_uptime(fleet: Fleet, *, episodes: int = 100_000, seed: int = 1, confidence: float = 0.95) -> Forecast:
    """Say how much of a year a fleet is up, by simulating outage cycles only.

    A fleet with five nines spends nearly all of its time doing nothing that could be learnt from. That time has a known
    mean, one over the rate at which something begins; so only what then follows is simulated, as independent episodes
    for each cause, more of those that vary more (stratified sampling with Neyman's allocation). By the renewal-reward
    theorem the share of time down is D / (1 + T), where D and T add up, over the causes, how often one begins in a
    second of all being well times the mean time down, and the mean length, of its episodes. The interval is that of a
    ratio of stratified means, on a logarithmic scale. Overlapping failures are made likelier and weighed (see
    `bookdelivery.simulation.uptime.episodes`).

    Args:
        fleet: the pods and their troubles.
        episodes: how many to play in all.
        seed: of everything that chance decides.
        confidence: of the intervals.

    Raises:
        InvalidField: a number is out of range.
    """
    if type(episodes) is not int or episodes < 100:
        raise InvalidField("forecast_uptime", "episodes", episodes, "a whole number, 100 or more")
    if type(seed) is not int or seed < 0:
        raise InvalidField("forecast_uptime", "seed", seed, "a whole number, 0 or more")
    checked(confidence)
    player = Episodes(fleet, Streams(seed))
    causes = player.causes
    pilot = max(2, min(PILOT, episodes // (2 * len(causes))))
    played = [_play(player, cause, pilot) for cause in causes]
    for cause, more, place in zip(causes, _allotted(causes, played, episodes), range(len(causes)), strict=True):
        played[place] = np.vstack([played[place], _play(player, cause, more)])
    return Forecast(
        fleet=fleet,
        uptime=_share_of_time(causes, played, DOWN, confidence),
        answered=_share_of_time(causes, played, LOST, confidence),
        causes=_told(causes, played),
    )


LASTED, DOWN, LOST = range(3)
"""Columns of what was played, each already weighed."""


def _play(player: Episodes, cause: Cause, number: int) -> Numbers:
    seen = [player.play(cause.label, biased=True) for _ in range(number)]
    told = np.array(seen, dtype="float64").reshape(-1, 4)
    weighed: Numbers = told[:, 1:] * told[:, :1]
    return weighed


def _allotted(causes: Sequence[Cause], played: Sequence[Numbers], episodes: int) -> list[int]:
    left = episodes - sum(map(len, played))
    # What varies not at all in the pilot may still do so seldom: everybody gets a little.
    spread = [
        cause.per_second * (float(seen[:, DOWN].std() + seen[:, LOST].std()) + 0.05 * float(seen[:, LASTED].mean()))
        for cause, seen in zip(causes, played, strict=True)
    ]
    total = sum(spread)
    return [max(0, int(left * (one / total if total else 1 / len(spread)))) for one in spread]


def _share_of_time(causes: Sequence[Cause], played: Sequence[Numbers], column: int, confidence: float) -> Estimate:
    number = sum(map(len, played))
    rates = [cause.per_second for cause in causes]
    lasted = sum(rate * float(seen[:, LASTED].mean()) for rate, seen in zip(rates, played, strict=True))
    lost = sum(rate * float(seen[:, column].mean()) for rate, seen in zip(rates, played, strict=True))
    share = lost / (1 + lasted)
    if not share:
        return Estimate(1.0, Interval(0.0, 1.0, NEVER_DOWN, confidence), number)
    # The delta method for a ratio: how far each episode's loss is from its share of the time it takes.
    variance = sum(
        rate**2 * float((seen[:, column] - share * seen[:, LASTED]).var(ddof=1)) / len(seen)
        for rate, seen in zip(rates, played, strict=True)
    )
    reach = student_quantile(confidence, number - len(causes)) * sqrt(variance) / (1 + lasted) / share
    # Where it is so wide that it says nothing, no power is needed to see it.
    interval = Interval(max(0.0, 1 - share * exp(min(reach, 100.0))), 1 - share * exp(-reach), METHOD, confidence)
    return Estimate(1 - share, interval, number)


def _told(causes: Sequence[Cause], played: Sequence[Numbers]) -> pd.DataFrame:
    whole = 1 + sum(cause.per_second * seen[:, LASTED].mean() for cause, seen in zip(causes, played, strict=True))
    rows = {
        cause.label: {
            "per_year": cause.per_second / whole * YEAR_S,
            "episodes": len(seen),
            "down_s_a_year": cause.per_second * seen[:, DOWN].mean() / whole * YEAR_S,
            "lost_s_a_year": cause.per_second * seen[:, LOST].mean() / whole * YEAR_S,
        }
        for cause, seen in zip(causes, played, strict=True)
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("cause").astype({"episodes": "int64"})
