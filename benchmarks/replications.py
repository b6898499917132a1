"""Eight replications of a scenario on two cores, against the same in one process."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.rows import Row, rate
from benchmarks.split import untroubled
from bookdelivery.simulation.experiments import replicate

REPLICATIONS = 8
CORES = 2
AT_LEAST = 1.8
"""So many times as fast two processes have to be."""


def rows(*, short: bool) -> Sequence[Row]:
    """Replications per second of the wall clock, on two cores and in one process, starting processes included."""
    orders = 200 if short else 4_000
    seconds = {workers: _seconds(orders, workers) for workers in (1, CORES)}
    name = f"{REPLICATIONS} replications of {orders:,} orders on {CORES} cores (peer: one process)"
    return [rate(name, REPLICATIONS / seconds[CORES], REPLICATIONS / seconds[1], unit="runs/s", floor=AT_LEAST)]


def _seconds(orders: int, workers: int) -> float:
    began = time.perf_counter()
    done = replicate(untroubled(orders), REPLICATIONS, seed=1, workers=workers, progress=False)
    assert not done.failures
    return time.perf_counter() - began
