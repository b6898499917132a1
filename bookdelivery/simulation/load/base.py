"""What a load is, and how visitors are let in who do not wait for one another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import numpy as np

from bookdelivery.simulation.distributions import Draw

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


async def open_loop(visit: Visit, until_s: float, gap_s: Draw) -> None:
    """Let a visitor in after each gap, whatever becomes of those before.

    Args:
        visit: begins a visit.
        until_s: when the last may begin, in seconds.
        gap_s: gives the seconds from one visitor to the next; the first gap begins now.
    """
    now = asyncio.get_running_loop().time
    # Counted from the last arrival, not from when this task woke, so that no rounding adds up.
    at = now()
    async with asyncio.TaskGroup() as visits:
        while (at := at + gap_s()) < until_s:
            await asyncio.sleep(at - now())
            visits.create_task(_one(visit))


async def _one(visit: Visit) -> None:
    await visit()
