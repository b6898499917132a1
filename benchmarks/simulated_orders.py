"""How many orders a second the simulation gets through, the whole real domain in the loop, and where the time goes.

The scenario is that of requirement N2: ordermanagement is down for an hour while customers keep coming. The split is
taken from a profile of one run, whose overhead makes it a share of calls rather than of seconds; read it as a guide.
"""

from __future__ import annotations

import cProfile
import gc
import pstats
import random
import time
from collections import Counter
from collections.abc import Iterable

import attrs

from benchmarks.rows import Row, duration, figure
from bookdelivery.requirements.nonfunctional.accepting import LASTS_S, scenario
from bookdelivery.simulation import Poisson, Result, Scenario, simulate

GROWTH_AT_MOST = 11.0
"""Ten times the orders may take this many times as long."""

PARTS = {
    "domain": ("bookdelivery/contexts", "bookdelivery/kernel"),
    "engine": ("bookdelivery/application", "bookdelivery/resilience", "bookdelivery/adapters"),
    "measuring": ("simulation/recording", "simulation/tables", "simulation/frames", "pandas", "numpy"),
    "loop": ("simulation/_", "simulation/loop", "simpy", "asyncio", "heapq"),
    "world": ("bookdelivery/simulation",),
}
"""Which files count as what; the first that fits."""


def rows(*, short: bool) -> Iterable[Row]:
    """Measure one run, its growth with ten times the orders, and its split."""
    few, many = (300, 3_000) if short else (10_000, 100_000)
    few_s, _ = _timed(_scenario(few))
    many_s, result = _timed(_scenario(many))
    orders = len(result.orders)
    yield figure(f"simulated orders in N2, {orders:,} orders", orders / many_s, unit="orders/s")
    name = f"ten times the orders ({few:,} to {many:,}) in at most {GROWTH_AT_MOST:g} times the time"
    yield duration(name, many_s / few_s, GROWTH_AT_MOST, unit="times", floor=1.0)
    for part, share in _split(_scenario(300 if short else 2_000)).items():
        yield figure(f"simulated orders in N2, share of {part}", 100 * share, unit="%")


def _scenario(orders: int) -> Scenario:
    return attrs.evolve(scenario(random.Random(1)), load=Poisson(per_second=orders / LASTS_S))


def _timed(run: Scenario) -> tuple[float, Result]:
    gc.collect()
    began = time.perf_counter()
    result = simulate(run)
    took_s = time.perf_counter() - began
    assert result.drained
    return took_s, result


def _split(run: Scenario) -> dict[str, float]:
    profile = cProfile.Profile()
    profile.enable()
    simulate(run)
    profile.disable()
    spent_s: Counter[str] = Counter()
    for (file, _, _), (_, _, own_s, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        spent_s[_part(file)] += own_s
    return {part: seconds / spent_s.total() for part, seconds in spent_s.most_common()}


def _part(file: str) -> str:
    path = file.replace("\\", "/")
    return next((part for part, marks in PARTS.items() if any(mark in path for mark in marks)), "Python itself")
