"""A pod's ports where something can be wrong with them; pods that nothing can happen to have the plain ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import simpy

from bookdelivery.application.surroundings import Around
from bookdelivery.kernel.errors import NotAnswered, Unavailable
from bookdelivery.simulation.distributions import Draw
from bookdelivery.simulation.faults import PROVIDER
from bookdelivery.simulation.troubles import Troubles

T = TypeVar("T")


class Failed(NotAnswered):
    """A pod answered a request with an error, as a server does with status 500."""

    def __init__(self, context: str, operation: str) -> None:
        super().__init__(f"{operation} failed in {context}")


class StoreThatMayBeDown:
    """A context's store, which now and then does not answer.

    Args:
        store: the store.
        context: whose.
        troubles: say whether it answers.
    """

    def __init__(self, store: object, context: str, troubles: Troubles) -> None:
        self._store = store
        self._context = context
        self._troubles = troubles

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        method = getattr(self._store, name)

        async def dealing(*args: Any, **kwargs: Any) -> Any:
            self._troubles.check_store(self._context)
            return await method(*args, **kwargs)

        setattr(self, name, dealing)
        return dealing


class ProviderOutOfReach:
    """The payment provider, whom a context now and then cannot reach: nothing comes through, and nothing back.

    Args:
        provider: the provider.
        context: whose it is.
        troubles: say whether it can be reached.
    """

    def __init__(self, provider: object, context: str, troubles: Troubles) -> None:
        self._provider = provider
        self._context = context
        self._troubles = troubles

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        method = getattr(self._provider, name)

        async def dealing(*args: Any, **kwargs: Any) -> Any:
            await self._wait_if_parted()
            answer = await method(*args, **kwargs)
            await self._wait_if_parted()
            return answer

        setattr(self, name, dealing)
        return dealing

    async def _wait_if_parted(self) -> None:
        if self._troubles.are_parted(self._context, PROVIDER):
            # What is lost stays lost: only the caller's patience ends this.
            await asyncio.get_running_loop().create_future()


class FailingNowAndThen:
    """Wraps a pod's operations (`Around`): some fail when a worker has just finished with them, without an effect.

    Args:
        around: the pod's workers.
        context: whose operations.
        troubles: say how often they fail.
        chance: gives a number from 0 to 1.
    """

    def __init__(self, around: Around, context: str, troubles: Troubles, chance: Draw) -> None:
        self._around = around
        self._context = context
        self._troubles = troubles
        self._chance = chance

    async def __call__(self, operation: str, proceed: Callable[[], Awaitable[T]]) -> T:
        """Do one operation, or fail; see `Around`."""

        async def proceed_or_fail() -> T:
            probability = self._troubles.failing(self._context, operation)
            if probability and self._chance() < probability:
                if "." in operation:
                    raise Unavailable(f"{operation} failed")
                raise Failed(self._context, operation)
            return await proceed()

        return await self._around(operation, proceed_or_fail)


class SkewedClock:
    """A context's clock, which may be wrong. It never shows a time before the simulation's beginning.

    Args:
        env: tells the right time.
        context: whose clock.
        troubles: say how wrong it is.
    """

    def __init__(self, env: simpy.Environment, context: str, troubles: Troubles) -> None:
        self._env = env
        self._context = context
        self._troubles = troubles

    def now(self) -> float:
        """Seconds since the simulation began, as this clock has it."""
        return max(0.0, self._env.now + self._troubles.clock_off_s(self._context))
