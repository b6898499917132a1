"""A million orders in one run: the memory they take, and whether each takes as long as one of ten thousand.

Ten orders a second for more than a day, of which a hundredth is written down row by row and all are in the exact
totals (`keep_rows=0.01`). Every run has a process of its own; its peak is that of Python and the libraries as well, and
of the table of orders and the summary that are made of it.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import attrs

from benchmarks.memory import peak_mb
from benchmarks.rows import Row, duration, figure
from bookdelivery.simulation import Poisson, Scenario, simulate

PER_SECOND = 10.0
FEW, MANY = 10_000, 1_000_000
MANY_WHEN_SHORT = 30_000

MEMORY_AT_MOST_MB = 2_000.0

PER_ORDER_AT_MOST = 1.1
"""How many times as long as one of few an order may take that is one of many."""


@attrs.frozen
class Run:
    """What one run took.

    Attributes:
        orders: how many orders there were.
        cpu_s: CPU seconds for the run, without its tables; it is one thread that never waits.
        simulated_mb: the most memory its process had until its end, in 10^6 bytes.
        peak_mb: the same until the orders and the summary had been made.
    """

    orders: int
    cpu_s: float
    simulated_mb: float
    peak_mb: float

    @property
    def per_order_s(self) -> float:
        """CPU seconds an order."""
        return self.cpu_s / self.orders


def left_out() -> str:
    """Say why it is left out of a whole run of the benchmarks."""
    return "it takes half an hour; ask for it by its name"


def rows(*, short: bool) -> Iterable[Row]:
    """Measure the small run on both sides of the large one, as the machine may get faster or slower meanwhile."""
    before, large, after = map(_measured, (FEW, MANY_WHEN_SHORT if short else MANY, FEW))
    what = f"{large.orders:,} orders, keep_rows=0.01"
    limit_mb = MEMORY_AT_MOST_MB
    yield duration(f"{what}: peak memory, orders and summary made", large.peak_mb, limit_mb, unit="MB", floor=1.0)
    yield figure(f"{what}: peak memory of the run", large.simulated_mb, unit="MB")
    times = large.per_order_s / ((before.per_order_s + after.per_order_s) / 2)
    yield duration(f"{what}: an order against one of {FEW:,}", times, PER_ORDER_AT_MOST, unit="times", floor=1.0)
    yield figure(what, large.orders / large.cpu_s, unit="orders/s")


def _measured(orders: int) -> Run:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
        return apart.submit(_run, orders).result()


def _run(orders: int) -> Run:
    began = time.process_time()
    result = simulate(Scenario(load=Poisson(per_second=PER_SECOND), lasts=orders / PER_SECOND, keep_rows=0.01))
    cpu_s = time.process_time() - began
    simulated_mb = peak_mb()
    assert result.drained
    result.summary()
    return Run(len(result.orders), cpu_s, simulated_mb, peak_mb())


if __name__ == "__main__":
    from benchmarks.__main__ import main

    sys.exit(main(["a_million_orders", *sys.argv[1:]]))
