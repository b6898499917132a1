"""Time limits of many waits at the cost of a timer now and then: nearly all end long before."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from bookdelivery.simulation._waits import Answer

_KEPT_AT_LEAST = 64
"""So many waits are remembered, answered or not, before any are looked through."""


class TimeLimit:
    """Ends the waits of one loop's tasks that take longer than a certain time.

    As all have the same limit, they end in the order in which they began. So there is one timer, for the first that is
    still under way when it is set; those that were answered are passed over.

    Args:
        loop: of the tasks that wait, one in virtual time.
        seconds: how long each may wait.
        error: makes what a wait that takes longer ends with.
    """

    __slots__ = ("_at_most", "_error", "_is_watched", "_loop", "_seconds", "_waits")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, error: Callable[[Answer[Any]], BaseException]
    ) -> None:
        self._loop: Any = loop
        self._seconds = seconds
        self._error = error
        self._waits: deque[tuple[float, Answer[Any]]] = deque()
        self._at_most = _KEPT_AT_LEAST
        # Whether a timer is set, or its callback under way, which sets the next.
        self._is_watched = False

    def begins(self, wait: Answer[Any]) -> None:
        """Take note of a wait that begins now."""
        waits = self._waits
        if len(waits) >= self._at_most:
            waits = self._waits = deque([entry for entry in waits if not entry[1]._is_given])
            self._at_most = max(_KEPT_AT_LEAST, 2 * len(waits))
        # Not by the loop's `time()`: each request comes through here.
        ends = self._loop._env._now + self._seconds
        waits.append((ends, wait))
        if not self._is_watched:
            self._is_watched = True
            self._loop.call_at(ends, self._look)

    def _look(self) -> None:
        now = self._loop.time()
        while self._waits and (self._waits[0][1]._is_given or self._waits[0][0] <= now):
            _, wait = self._waits.popleft()
            if not wait._is_given:
                # Its task goes on from here, and may begin another wait.
                wait.fail(self._error(wait))
        self._is_watched = bool(self._waits)
        if self._waits:
            self._loop.call_at(self._waits[0][0], self._look)
