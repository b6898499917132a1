"""Room for so many calls inside, and a line of others in front of it: what bulkhead and load shedding share."""

from __future__ import annotations

import heapq
import math
from abc import ABC, abstractmethod
from collections import OrderedDict
from typing import ClassVar

from bookdelivery.kernel.errors import HeldOff
from bookdelivery.resilience.passes import Pass, PassState, later

_INSIDE = PassState.INSIDE


class WaitingRoom(ABC):
    """Lets so many calls in at once; others wait, each no longer than its limit, or are refused.

    A wait that has reached its limit is over, even if a place becomes free at that very moment. Not for use by several
    threads at once.

    Args:
        max_concurrent: How many may be inside.
        max_waiting: How many may wait.
        name: What it stands before, for its refusals.
    """

    __slots__ = (
        "_clock_s",
        "_limits",
        "_line",
        "_max_waiting",
        "_numbers",
        "_places",
        "admitted",
        "inside",
        "name",
        "refused",
    )

    refusal: ClassVar[type[HeldOff]]
    """What those who are refused or turned away are told."""

    def __init__(self, max_concurrent: int, max_waiting: float, name: str) -> None:
        self.name = name
        self.inside = 0
        """How many calls are inside."""
        self.admitted = 0
        """How many calls it has let in."""
        self.refused = 0
        """How many calls it has refused, or turned away after they had waited."""
        self._places = max_concurrent
        self._max_waiting = max_waiting
        self._clock_s = -math.inf
        self._line: OrderedDict[Pass, None] = OrderedDict()
        self._limits: list[tuple[float, int, Pass]] = []
        self._numbers = 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}, {self.inside} inside, {self.waiting} waiting>"

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        return len(self._line)

    @property
    def due_s(self) -> float:
        """When the next wait reaches its limit, in monotonic seconds; math.inf for never."""
        limits = self._limits
        while limits and limits[0][2].state is not PassState.WAITING:
            heapq.heappop(limits)
        return limits[0][0] if limits else math.inf

    def ask(self, now: float) -> Pass:
        """Let a call in at `now` (monotonic seconds), or into the line.

        Raises:
            HeldOff: When the line is full (the class is `refusal`).
            ClockWentBackwards: When `now` is before a time it was given earlier.
        """
        if self._limits or not self._clock_s <= now < math.inf:
            self.let_time_pass(now)
        self._clock_s = now
        if self.inside < self._places:
            self.inside += 1
            self.admitted += 1
            return Pass(self, _INSIDE)
        if len(self._line) >= self._max_waiting:
            raise self._refuse()
        until_s = now + self._longest_wait_s(now)
        waiting = Pass(self, PassState.WAITING, until_s)
        if until_s < math.inf:
            self._numbers += 1
            heapq.heappush(self._limits, (until_s, self._numbers, waiting))
        self._line[waiting] = None
        return waiting

    def let_time_pass(self, now: float) -> None:
        """Turn those away whose wait has reached its limit by `now` (monotonic seconds).

        Raises:
            ClockWentBackwards: When `now` is before a time it was given earlier.
        """
        self._clock_s = later(now, self._clock_s)
        if self._limits:
            while self.due_s <= now:
                _, _, waiting = heapq.heappop(self._limits)
                del self._line[waiting]
                waiting.turn(PassState.TURNED_AWAY, self._refuse())

    def end(self, ended: Pass, now: float, *, made: bool) -> None:
        """Take a pass back, and give its place to the next in line; for the pass.

        Raises:
            ClockWentBackwards: When `now` is before a time it was given earlier; nothing is changed then.
        """
        if self._limits or not self._clock_s <= now < math.inf:
            self.let_time_pass(now)
        self._clock_s = now
        if ended.state is PassState.WAITING:
            del self._line[ended]
            return
        if not made:
            self.admitted -= 1
        if self._line:
            self.admitted += 1
            self._line.popitem(last=self._newest_first(now))[0].turn(_INSIDE)
        else:
            self.inside -= 1

    def _refuse(self) -> HeldOff:
        self.refused += 1
        return self.refusal(self.name, self._retry_after_s())

    @abstractmethod
    def _longest_wait_s(self, now: float) -> float:
        """How long the call that joins the line at `now` may wait, in seconds."""

    @abstractmethod
    def _newest_first(self, now: float) -> bool:
        """Whether the one that came last is the next to be let in."""

    @abstractmethod
    def _retry_after_s(self) -> float:
        """After how many seconds those who are refused may ask again."""
