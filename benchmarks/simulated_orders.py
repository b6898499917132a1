"""Orders simulated per second: the whole bookstore in virtual time, with ordermanagement down for a while (N2).

Every table is recorded. Also: where the time goes, by a profile, and how it grows with the number of orders.
"""

from __future__ import annotations

import cProfile
import pstats
import statistics
import time
from collections import Counter
from collections.abc import Iterable

from benchmarks.rows import Row, duration, figure
from bookdelivery.simulation import Customers, Outage, People, Poisson, Scenario, simulate

PER_SECOND = 50.0
LONGEST_GROWTH = 11.0
"""How many times as long ten times the orders may take."""

# The first part of a file's path that is found here says what its time is spent on.
PARTS = (
    ("bookdelivery/contexts/", "domain"),
    ("bookdelivery/kernel/", "domain"),
    ("bookdelivery/application/", "engine"),
    ("bookdelivery/resilience/", "engine"),
    ("bookdelivery/adapters/", "adapters"),
    ("bookdelivery/simulation/recording.py", "measuring"),
    ("bookdelivery/simulation/tables.py", "measuring"),
    ("bookdelivery/simulation/frames.py", "measuring"),
    ("pandas/", "measuring"),
    ("bookdelivery/simulation/_", "loop"),
    ("bookdelivery/simulation/loop", "loop"),
    ("bookdelivery/simulation/", "world"),
    ("simpy/", "loop"),
    ("asyncio/", "loop"),
)


def rows(*, short: bool) -> Iterable[Row]:
    """Measure the rate, its split and its growth."""
    orders = 500 if short else 2_000
    rates = [orders / seconds_for(orders) for _ in range(3)]
    yield figure(
        f"simulated orders/s, ordermanagement down ({orders:,} orders)", statistics.median(rates), unit="orders/s"
    )
    for part, share in split(orders).items():
        yield figure(f"of which {part}, by a profile", 100 * share, unit="%")
    few = 500 if short else 10_000
    growth = seconds_for(10 * few) / seconds_for(few)
    yield duration(
        f"time for {10 * few:,} orders over time for {few:,} (peer: the most it may be)",
        growth,
        LONGEST_GROWTH,
        unit="x",
        floor=1.0,
    )


def scenario(orders: int) -> Scenario:
    """So many orders, on average; ordermanagement is down for a quarter of the time. People hurry: no pod is idle."""
    lasts = orders / PER_SECOND
    return Scenario(
        load=Poisson(PER_SECOND),
        lasts=lasts,
        seed=7,
        customers=Customers(cancel_after_s=5.0, look_after_s=10.0),
        people=People(take_s=3.0, pack_s=5.0, deliver_s=10.0),
        faults=[Outage("ordermanagement", at=lasts / 4, lasts=lasts / 4)],
    )


def seconds_for(orders: int) -> float:
    """Simulate so many orders and make all tables; the processor time it takes, in seconds for exactly that many."""
    began = time.process_time()
    result = simulate(scenario(orders))
    tables = result.frames
    seconds = time.process_time() - began
    assert result.drained
    return seconds * orders / len(tables["orders"])


def split(orders: int) -> dict[str, float]:
    """Say which share of the time is spent on what, the largest first; built-in functions count for their callers."""
    profile = cProfile.Profile()
    profile.runcall(seconds_for, orders)
    spent: Counter[str] = Counter()
    for (file, _, _), (_, _, own_s, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file == "~":
            for (calling_file, _, _), (_, _, from_there_s, _) in callers.items():
                spent[part_of(calling_file)] += from_there_s
        else:
            spent[part_of(file)] += own_s
    total = sum(spent.values())
    return {part: seconds / total for part, seconds in spent.most_common()}


def part_of(file: str) -> str:
    """Name what a file's time is spent on."""
    return next((part for piece, part in PARTS if piece in file.replace("\\", "/")), "other")
