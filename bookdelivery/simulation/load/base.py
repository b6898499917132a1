"""What a load is, and how visitors are let in who do not wait for one another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Protocol

import numpy as np

from bookdelivery.simulation._waits import Nap
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
    visits = _Visits()
    try:
        while (at := at + gap_s()) < until_s:
            await Nap(at - now())
            visits.begin(visit)
        await visits.end()
    finally:
        visits.cancel()


class _Visits:
    """The visits under way: what a `TaskGroup` is for, without its callback for each task that ends well."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._numbers = count()
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._error: BaseException | None = None
        self._is_last: asyncio.Future[None] | None = None

    def begin(self, visit: Visit) -> None:
        """Begin a visit.

        Raises:
            BaseException: that of an earlier visit which failed.
        """
        if self._error is not None:
            raise self._error
        number = next(self._numbers)
        self._under_way[number] = self._loop.create_task(self._follow(number, visit), name="visit")

    async def _follow(self, number: int, visit: Visit) -> None:
        try:
            await visit()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - it is raised where the visits are waited for
            self._error = self._error or error
        finally:
            del self._under_way[number]
            if self._is_last is not None and (self._error or not self._under_way) and not self._is_last.done():
                self._is_last.set_result(None)

    async def end(self) -> None:
        """Wait until all have ended.

        Raises:
            BaseException: that of the first visit which failed.
        """
        if self._under_way and self._error is None:
            self._is_last = self._loop.create_future()
            await self._is_last
        if self._error is not None:
            raise self._error

    def cancel(self) -> None:
        """Break off those that are under way."""
        for task in self._under_way.values():
            task.cancel()
