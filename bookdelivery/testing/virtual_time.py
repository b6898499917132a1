"""Runs a test's coroutine in virtual time, and holds it to what makes such a run worth something."""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import Collection, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.loop_errors import TaskLeak
from bookdelivery.simulation.wallclock import watch_wall_clock

T = TypeVar("T")

EPOCH_S = 1_800_000_000.0
"""What the clock shows when a run begins, in seconds since the Unix epoch."""

LEAKS = "leaks"
"""Allows tasks that are still waiting when the test is over."""

WALL_CLOCK = "wall clock"
"""Allows code under test to read the computer's clock."""

_ALLOWED = (LEAKS, WALL_CLOCK)

_TEST_TOOLS = ("hypothesis",)
"""Packages that work within a test and are not what it tests: this one takes the time of each search for garbage."""


class LoopClock:
    """Tells the time of day by the running loop, for whatever takes a `Clock`."""

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        return EPOCH_S + asyncio.get_running_loop().time()


class Stage(Protocol):
    """A world on whose event loop a test is run instead of on one of its own."""

    def perform(self, main: Coroutine[Any, Any, T]) -> T:
        """Run it to its end."""
        ...

    @property
    def now_s(self) -> float:
        """The seconds of virtual time since the world began."""
        ...


class VirtualTime:
    """Runs coroutines in virtual time: an hour costs nothing, and the same seed gives the same run.

    Each run begins at 0 s, on an event loop of its own. Python's module-level `random` is seeded for the run, and put
    back after it.

    Args:
        seed: of everything random.
        allow: what is forgiven: `"leaks"`, tasks that are left waiting; `"wall clock"`, reads of the computer's clock.

    Attributes:
        seed: the same.
        rng: a source of chance of the test's own, from the seed.
        clock: tells the time of day, for code that takes a clock.

    Raises:
        InvalidField: the seed is no whole number from 0 on, or something else is to be forgiven.
    """

    def __init__(self, seed: int = 1, *, allow: Collection[str] = ()) -> None:
        if type(seed) is not int or seed < 0:
            raise InvalidField("virtual_time", "seed", seed, "a whole number, 0 or more")
        for each in (allow,) if isinstance(allow, str) else allow:
            if each not in _ALLOWED:
                raise InvalidField("virtual_time", "allow", each, f"one of {', '.join(map(repr, _ALLOWED))}")
        self.seed = seed
        self.rng = random.Random(f"virtual time {seed}")
        self.clock = LoopClock()
        self._allow = allow
        self._stage: Stage | None = None
        self._loop: VirtualLoop | None = None

    @property
    def now_s(self) -> float:
        """The seconds of virtual time that the run has come to, or had come to when it ended; 0 before the first."""
        __tracebackhide__ = True
        if self._stage is not None:
            return self._stage.now_s
        return 0.0 if self._loop is None else self._loop.time()

    def takes_place_in(self, stage: Stage) -> None:
        """Have what is run from now on take place in a world, beside what goes on there.

        Raises:
            RuntimeError: it takes place in another one already.
        """
        if self._stage is not None:
            raise RuntimeError("a test takes place in one world: take either the fixture bookstore or simulated")
        self._stage = stage

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end and give its result.

        Raises:
            Deadlock: nothing is left to happen, and it still waits; says where.
            TaskLeak: it left tasks waiting, and that is not allowed; says where each waits.
            WallClockWasRead: code under test read the computer's clock, and that is not allowed; says where.
        """
        __tracebackhide__ = True
        with _seeded(self.seed):
            if WALL_CLOCK in self._allow:
                return self._perform(main)
            with watch_wall_clock(strict=True, ignoring=_TEST_TOOLS):
                return self._perform(main)

    def _perform(self, main: Coroutine[Any, Any, T]) -> T:
        __tracebackhide__ = True
        guarded = self._guarded(main)
        try:
            if self._stage is not None:
                return self._stage.perform(guarded)
            with asyncio.Runner(loop_factory=self._begin) as runner:
                return runner.run(guarded)
        finally:
            drop_unless_begun(guarded, main)

    async def _guarded(self, main: Coroutine[Any, Any, T]) -> T:
        __tracebackhide__ = True
        loop = asyncio.get_running_loop()
        before = asyncio.all_tasks(loop)
        result = await main
        # A task that has been cancelled ends in the loop's next turn.
        await asyncio.sleep(0)
        left = {task.get_name() for task in asyncio.all_tasks(loop) - before}
        if left and LEAKS not in self._allow and isinstance(loop, VirtualLoop):
            raise TaskLeak("test", [each for each in loop.leaks() if each.task in left])
        return result

    def _begin(self) -> VirtualLoop:
        self._loop = VirtualLoop(name="test")
        return self._loop


def drop_unless_begun(*mains: Coroutine[Any, Any, Any]) -> None:
    """Close those coroutines that were never begun, so that Python does not complain of them as well.

    One that was begun and is not done belongs to a loop that has crashed: none of it may run any more.
    """
    for main in mains:
        if inspect.getcoroutinestate(main) == inspect.CORO_CREATED:
            main.close()


@contextmanager
def _seeded(seed: int) -> Generator[None]:
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
