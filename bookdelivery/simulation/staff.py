"""The people who work in the shop, as SimPy resources: there are so many, and they have their hours."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import simpy

from bookdelivery.simulation.deployment import OpeningHours
from bookdelivery.simulation.loop import VirtualLoop


class Staff:
    """People of one trade. Each does one thing after the other, in the order in which it came up.

    Args:
        loop: on which whoever needs their work waits for it.
        number: how many there are; None: as many as are needed.
        hours: when they begin something; None: around the clock.
    """

    def __init__(self, loop: VirtualLoop, number: int | None, hours: OpeningHours | None) -> None:
        self._loop = loop
        self._people = simpy.Resource(loop.env, capacity=math.inf if number is None else number)  # type: ignore[arg-type]
        self._hours = hours

    @property
    def busy(self) -> int:
        """How many of them have something to do."""
        return self._people.count

    async def work(self, seconds: float) -> None:
        """Wait for one of them, for the shop to open, and for the work to be done."""
        await self._loop.wait_for_event(self._loop.env.process(self._do(seconds)))

    def _do(self, seconds: float) -> Generator[simpy.Event, Any, None]:
        with self._people.request() as turn:
            yield turn
            if self._hours is not None:
                yield self._loop.env.timeout(self._hours.closed_for(self._loop.env.now))
            yield self._loop.env.timeout(seconds)
