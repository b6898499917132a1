"""Visitors come for real when the simulation's come, and their waiting counts from then."""

from __future__ import annotations

import asyncio

import numpy as np

from bookdelivery.services.drill.entrance import MEANT
from bookdelivery.services.drill.load import arrivals_s, bring, come_and_go
from bookdelivery.simulation import ClosedLoop, Constant, Poisson


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_the_same_seed_brings_the_same_visitors() -> None:
    times = arrivals_s(Poisson(per_second=20), 10.0, rng())
    assert times == arrivals_s(Poisson(per_second=20), 10.0, rng())
    assert 120 < len(times) < 280
    assert list(times) == sorted(times)
    assert times[-1] < 10


def test_a_visit_that_is_begun_late_counts_from_when_it_was_meant_to_begin() -> None:
    async def body() -> None:
        began_s = asyncio.get_running_loop().time()
        meant: list[float | None] = []

        async def visit() -> None:
            meant.append(MEANT.get())

        # All of them were due before anybody looked at the clock.
        due_s = [began_s - 10 + at_s for at_s in arrivals_s(Constant(per_second=1), 5.0, rng())]
        await bring(due_s, visit, asyncio.Event())
        assert meant == due_s

    asyncio.run(body())


def test_nobody_comes_any_more_once_it_is_over() -> None:
    async def body() -> None:
        over, visits = asyncio.Event(), 0
        over.set()

        async def visit() -> None:
            nonlocal visits
            visits += 1

        now = asyncio.get_running_loop().time()
        await bring([now - 2, now - 1], visit, over)
        await come_and_go(ClosedLoop(users=2, think_time_s=0.01), visit, now + 3600, rng(), over)
        assert visits == 0

    asyncio.run(body())
