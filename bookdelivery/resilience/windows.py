"""Which of the past calls count: the last so many, or those of the last so many seconds.

After the sliding windows of Resilience4j (`FixedSizeSlidingWindowMetrics`, `SlidingTimeWindowMetrics`):
totals are kept up to date as calls come and go, so that recording and asking cost the same whatever the
window's length.
"""

import math
from collections import deque
from typing import Protocol

import attrs

from bookdelivery.resilience.settings import a_count


class Tally(Protocol):
    """How the calls inside a window went.

    Attributes:
        calls: How many there are.
        failed: How many of them failed.
        slow: How many of them were slow; a call can be both.
    """

    calls: int
    failed: int
    slow: int

    def record(self, now: float, failed: bool, slow: bool, /) -> None:
        """Add a call that ended at `now` (monotonic seconds)."""
        ...

    def forget(self, now: float, /) -> None:
        """Drop the calls that have left the window by `now` (monotonic seconds)."""
        ...


@attrs.frozen
class CountWindow:
    """The last `calls` calls, however long ago they were.

    Attributes:
        calls: The window's length, at least 1.

    Raises:
        InvalidField: When it is shorter.
    """

    calls: int = attrs.field(validator=a_count)

    def start(self) -> Tally:
        """Return an empty window."""
        return _CountTally(self.calls)

    def fewest_to_judge(self, min_calls: int) -> int:
        """Return how many calls a judgement needs: no more than the window can hold."""
        return min(min_calls, self.calls)


@attrs.frozen
class TimeWindow:
    """The calls of the last `seconds` seconds, in buckets of one second of the clock.

    The running second is one of them, so the window reaches back between `seconds - 1` and `seconds`.
    It judges as soon as there are calls enough, without waiting until it has run for its whole length.

    Attributes:
        seconds: The window's length, a whole number of at least 1.

    Raises:
        InvalidField: When it is anything else.
    """

    seconds: int = attrs.field(validator=a_count)

    def start(self) -> Tally:
        """Return an empty window."""
        return _TimeTally(self.seconds)

    def fewest_to_judge(self, min_calls: int) -> int:
        """Return how many calls a judgement needs; a window of time can hold any number."""
        return min_calls


class _CountTally:
    __slots__ = ("_fates", "_next", "_size", "calls", "failed", "slow")

    def __init__(self, size: int) -> None:
        self.calls = self.failed = self.slow = 0
        self._size = size
        self._next = 0
        self._fates: list[int] = []

    def record(self, _: float, failed: bool, slow: bool, /) -> None:
        fate = failed + 2 * slow
        forgotten = 0
        if self.calls < self._size:
            self._fates.append(fate)
            self.calls += 1
        else:
            place = self._next
            forgotten = self._fates[place]
            self._fates[place] = fate
            self._next = place + 1 if place + 1 < self._size else 0
        if fate != forgotten:
            self.failed += failed - (forgotten & 1)
            self.slow += slow - (forgotten >> 1)

    def forget(self, _: float, /) -> None:
        """Nothing leaves a window of calls by the clock."""


class _TimeTally:
    """Counts the running second in the totals only; its own share is told from them once it is over."""

    __slots__ = ("_ends_s", "_past", "_second", "_seconds", "_sum", "calls", "failed", "slow")

    def __init__(self, seconds: int) -> None:
        self.calls = self.failed = self.slow = 0
        self._seconds = seconds
        self._second = self._ends_s = -math.inf
        self._past: deque[_Bucket] = deque()
        self._sum = _Bucket(-math.inf)

    def record(self, now: float, failed: bool, slow: bool, /) -> None:
        if now >= self._ends_s:
            self._begin_second(now)
        self.calls += 1
        if failed:
            self.failed += 1
        if slow:
            self.slow += 1

    def forget(self, now: float, /) -> None:
        oldest = now - self._seconds
        while self._past and self._past[0].second <= oldest:
            gone, total = self._past.popleft(), self._sum
            self.calls -= gone.calls
            self.failed -= gone.failed
            self.slow -= gone.slow
            self._sum = _Bucket(
                total.second, total.calls - gone.calls, total.failed - gone.failed, total.slow - gone.slow
            )
        if self._second <= oldest:
            self.calls = self.failed = self.slow = 0

    def _begin_second(self, now: float) -> None:
        total = self._sum
        over = _Bucket(self._second, self.calls - total.calls, self.failed - total.failed, self.slow - total.slow)
        self._past.append(over)
        self._sum = _Bucket(self._second, self.calls, self.failed, self.slow)
        self._second = now // 1.0
        self._ends_s = self._second + 1.0
        self.forget(now)


@attrs.frozen
class _Bucket:
    second: float
    calls: int = 0
    failed: int = 0
    slow: int = 0
