"""How many orders a second the simulation gets through, the whole real domain in the loop, and where the time goes.

The scenario is that of requirement N2: ordermanagement is down for an hour while customers keep coming. It grows in
two ways. In a run ten times as long, a tenth of the orders wait when the outage ends; under ten times the load nearly
all of them do, and what is under way takes a gigabyte. Beside it stands a shop without any trouble, all of whose tables
are made. Every run that is timed has a process of its own, so that none finds the memory of another; the peak is that
of its process, Python and libraries included. Orders are held against what another library needs for much less:
customers of a bare tandem of four stations in salabim. How the split is taken is told in `benchmarks.split`.
"""

from __future__ import annotations

import multiprocessing
import random
import statistics
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import attrs

from benchmarks.memory import peak_mb
from benchmarks.rows import Row, duration, figure, rate
from benchmarks.split import split, untroubled
from benchmarks.tandem import in_salabim
from bookdelivery.requirements.nonfunctional.accepting import scenario
from bookdelivery.simulation import Poisson, Scenario, simulate

GROWTH_AT_MOST = 11.0
"""Ten times the orders may take this many times as long."""

PEER_AT_LEAST = 0.5
"""An order's whole life may cost what so many customers of salabim's tandem cost, the other way round."""

PEERS_CUSTOMERS = 10_000

ROUNDS = 3

FRAMES_AT_MOST = 0.15
"""What making all tables may take, as a part of the whole run."""


@attrs.frozen
class Run:
    """What one run took.

    Attributes:
        orders: how many orders there were.
        simulating_s: CPU seconds for the run itself, recording included; it is one thread that never waits.
        frames_s: CPU seconds for making all tables of it.
        peak_mb: the most memory its process ever had, in 10^6 bytes.
    """

    orders: int
    simulating_s: float
    frames_s: float
    peak_mb: float


def rows(*, short: bool) -> Iterable[Row]:
    """Measure the run, its growth with ten times the orders, its memory, the cost of tables, and its split."""
    few, many = (300, 3_000) if short else (10_000, 100_000)
    # The small one on both sides of the large ones, as the machine may get faster or slower meanwhile.
    small, longer, large, again = map(
        _measured, (_in_trouble(few), _in_trouble(many, longer=many / few), _in_trouble(many), _in_trouble(few))
    )
    small_s = statistics.fmean([small.simulating_s, again.simulating_s])
    name = f"ten times the orders ({few:,} to {many:,}) in at most {GROWTH_AT_MOST:g} times the time"
    yield duration(f"{name}, in a longer run", longer.simulating_s / small_s, GROWTH_AT_MOST, unit="times", floor=1.0)
    yield figure(
        "the same under ten times the load, nearly all open at once", large.simulating_s / small_s, unit="times"
    )
    yield figure(
        f"simulated orders in N2, {longer.orders:,} orders in a longer run: peak memory", longer.peak_mb, unit="MB"
    )
    what = f"simulated orders in N2, {large.orders:,} orders"
    yield figure(what, large.orders / large.simulating_s, unit="orders/s")
    yield figure(f"{what}: peak memory", large.peak_mb, unit="MB")
    kb = 1e3 * (large.peak_mb - small.peak_mb) / (large.orders - small.orders)
    yield figure(f"{what}: memory that one more order takes", kb, unit="kB")
    calm, whole_s, customers_per_second = _against_salabim(few)
    what = f"simulated orders without faults, {calm.orders:,} orders, all tables made"
    name = f"{what} (peer: salabim, customers of a bare tandem)"
    yield rate(name, calm.orders / whole_s, customers_per_second, unit="orders/s", floor=PEER_AT_LEAST)
    yield duration(
        f"{what}: share of the tables", 100 * calm.frames_s / whole_s, 100 * FRAMES_AT_MOST, unit="%", floor=1
    )
    for part, share in split(untroubled(few)).shares.items():
        yield figure(f"simulated orders without faults, all tables made, share of {part}", 100 * share, unit="%")


def _in_trouble(orders: int, longer: float = 1.0) -> Scenario:
    given = scenario(random.Random(1))
    lasts_s = longer * given.lasts
    return attrs.evolve(given, load=Poisson(per_second=orders / lasts_s), lasts=lasts_s)


def _against_salabim(orders: int) -> tuple[Run, float, float]:
    """Run both in turn; give our median run, its seconds with all tables, and salabim's median rate."""
    runs: list[Run] = []
    rates: list[float] = []
    for seed in range(1, 1 + ROUNDS):
        runs.append(_measured(untroubled(orders)))
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
            rates.append(PEERS_CUSTOMERS / apart.submit(_salabim_s, seed).result())
    run = sorted(runs, key=lambda each: each.simulating_s + each.frames_s)[ROUNDS // 2]
    return run, run.simulating_s + run.frames_s, statistics.median(rates)


def _salabim_s(seed: int) -> float:
    began = time.process_time()
    in_salabim(PEERS_CUSTOMERS, seed)
    return time.process_time() - began


def _measured(run: Scenario) -> Run:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
        return apart.submit(_run, run).result()


def _run(run: Scenario) -> Run:
    began = time.process_time()
    result = simulate(run)
    simulated = time.process_time()
    orders = len(result.frames["orders"])
    ended = time.process_time()
    assert result.drained
    return Run(orders, simulated - began, ended - simulated, peak_mb())
