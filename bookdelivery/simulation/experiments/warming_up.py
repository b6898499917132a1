"""How long a scenario takes to forget that it began empty."""

from __future__ import annotations

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.experiments.readers import Numbers, SteadyMean
from bookdelivery.simulation.experiments.seeds import replication_seed
from bookdelivery.simulation.experiments.trials import MakeSystem, the_bookstore
from bookdelivery.simulation.result import Result
from bookdelivery.simulation.scenario import Scenario
from bookdelivery.simulation.simulating import simulate
from bookdelivery.simulation.statistics import pooled_warm_up

PILOT = 1_000_000
"""Pilot runs have numbers beyond this one, so that they share no seed with the replications that follow."""

MOMENTS = 500
"""Into how many equal parts of time a pilot run is averaged."""


def find_warm_up(
    scenario: Scenario,
    metric: SteadyMean,
    *,
    runs: int = 5,
    seed: int | None = None,
    system: MakeSystem = the_bookstore,
) -> float:
    """Find how much of the beginning to forget, in seconds, for `SteadyMean(..., warm_up_s=...)`.

    A few pilot runs are averaged moment by moment, and MSER-5 finds where their average settles (see `pooled_warm_up`):
    all replications that follow then forget the same, and none forgets a busy time that was no warm-up.

    Args:
        scenario: what is run.
        metric: what is read off; its own `warm_up_s` does not matter.
        runs: how many pilot runs, in this process.
        seed: of the experiment; the scenario's own if not given.
        system: makes the system that is simulated.

    Raises:
        InvalidField: a number is out of range, there is no such table or column, or the runs do not settle in the first
            half of their time.
    """
    if type(runs) is not int or runs < 1:
        raise InvalidField("find_warm_up", "runs", runs, "a whole number, 1 or more")
    series = []
    for number in range(1, runs + 1):
        own_seed = replication_seed(scenario.seed if seed is None else seed, PILOT + number)
        result = simulate(attrs.evolve(scenario, seed=own_seed), system())
        series.append(_averaged(metric, result, scenario.lasts))
    settled = pooled_warm_up(series)
    if 2 * settled >= MOMENTS:
        allowed = f"long enough to settle in its first half, which {metric.column} does not"
        raise InvalidField("Scenario", "lasts", scenario.lasts, allowed)
    return settled * scenario.lasts / MOMENTS


def _averaged(metric: SteadyMean, result: Result, lasts_s: float) -> Numbers:
    times, values = metric.series(result)
    moments = np.clip((times / lasts_s * MOMENTS).astype("int64"), 0, MOMENTS - 1)
    counts = np.bincount(moments, minlength=MOMENTS)
    sums = np.bincount(moments, weights=values, minlength=MOMENTS)
    seen = counts > 0
    if not seen.any():
        raise InvalidField("find_warm_up", "metric", metric.column, "a column with a number in every run")
    # Where nobody came it is as it was around that time.
    return np.interp(np.arange(MOMENTS), np.flatnonzero(seen), sums[seen] / counts[seen])
