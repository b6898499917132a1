"""A simulated world whose only visitor is a test."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import attrs
import numpy as np

from bookdelivery.application.system import System
from bookdelivery.kernel.errors import BookdeliveryError
from bookdelivery.simulation import Levers, Result, Scenario, VirtualLoop
from bookdelivery.simulation._waiting import Waiting
from bookdelivery.simulation.faults import BROKER, OPERATIONS, PROVIDER, STORE, Fault
from bookdelivery.simulation.load import Visit
from bookdelivery.simulation.simulating import result_of
from bookdelivery.simulation.world import World

T = TypeVar("T")

_LOAD = "load"
"""What the world calls the task that brings visitors."""

AT_MOST_S = 24 * 3600.0
"""The seconds of virtual time after which a test that still waits is broken off, unless its mark says `lasts`."""

WATCHED = frozenset({BROKER, OPERATIONS, PROVIDER, STORE})
"""What is watched in each of a test's worlds, so that a test may trouble it at any time; see `Fault.watches`."""


class StillWaiting(BookdeliveryError, TimeoutError):
    """A test was not done when the longest time was over that a test may take in virtual time.

    Attributes:
        waiting: its tasks, and where each waits.
    """

    def __init__(self, at_s: float, waiting: Sequence[Waiting]) -> None:
        told = "".join(f"\n  {each}" for each in waiting)
        super().__init__(
            f"the test still waits after {at_s:g} s of virtual time; where it is to take longer, say so with "
            f"@pytest.mark.simulated(lasts=...); waiting:{told}"
        )
        self.waiting = tuple(waiting)


class PodsFailed(BookdeliveryError, RuntimeError):
    """Code in a pod raised an error that nobody foresaw.

    Attributes:
        errors: when (seconds), in which pod, and the error.
    """

    def __init__(self, errors: Sequence[tuple[float, str, Exception]]) -> None:
        told = "".join(f"\n  at {at:g} s in {pod}: {type(error).__name__}: {error}" for at, pod, error in errors)
        super().__init__(f"code under test failed where no answer could tell of it:{told}")
        self.errors = tuple(errors)


@attrs.frozen
class _MayBeTroubled(Fault):
    """Does nothing, but has a world prepared for what a test may do to a context later on."""

    context: str

    @property
    def label(self) -> str:
        """Name the context."""
        return f"{self.context} watched"

    @property
    def counts_steps_of(self) -> str:
        return self.context

    @property
    def watches(self) -> Collection[str]:
        return WATCHED

    @property
    def is_random(self) -> bool:
        # So that it is never listed among what happened.
        return True

    def window(self, lasts_s: float) -> tuple[float, float]:  # noqa: ARG002
        return 0.0, 0.0

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:
        pass


class _Over(Exception):
    """The test is over, and so is its world."""


class _OneTest:
    """A load of one: brings the test, and nobody else (see `Load`)."""

    def __init__(self) -> None:
        self.main: Coroutine[Any, Any, Any] | None = None
        self.result: Any = None

    async def bring(self, visit: Visit, until_s: float, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Run the test to its end, or to the end of the time it has."""
        assert self.main is not None
        loop = asyncio.get_running_loop()
        test = loop.create_task(self.main, name="test")
        done, _ = await asyncio.wait([test], timeout=until_s)
        if not done:
            assert isinstance(loop, VirtualLoop)
            raise StillWaiting(loop.time(), [each for each in loop.leaks() if each.task != _LOAD])
        self.result = test.result()
        raise _Over

    def describe(self) -> str:
        """Say what it is."""
        return "a test"


class TestWorld:
    """Runs a test as the only visitor of a system's simulated world, once (see `Stage`).

    Args:
        system: whose code runs in the pods.
        seed: of everything random.
        externals: adapters behind ports of external systems that the bookstore does not have.
        settings: fields of the `Scenario`, such as `deployment`, `terms` or `faults`; by default there are no people at
            work, so that the test sends all commands.

    Attributes:
        world: the world.
        is_over: whether it has been run.

    Raises:
        InvalidField: the settings speak of something that the system does not have.
        WronglyDeclared: the system's contexts do not fit together.
        TypeError: a scenario has no such field.
    """

    __test__ = False  # pytest would take it for a class of tests by its name

    def __init__(
        self, system: System, seed: int, externals: Mapping[type[Any], Any] | None = None, **settings: Any
    ) -> None:
        self._load = _OneTest()
        watching = tuple(_MayBeTroubled(context.name) for context in system.contexts)
        given = {"people": None, "lasts": AT_MOST_S, "drain_within_s": 60.0, **settings}
        faults = (*watching, *given.pop("faults", ()))
        scenario = Scenario(load=self._load, seed=seed, faults=faults, **given)
        self.world = World(scenario, system, externals)
        self.is_over = False
        self.is_settled = False
        """Whether everything had come to rest when it ended; whoever waits for that says so here."""

    @property
    def now_s(self) -> float:
        """The seconds of virtual time since it began."""
        return float(self.world.env.now)

    def perform(self, main: Coroutine[Any, Any, T]) -> T:
        """Run it to its end, and the world with it.

        Raises:
            StillWaiting: it was not done in the time it has.
            PodsFailed: code in a pod raised an error that nobody foresaw.
            Exception: what the test raised.
            RuntimeError: it has been run before.
        """
        __tracebackhide__ = True
        if self.is_over:
            raise RuntimeError("this world has ended with the first coroutine that was run in it; take another")
        self._load.main = main
        try:
            self.world.run()
        except _Over:
            pass
        finally:
            self.is_over = True
        if self.world.errors:
            raise PodsFailed(self.world.errors)
        result: T = self._load.result
        return result

    def result(self) -> Result:
        """Tell what came of it; only what struck is listed among the faults."""
        return result_of(self.world, drained=self.is_settled)

    async def is_at_rest(self, *, with_deadlines: bool) -> bool:
        """Say whether no event is left to publish or handle.

        Args:
            with_deadlines: whether a deadline to come counts as something left to do.
        """
        world, now_s = self.world, self.now_s
        if world.broker.under_way:
            return False
        for name, host in world.hosts.items():
            if any(pod.workers.busy for pod in host.alive()) or await host.store.waiting(1):
                return False
            if host.wired.reactions and await world.broker.lag(name):
                return False
            if host.wired.wake_ups:
                at_s = await host.store.next_wake_up(tuple(host.wired.wake_ups))
                if at_s is not None and (with_deadlines or at_s <= now_s):
                    return False
        return True

    async def rest(self, within_s: float, *, with_deadlines: bool = False) -> bool:
        """Wait until it is at rest; say whether it came to that within so many seconds."""
        until_s = self.now_s + within_s
        while not await self.is_at_rest(with_deadlines=with_deadlines):
            if self.now_s >= until_s:
                return False
            await asyncio.sleep(0.05)
        return True
