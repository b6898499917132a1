"""Runs a coroutine in virtual time, where an hour costs nothing and the same seed gives the same run."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bookdelivery.simulation.loop import VirtualLoop

T = TypeVar("T")

EPOCH_S = 1_800_000_000.0
"""What the clock shows when a run begins, in seconds since the Unix epoch."""


class LoopClock:
    """Tells the time of day by the running loop's clock."""

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        return EPOCH_S + asyncio.get_running_loop().time()


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time and give the result.

    Raises:
        Deadlock: nothing is left to happen, and it still waits.
    """
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
