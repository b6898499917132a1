"""Single years: what uptime one of them has, which is not what they have on average."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate

import pandas as pd

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.statistics import Estimate, clopper_pearson
from bookdelivery.simulation.streams import Streams
from bookdelivery.simulation.theory import YEAR_S
from bookdelivery.simulation.uptime.episodes import Episodes
from bookdelivery.simulation.uptime.fleet import Fleet


def simulate_years(fleet: Fleet, years: int = 200, *, seed: int = 1) -> pd.DataFrame:
    """Play year after year, outage cycle after outage cycle, each as likely as it is.

    Args:
        fleet: the pods and their troubles.
        years: how many.
        seed: of everything that chance decides.

    Returns:
        One row a year: uptime, the share of the year in which enough pods work; answered, the share of requests that
        meet one that works; episodes: how often something happened; outages: how often too few worked. An episode
        belongs to the year in which it begins.

    Raises:
        InvalidField: a number is out of range.
    """
    if type(years) is not int or years < 1:
        raise InvalidField("simulate_years", "years", years, "a whole number, 1 or more")
    if type(seed) is not int or seed < 0:
        raise InvalidField("simulate_years", "seed", seed, "a whole number, 0 or more")
    player = Episodes(fleet, Streams(seed))
    rng = Streams(seed).numpy("uptime", "years")
    rates = [cause.per_second for cause in player.causes]
    rate = sum(rates)
    reached = list(accumulate(each / rate for each in rates))
    totals = [[0.0, 0.0, 0, 0] for _ in range(years)]
    now = 0.0
    while True:
        now += float(rng.exponential(1 / rate))
        if now >= years * YEAR_S:
            break
        # Rounding may leave the last one just below 1.
        place = min(bisect(reached, rng.random()), len(rates) - 1)
        episode = player.play(player.causes[place].label, biased=False)
        year = totals[int(now // YEAR_S)]
        year[0] += episode.down_s
        year[1] += episode.lost_s
        year[2] += 1
        year[3] += episode.down_s > 0
        now += episode.lasted_s
    rows = [
        {"uptime": max(0.0, 1 - down / YEAR_S), "answered": max(0.0, 1 - lost / YEAR_S), "episodes": n, "outages": out}
        for down, lost, n, out in totals
    ]
    return pd.DataFrame(rows).rename_axis("year")


def share_of_years(years: pd.DataFrame, goal: float, confidence: float = 0.95) -> Estimate:
    """Say in what share of years the uptime is at least the goal; years are independent, so the interval is exact.

    Args:
        years: from `simulate_years`.
        goal: a share of the year, such as 0.99999.
        confidence: of the interval.

    Raises:
        InvalidField: the goal is no share, or the confidence none.
    """
    if not 0 <= goal <= 1:
        raise InvalidField("share_of_years", "goal", goal, "a share from 0 to 1")
    return clopper_pearson(int((years["uptime"] >= goal).sum()), len(years), confidence)
