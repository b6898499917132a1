"""Who comes when: the arrivals that the simulation has with the same seed, in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import numpy as np
import simpy

from bookdelivery.services.drill.entrance import MEANT
from bookdelivery.simulation import ClosedLoop
from bookdelivery.simulation.load import Load
from bookdelivery.simulation.loop import VirtualLoop

Visit = Callable[[], Awaitable[None]]


def arrivals_s(load: Load, lasts_s: float, rng: np.random.Generator) -> Sequence[float]:
    """Give when visitors come, in seconds from the beginning: what an open-loop load does in virtual time."""
    times_s: list[float] = []
    loop = VirtualLoop(simpy.Environment())

    async def visit() -> None:
        times_s.append(loop.time())

    try:
        loop.run_until_complete(load.bring(visit, lasts_s, rng))
    finally:
        loop.close()
    return times_s


async def bring(due_s: Sequence[float], visit: Visit, over: asyncio.Event) -> None:
    """Begin visits, each at its moment, however the ones before fare; return when the last has ended.

    A visit counts from when it was meant to begin, so that one that was held up here does not look better for it.

    Args:
        due_s: when each is to begin, by the event loop's clock.
        visit: begins a visit when it is called.
        over: once it is set, nobody comes any more.
    """
    async with asyncio.TaskGroup() as visits:
        for at_s in due_s:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(at_s):
                    await over.wait()
            if over.is_set():
                return
            visits.create_task(_meant(visit, at_s))


async def come_and_go(
    load: ClosedLoop, visit: Visit, until_s: float, rng: np.random.Generator, over: asyncio.Event
) -> None:
    """Have a number of users come again and again, each when they have thought about their last visit.

    Args:
        load: how many, and how long they think.
        visit: begins a visit when it is called.
        until_s: when the last visit may begin, by the event loop's clock.
        rng: where randomness comes from.
        over: once it is set, nobody comes any more.
    """
    now = asyncio.get_running_loop().time
    think_s = load.think_time_s.draws(rng)

    async def user() -> None:
        await asyncio.sleep(think_s())
        while now() < until_s and not over.is_set():
            await visit()
            await asyncio.sleep(think_s())

    async with asyncio.TaskGroup() as users:
        for _ in range(load.users):
            users.create_task(user())


async def _meant(visit: Visit, at_s: float) -> None:
    MEANT.set(at_s)
    await visit()
