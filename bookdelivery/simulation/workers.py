"""A pod's workers: how many operations it works on at once, and the line in front of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from typing import Any, TypeVar

from bookdelivery.kernel.errors import Refused, Unavailable
from bookdelivery.simulation._handles import Timer
from bookdelivery.simulation._waits import Nap
from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.tables import Table

T = TypeVar("T")


class TurnedAway(Unavailable):
    """A pod has too many requests waiting already; this one was not even begun."""

    def __init__(self, pod: str, waiting: int) -> None:
        super().__init__(f"{pod} has {waiting} requests waiting and takes no more")


class Job(Timer):
    """One operation in the hands of a pod's workers: when it came, and when a worker took it up.

    Itself the timer that ends the time for which one is kept busy, if it was given what to call then.
    """

    __slots__ = ("arrived", "error", "operation", "started", "turn")

    __hash__ = object.__hash__
    __eq__ = object.__eq__

    def __init__(self, operation: str, arrived: float, loop: VirtualLoop, context: Context) -> None:
        self._loop = loop
        self._context = context
        self._cancelled = False
        self.operation = operation
        self.arrived = arrived
        self.started = _NEVER
        self.error: Exception | None = None
        """Why it failed before it was begun, if it did."""
        self.turn: asyncio.Future[None] | None = None
        """What its task waits for in line, if it has one."""


class Workers:
    """Wraps every operation of a pod (`Around`): wait for a worker, keep it busy, write down how it went.

    First come, first served, requests and messages in one line. Only requests are ever turned away: the messages in
    line are no more than the partitions this pod reads.

    Args:
        context: whose pod it is.
        pod: its name.
        workers: how many there are.
        queue_limit: how many requests may wait, None for any number.
        service_s: gives the seconds that the next operation of this name keeps its worker busy.
        operations: where it is written down.
        loop: the pod's.
        compute: has the next operation of this name do what it computes; None: none computes anything.
    """

    def __init__(
        self,
        context: str,
        pod: str,
        workers: int,
        queue_limit: int | None,
        service_s: Callable[[str], float],
        operations: Table,
        loop: VirtualLoop,
        compute: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._context = context
        self._pod = pod
        self._workers = workers
        self._free = workers
        self._limit = queue_limit
        self._service_s = service_s
        self._operations = operations
        self._line: deque[Job] = deque()
        self._loop = loop
        # The environment knows the time without being called for it.
        self._env = loop.env
        self._context_of_jobs = copy_context()
        self._compute = compute
        # What is in line or under way: what a crash leaves unfinished.
        self._unfinished: dict[Job, None] = {}

    @property
    def busy(self) -> int:
        """How many workers have something to do."""
        return self._workers - self._free

    @property
    def waiting(self) -> int:
        """How many operations wait for a worker."""
        return len(self._line)

    async def __call__(self, operation: str, proceed: Callable[[], Awaitable[T]]) -> T:
        """Do one operation; see `Around`."""
        job = self._comes(operation)
        if self._free:
            self._free -= 1
        else:
            await self._wait(job)
        job.started = self._env._now
        busy_s = 0.0
        try:
            busy_s = self._service_s(operation)
        except Exception as error:  # noqa: BLE001 - however it fails, it is this operation that does
            job.error = error
        return await self.finish(job, busy_s, proceed)

    def take(self, operation: str, proceed: Callable[..., object], *args: Any) -> None:
        """Do one operation that needs no task before its worker has been kept busy, which saves one most of its way.

        Args:
            operation: its name.
            proceed: called as `proceed(job, *args)` on the pod's loop when that is over, to `finish` it.
            args: what with.

        Raises:
            TurnedAway: there are too many in line.
        """
        job = self._comes(operation)
        job._callback = proceed
        job._args = (job, *args)
        if self._free:
            self._free -= 1
            self._begin(job)
        else:
            self._line.append(job)

    async def finish(self, job: Job, busy_s: float, proceed: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Keep the worker busy for what time is left, do what the operation does, and let the worker go.

        Args:
            job: the operation, taken up by a worker.
            busy_s: how much longer, in seconds, it keeps its worker busy first.
            proceed: what it does.
            args: what with.
        """
        # It holds itself as what it calls: that is over.
        job._args = ()
        outcome = "failed"
        try:
            if job.error is not None:
                raise job.error
            if busy_s > 0:
                await Nap(busy_s)
            if self._compute is not None:
                await self._compute(job.operation)
            reply = await proceed(*args)
            outcome = "done"
        except Refused:
            outcome = "refused"
            raise
        finally:
            del self._unfinished[job]
            if self._line:
                self._release()
            else:
                self._free += 1
            row = (self._context, job.operation, self._pod, job.arrived, job.started, self._env._now, outcome)
            self._operations.add(row)
        return reply

    def _comes(self, operation: str) -> Job:
        """Take an operation on."""
        job = Job(operation, self._env._now, self._loop, self._context_of_jobs)
        if not self._free and self._limit is not None and len(self._line) >= self._limit and "." not in operation:
            self._write(job, job.arrived, "turned_away")
            raise TurnedAway(self._pod, len(self._line))
        self._unfinished[job] = None
        return job

    async def _wait(self, job: Job) -> None:
        job.turn = turn = self._loop.create_future()
        self._line.append(job)
        try:
            await turn
        except asyncio.CancelledError:
            del self._unfinished[job]
            if not turn.cancelled():
                self._release()
            raise

    def _begin(self, job: Job) -> None:
        job.started = now = self._env._now
        busy_s = 0.0
        try:
            service_s = self._service_s
            busy_s = service_s(job.operation)
        except Exception as error:  # noqa: BLE001 - as above
            job.error = error
        self._loop.push(job, now + busy_s)

    def _release(self) -> None:
        # A worker goes straight to the next in line: whoever comes at this very moment does not jump the queue.
        while self._line:
            job = self._line.popleft()
            turn = job.turn
            if turn is None:
                self._begin(job)
                return
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def killed(self, now_s: float) -> None:
        """Write down what the pod's death leaves unfinished."""
        for job in self._unfinished:
            self._write(job, now_s, "killed")
            job._args = ()
        self._unfinished.clear()

    def _write(self, job: Job, finished: float, outcome: str) -> None:
        row = (self._context, job.operation, self._pod, job.arrived, job.started, finished, outcome)
        self._operations.add(row)


_NEVER = float("nan")
