"""Many deaths, at named crash points and at any moment, of services and of the servers that they depend on."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from bookdelivery.services.drill.crash_points import PLACES, Crash
from bookdelivery.services.drill.fleet import Process
from bookdelivery.services.drill.member import Task

BY_THE_CLOCK = "at any moment"

_A_SERVER_EVERY = 10
"""Of so many kills one is of a server, if there are any: they take longest to come back."""
_A_PAUSE_EVERY = 8
_LONGEST_PAUSE_S = 8.0
_TO_REACH_S = 15.0
_LOOK_EVERY_S = 0.05


@attrs.define(eq=False)
class Killer:
    """Kills one process after the other, and waits each time until it is back.

    Attributes:
        members: each context's process, with what it was told.
        gateway: before them.
        servers: those that may be killed.
        rng: chooses whom and when.
        patience_s: seconds for a process to come back.
        told: is told of each kill.
        killed: how many died, by the crash point, `BY_THE_CLOCK`, or the server's name.
        missed: crash points that were not reached in time; the process was killed by the clock then.
        pauses: how often a process was stopped for a while and went on.
    """

    members: Mapping[str, tuple[Process, Task]]
    gateway: Process
    servers: Mapping[str, Process]
    rng: random.Random
    patience_s: float
    told: Callable[[int, str], None] = lambda number, what: None  # noqa: ARG005
    killed: Counter[str] = attrs.field(factory=Counter)
    missed: int = 0
    pauses: int = 0

    async def kill(self, times: int) -> None:
        """Kill so many processes.

        Raises:
            ProcessFailed: one does not come back.
        """
        plan = self._plan()
        for number in range(1, times + 1):
            if number % _A_PAUSE_EVERY == 0:
                await self._pause(self.rng.choice([*self._services(), *self.servers.values()]))
            if self.servers and number % _A_SERVER_EVERY == 0:
                what = await self._kill_server()
            elif self.rng.random() < 0.5:
                what = await self._kill_at(next(plan))
            else:
                what = await self._kill_by_the_clock(self.rng.choice(self._services()))
            self.killed[what] += 1
            self.told(number, what)

    def _services(self) -> Sequence[Process]:
        return [self.gateway, *(process for process, _ in self.members.values())]

    def _plan(self) -> Iterator[Crash]:
        while True:
            yield from self._everywhere()

    def _everywhere(self) -> Sequence[Crash]:
        crashes = [Crash(point, self.rng.randint(1, 3), where) for point, places in PLACES.items() for where in places]
        self.rng.shuffle(crashes)
        return crashes

    async def _kill_at(self, crash: Crash) -> str:
        process, task = self.members[crash.where]
        await process.ready(self.patience_s)
        victim = process.pid
        task.plan(crash)
        process.arm()
        give_up_s = asyncio.get_running_loop().time() + _TO_REACH_S
        while process.pid == victim:
            if asyncio.get_running_loop().time() > give_up_s:
                # Nobody came by there; it dies all the same.
                self.missed += 1
                process.kill()
                return BY_THE_CLOCK
            await asyncio.sleep(_LOOK_EVERY_S)
        return str(crash.point)

    async def _kill_by_the_clock(self, process: Process) -> str:
        # Not all of them once it is at work again: whoever starts is as mortal as others.
        if self.rng.random() < 0.7:
            await process.ready(self.patience_s)
        await asyncio.sleep(self.rng.random())
        while not process.kill():  # noqa: ASYNC110 - nobody tells when it has been started
            await asyncio.sleep(_LOOK_EVERY_S)
        return BY_THE_CLOCK

    async def _kill_server(self) -> str:
        name = self.rng.choice(sorted(self.servers))
        server = self.servers[name]
        await server.ready(self.patience_s)
        server.kill()
        await asyncio.sleep(_LOOK_EVERY_S)
        await server.ready(self.patience_s)
        return name

    async def _pause(self, process: Process) -> None:
        await process.ready(self.patience_s)
        if process.signal(signal.SIGSTOP):
            await asyncio.sleep(self.rng.random() * _LONGEST_PAUSE_S)
            process.signal(signal.SIGCONT)
            self.pauses += 1
