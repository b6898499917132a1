"""A pod's cores, shared by whatever computes in it."""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from itertools import count


class Cpu:
    """Processor sharing: who computes at the same time gets the same part of the cores, and never more than one.

    With as many cores as there are jobs, or more, each job takes just its own time; with fewer, all take longer alike.
    The bookkeeping is that of generalised processor sharing by virtual time (Parekh and Gallager, "A Generalized
    Processor Sharing Approach to Flow Control", 1993): one clock runs at the speed at which each job goes on, and a job
    ends when that clock has gone on by what the job needs.

    Args:
        cores: how many there are; need not be whole.
        loop: of the pod.
    """

    def __init__(self, cores: float, loop: asyncio.AbstractEventLoop) -> None:
        self._cores = cores
        self._loop = loop
        self._done_s = 0.0
        self._jobs: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._at_s = loop.time()
        self._used_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def used_s(self) -> float:
        """The seconds of CPU time used up to now, by all jobs together."""
        self._go_on()
        return self._used_s

    async def compute(self, seconds: float) -> None:
        """Use this many seconds of CPU time, more than 0."""
        self._go_on()
        job: asyncio.Future[None] = self._loop.create_future()
        heappush(self._jobs, (self._done_s + seconds, next(self._numbers), job))
        self._set_timer()
        await job

    def _go_on(self) -> None:
        """Bring the books up to now."""
        now_s = self._loop.time()
        passed_s, self._at_s = now_s - self._at_s, now_s
        if self._jobs:
            self._done_s += passed_s * self._speed
            self._used_s += passed_s * self._speed * len(self._jobs)
        else:
            # Kept small, so that it stays exact.
            self._done_s = 0.0

    @property
    def _speed(self) -> float:
        return min(1.0, self._cores / len(self._jobs))

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._jobs:
            left_s = max(0.0, self._jobs[0][0] - self._done_s)
            self._timer = self._loop.call_later(left_s / self._speed, self._end, self._jobs[0][0])

    def _end(self, until_s: float) -> None:
        """End the jobs that need no more than this."""
        self._timer = None
        self._go_on()
        # What the timer was set for is done, whatever rounding says.
        self._done_s = max(self._done_s, until_s)
        while self._jobs and self._jobs[0][0] <= self._done_s:
            _, _, job = heappop(self._jobs)
            if not job.done():
                job.set_result(None)
        self._set_timer()
