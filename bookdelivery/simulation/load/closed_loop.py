"""Users who wait for their answer before they come again."""

from __future__ import annotations

import asyncio

import attrs
import numpy as np

from bookdelivery.simulation._checks import a_count
from bookdelivery.simulation._waits import Nap
from bookdelivery.simulation.distributions import Distribution, Exponential, a_distribution, distribution
from bookdelivery.simulation.load.base import Visit


@attrs.frozen
class ClosedLoop:
    """A fixed number of users, each of whom comes again some time after the last visit ended.

    With a think time of 0 this is what the load generator siege does.

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
                await Nap(draw())
                if now() >= until_s:
                    return
                await visit()

        async with asyncio.TaskGroup() as users:
            for _ in range(self.users):
                users.create_task(user())

    def describe(self) -> str:
        """Name the number of users."""
        return f"closed loop, {self.users} users"
