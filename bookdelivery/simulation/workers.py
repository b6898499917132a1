"""A pod's workers: how many operations it works on at once, and the line in front of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from bookdelivery.kernel.errors import Refused, Unavailable
from bookdelivery.simulation._waits import Nap
from bookdelivery.simulation.distributions import Draw
from bookdelivery.simulation.tables import Table

T = TypeVar("T")


class TurnedAway(Unavailable):
    """A pod has too many requests waiting already; this one was not even begun."""

    def __init__(self, pod: str, waiting: int) -> None:
        super().__init__(f"{pod} has {waiting} requests waiting and takes no more")


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
        now: gives the virtual time, in seconds.
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
        now: Callable[[], float],
        compute: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._context = context
        self._pod = pod
        self._workers = workers
        self._free = workers
        self._limit = queue_limit
        self._service_s = service_s
        self._operations = operations
        self._line: deque[asyncio.Future[None]] = deque()
        self._now = now
        self._compute = compute
        # What is in line or under way: what a crash leaves unfinished.
        self._unfinished: dict[object, tuple[str, float, float]] = {}

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
        arrived = self._now()
        if self._free:
            self._free -= 1
        else:
            if self._limit is not None and len(self._line) >= self._limit and "." not in operation:
                self._write(operation, arrived, _NEVER, arrived, "turned_away")
                raise TurnedAway(self._pod, len(self._line))
            await self._wait(operation, arrived)
        started = self._now()
        ticket = object()
        self._unfinished[ticket] = (operation, arrived, started)
        outcome = "failed"
        try:
            busy_s = self._service_s(operation)
            if busy_s > 0:
                await Nap(busy_s)
            if self._compute is not None:
                await self._compute(operation)
            reply = await proceed()
            outcome = "done"
        except Refused:
            outcome = "refused"
            raise
        finally:
            del self._unfinished[ticket]
            self._release()
            self._write(operation, arrived, started, self._now(), outcome)
        return reply

    async def _wait(self, operation: str, arrived: float) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        self._unfinished[turn] = (operation, arrived, _NEVER)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._release()
            raise
        finally:
            del self._unfinished[turn]

    def _release(self) -> None:
        # A worker goes straight to the next in line: whoever comes at this very moment does not jump the queue.
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def killed(self, now_s: float) -> None:
        """Write down what the pod's death leaves unfinished."""
        for operation, arrived, started in self._unfinished.values():
            self._write(operation, arrived, started, now_s, "killed")
        self._unfinished.clear()

    def _write(self, operation: str, arrived: float, started: float, finished: float, outcome: str) -> None:
        self._operations.add((self._context, operation, self._pod, arrived, started, finished, outcome))


_NEVER = float("nan")


def service_times(default: Draw, single: Mapping[str, Draw]) -> Callable[[str], float]:
    """Make the function that draws the service time of an operation: its own, or else the default."""

    def service_s(operation: str) -> float:
        return single.get(operation, default)()

    return service_s
