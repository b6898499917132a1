"""What the loops on one SimPy environment share."""

from __future__ import annotations

import itertools
from collections import deque
from heapq import heapify
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import simpy

from bookdelivery.simulation._handles import Pump, Timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bookdelivery.simulation._turns import TakesTurns
    from bookdelivery.simulation._waits import Answer


class Shared:
    """The common state of the loops on one environment; it keeps neither them nor the environment alive.

    Attributes:
        births: numbers the tasks in the order of their creation.
        cancelled: how many cancelled timers still lie in the queue.
        driver: the loop whose `run_forever()` steps the environment, if one does.
        conducts: whether it does so by itself, so that pumps need not go through the environment's queue.
        pumps: those that run next, at the present moment, by their ids; and answers whose tasks are to be told then.
    """

    __slots__ = ("_loop_numbers", "_loops", "births", "cancelled", "conducts", "driver", "pumps")

    def __init__(self) -> None:
        self.births = itertools.count(1)
        self.cancelled = 0
        self.driver: TakesTurns | None = None
        self.conducts = False
        self.pumps: deque[Pump | Answer[Any]] = deque()
        self._loop_numbers = itertools.count(1)
        self._loops: WeakValueDictionary[int, TakesTurns] = WeakValueDictionary()

    @classmethod
    def of(cls, env: simpy.Environment) -> Shared:
        """The state shared by all loops on `env`."""
        shared = _shared_by_environment.get(env)
        if shared is None:
            shared = _shared_by_environment[env] = cls()
        return shared

    def enrol(self, loop: TakesTurns) -> int:
        """Count `loop` in, and return its number: 1 for the environment's first."""
        number = next(self._loop_numbers)
        self._loops[number] = loop
        return number

    def loops(self) -> Iterator[TakesTurns]:
        """The loops that are still around, in the order they were made."""
        return iter(list(self._loops.values()))

    def forget(self, env: simpy.Environment, unwanted: Callable[[Any], bool]) -> None:
        """Take the entries that are `unwanted` out of the queue, in place, as `step()` may be under way."""
        queue = env._queue
        queue[:] = [entry for entry in queue if not unwanted(entry[3])]
        heapify(queue)

    def sweep(self, env: simpy.Environment) -> None:
        """Take the cancelled timers out of the queue."""
        self.forget(env, _is_cancelled_timer)
        self.cancelled = 0


def _is_cancelled_timer(entry: Any) -> bool:
    return isinstance(entry, Timer) and entry.cancelled()


_shared_by_environment: WeakKeyDictionary[simpy.Environment, Shared] = WeakKeyDictionary()
