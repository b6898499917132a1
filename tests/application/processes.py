"""The bookstore's services as processes of their own, which die at any moment and come back on the same stores."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from typing import Any

from bookdelivery.adapters.brokers.memory import MemoryBroker
from bookdelivery.application.composition import compose
from bookdelivery.application.service import ContextService
from bookdelivery.kernel.errors import BookdeliveryError, NotAnswered, Unavailable
from bookdelivery.kernel.messages import Command
from tests.application.examples import World
from tests.application.faults import Faults

PAUSES_S = [0.0, 0.0, 0.0, 0.001, 0.02]


class Death(BaseException):
    """What no code of ours catches: the process is gone."""


class JitteryFaults(Faults):
    """Faults, and before each of them a pause of random length, so that everything interleaves with everything."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng
        self.calm = False

    async def pass_by(self, point: str) -> None:
        """Pause, then let happen what is planned for now."""
        if not self.calm:
            await asyncio.sleep(self._rng.choice(PAUSES_S))
        await super().pass_by(point)


class Processes:
    """Runs each context of a world as if in a process of its own; also carries the calls between them.

    Args:
        world: what outlives the processes.
        broker: the world's, beneath whatever is around it.
        rng: decides how long a dead one stays away.
    """

    def __init__(self, world: World, broker: MemoryBroker, rng: random.Random) -> None:
        self.world = world
        self._broker = broker
        self.services: dict[str, ContextService] = {}
        self.deaths = 0
        self._rng = rng
        self._composition = compose(world.contexts)
        self._lives: dict[str, asyncio.Task[None]] = {}
        self._visits: dict[str, set[asyncio.Task[Any]]] = defaultdict(set)

    def start(self, name: str) -> None:
        """Start a process, unless it runs."""
        if name not in self.services:
            for member in self._broker.members(name):
                # Dead, and could not say goodbye: a real broker finds out after the session's time.
                self._broker.expel(member)
            wired = self._composition.wired[name]
            service = ContextService(wired, self.world.surroundings(wired.context, self))
            self.services[name] = service
            self._lives[name] = asyncio.create_task(self._live(service), name=name)

    def start_all(self) -> None:
        """Start all that do not run."""
        for context in self.world.contexts:
            self.start(context.name)

    async def _live(self, service: ContextService) -> None:
        try:
            await service.run()
        except* Death:
            pass

    def kill(self, name: str, away_s: float) -> None:
        """End a process wherever it is; it comes back after a while.

        Args:
            name: whose.
            away_s: for how many seconds it stays away.
        """
        if self.services.pop(name, None) is not None:
            self.deaths += 1
            self._lives[name].cancel()
            for visit in self._visits.pop(name, set()):
                visit.cancel()
            asyncio.get_running_loop().call_later(away_s, self.start, name)

    def plan_death(self, name: str, point: str, occurrence: int) -> None:
        """Have a process die at a point."""

        async def die() -> None:
            self.kill(name, self._rng.choice([0.05, 1.0, 20.0]))
            raise Death(point)

        self.world.faults.plan[point, occurrence] = die

    async def request(self, command: Command[Any], *, idempotency_key: str, timeout_s: float) -> Any:
        """Carry a call from one process to another; see `Requests.request`."""
        try:
            return await self.send(command)
        except RuntimeError as error:
            if isinstance(error, BookdeliveryError):
                raise
            # What a network makes of a bug at the other end: an answer that is none.
            raise NotAnswered("internal error") from error

    async def send(self, command: Command[Any]) -> Any:
        """Have a command handled. Whoever sent it may go away meanwhile: it is handled all the same.

        Raises:
            Unavailable: nobody is there to take it.
            NotAnswered: its process died.
        """
        name = self._composition.home(command)
        service = self.services.get(name)
        if service is None:
            raise Unavailable(f"{name} is down")
        visit = asyncio.create_task(service.submit(command), name=f"{type(command).__name__} at {name}")
        self._visits[name].add(visit)
        visit.add_done_callback(self._visits[name].discard)
        visit.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            return await asyncio.shield(visit)
        except Death:
            raise NotAnswered(f"{name} died") from None
        except asyncio.CancelledError:
            if visit.cancelled():
                raise NotAnswered(f"{name} died") from None
            raise

    async def busy(self) -> list[str]:
        """Name the processes that have something left to do."""
        return [name for name, service in self.services.items() if not await service.is_idle()]

    def failed(self) -> list[BaseException]:
        """List the errors that ended a process for good; there must be none."""
        return [
            error
            for life in self._lives.values()
            if life.done() and not life.cancelled() and (error := life.exception()) is not None
        ]
