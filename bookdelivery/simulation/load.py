"""Who comes when: the load on the shop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import attrs
import numpy as np

from bookdelivery.simulation._checks import a_count, a_rate
from bookdelivery.simulation.distributions import Distribution, Draw, Exponential, a_distribution, distribution

Visit = Callable[[], Awaitable[None]]
"""One visit from its beginning to its end; calling it counts the visitor in."""


class Load(Protocol):
    """Sends visitors; write your own by giving these two."""

    async def bring(self, visit: Visit, until_s: float, rng: np.random.Generator) -> None:
        """Begin visits up to a moment of virtual time, in seconds; return when the last has ended.

        Args:
            visit: begins a visit when it is called.
            until_s: when the last visit may begin.
            rng: where randomness comes from.
        """
        ...

    def describe(self) -> str:
        """Say in a few words what it is, for titles."""
        ...


@attrs.frozen
class Poisson:
    """Many people who know nothing of one another: independent arrivals at a constant rate, open loop.

    Args:
        per_second: the mean rate.
    """

    per_second: float = attrs.field(validator=a_rate)

    async def bring(self, visit: Visit, until_s: float, rng: np.random.Generator) -> None:
        """Let a visitor in after each exponential gap."""
        await _open_loop(visit, until_s, Exponential(1 / self.per_second).draws(rng))

    def describe(self) -> str:
        """Name the rate."""
        return f"Poisson, {self.per_second:g}/s"


@attrs.frozen
class Constant:
    """Arrivals as regular as a clock's ticks.

    Args:
        per_second: the rate.
    """

    per_second: float = attrs.field(validator=a_rate)

    async def bring(self, visit: Visit, until_s: float, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Let a visitor in after each gap; the first one comes after one gap."""
        gap_s = 1 / self.per_second
        await _open_loop(visit, until_s, lambda: gap_s)

    def describe(self) -> str:
        """Name the rate."""
        return f"constant, {self.per_second:g}/s"


@attrs.frozen
class ClosedLoop:
    """A fixed number of users, each of whom comes again some time after the last visit ended.

    Args:
        users: how many.
        think_time_s: between two visits of the same user, in seconds; also before the first.
    """

    users: int = attrs.field(validator=a_count)
    think_time_s: Distribution = attrs.field(default=Exponential(1.0), converter=distribution, validator=a_distribution)

    async def bring(self, visit: Visit, until_s: float, rng: np.random.Generator) -> None:
        """Let each user think, visit, and think again."""
        draw = self.think_time_s.draws(rng)
        now = asyncio.get_running_loop().time

        async def user() -> None:
            while True:
                await asyncio.sleep(draw())
                if now() >= until_s:
                    return
                await visit()

        async with asyncio.TaskGroup() as users:
            for _ in range(self.users):
                users.create_task(user())

    def describe(self) -> str:
        """Name the number of users."""
        return f"closed loop, {self.users} users"


async def _open_loop(visit: Visit, until_s: float, gap_s: Draw) -> None:
    now = asyncio.get_running_loop().time
    # Counted from the last arrival, not from when this task woke, so that no rounding adds up.
    at = now()
    async with asyncio.TaskGroup() as visits:
        while (at := at + gap_s()) < until_s:
            await asyncio.sleep(at - now())
            visits.create_task(_one(visit))


async def _one(visit: Visit) -> None:
    await visit()
