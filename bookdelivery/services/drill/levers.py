"""What a scenario's faults can do to the real thing."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NoReturn

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.drill.fleet import Process
from bookdelivery.services.drill.provider import Conduct
from bookdelivery.simulation.faults import MessageTrouble, ProviderTrouble

BROKER = "broker"
"""What the broker's server is called among those that a drill may kill."""


_SLICE_S = 0.05
"""How long a slowed process works before it is stopped again."""


@attrs.define(eq=False)
class RealLevers:
    """Implements the `Levers` of faults for processes; what cannot be done for real was refused before.

    Servers that are to answer nobody are killed and stopped where they stand in turn, each by its own count: the one
    breaks connections off, the other keeps them open without a word.

    Attributes:
        members: each context's processes.
        servers: those that may be killed: the broker, and the stores by the names of the contexts that use them.
        provider: the file with the payment provider's conduct.
        usual: its conduct when nothing is wrong with it.
        began_s: when the scenario began, by the event loop's clock.
        given: says how many messages a process was given, by its name.
        say: is told of what happens to servers.
        kills: how many SIGKILLs were sent.
        pauses: how often a process was stopped (SIGSTOP) and went on.
    """

    members: Mapping[str, Sequence[Process]]
    servers: Mapping[str, Process]
    provider: Path
    usual: Conduct
    began_s: float
    given: Callable[[str], int]
    say: Callable[[str], object] = lambda _: None
    kills: int = 0
    pauses: int = 0
    _struck: Counter[str] = attrs.field(factory=Counter, init=False)

    async def until(self, at_s: float) -> None:
        """Wait for a moment of the scenario, in seconds."""
        await asyncio.sleep(self.began_s + at_s - asyncio.get_running_loop().time())

    def down(self, context: str) -> AbstractContextManager[None]:
        """Kill all processes of a context, and start them again when it is over."""
        return self._killed(self.members[context])

    def remove(self, context: str) -> None:
        """Kill all processes of a context for good."""
        for process in self.members[context]:
            process.hold()
            self.kills += process.kill()

    def replicas(self, context: str) -> int:
        """Count a context's processes."""
        return len(self.members[context])

    def pod_down(self, context: str, number: int) -> AbstractContextManager[None]:
        """Kill one of a context's processes, by its number from 1."""
        return self._killed([self.members[context][number - 1]])

    def broker_down(self) -> AbstractContextManager[None]:
        """Have the broker answer nobody."""
        return self._server_down(self.servers[BROKER])

    def store_down(self, context: str) -> AbstractContextManager[None]:
        """Have the server of a context's data answer nobody."""
        return self._server_down(self.servers[context])

    @contextmanager
    def slowed(self, context: str, factor: float) -> Iterator[None]:
        """Stop and let go on a context's processes in turns, so that they have that much less time to work."""
        turns = asyncio.create_task(self._take_turns(self.members[context], factor), name=f"slow down {context}")
        try:
            yield
        finally:
            turns.cancel()
            for process in self.members[context]:
                process.signal(signal.SIGCONT)

    @contextmanager
    def provider_troubled(self, trouble: ProviderTrouble) -> Iterator[None]:
        """Have the payment provider behave otherwise."""
        told = {
            name: value
            for name in ("declines", "silent_before", "silent_after", "at_once")
            if (value := getattr(trouble, name)) is not None
        }
        attrs.evolve(self.usual, latency_s=self.usual.latency_s * trouble.slower, **told).write(self.provider)
        try:
            yield
        finally:
            self.usual.write(self.provider)

    def struck(self, label: str, at_s: float, until_s: float) -> None:
        """Do nothing: what was killed is counted."""

    def crash(self, context: str, restart_after_s: float, which: float = 0.0) -> bool:
        """Kill one of the live processes of a context, those that were given most messages first in the list."""
        alive = [process for process in self.members[context] if process.pid is not None]
        alive.sort(key=lambda process: -self.given(process.name))
        if not alive:
            return False
        killed = alive[min(int(which * len(alive)), len(alive) - 1)].kill(restart_after_s)
        self.kills += killed
        return killed

    def _server_down(self, server: Process) -> AbstractContextManager[None]:
        self._struck[server.name] += 1
        if self._struck[server.name] % 2:
            self.say(f"the server {server.name} is killed")
            return self._killed([server])
        self.say(f"the server {server.name} is stopped where it stands")
        return self._stopped(server)

    @contextmanager
    def _stopped(self, process: Process) -> Iterator[None]:
        self.pauses += process.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.signal(signal.SIGCONT)

    async def _take_turns(self, processes: Sequence[Process], factor: float) -> None:
        while True:
            await asyncio.sleep(_SLICE_S)
            for process in processes:
                self.pauses += process.signal(signal.SIGSTOP)
            await asyncio.sleep(_SLICE_S * (factor - 1))
            for process in processes:
                process.signal(signal.SIGCONT)

    @contextmanager
    def _killed(self, processes: Sequence[Process]) -> Iterator[None]:
        for process in processes:
            process.hold()
            self.kills += process.kill()
        try:
            yield
        finally:
            for process in processes:
                process.release()

    # --- what only a simulation can do --------------------------------------------------------------------------------

    def failing(
        self,
        context: str,  # noqa: ARG002
        probability: float,  # noqa: ARG002
        operations: Collection[str],  # noqa: ARG002
    ) -> AbstractContextManager[None]:
        """Refuse."""
        _refuse("error-rate")

    def losing_answers(self, caller: str, callee: str, probability: float) -> AbstractContextManager[None]:  # noqa: ARG002
        """Refuse."""
        _refuse("lost-answers")

    def parted(self, one: str, other: str) -> AbstractContextManager[None]:  # noqa: ARG002
        """Refuse."""
        _refuse("partition")

    def messages_troubled(
        self,
        trouble: MessageTrouble,  # noqa: ARG002
        rng: np.random.Generator,  # noqa: ARG002
    ) -> AbstractContextManager[None]:
        """Refuse."""
        _refuse("trouble with messages")

    def clock_off(self, context: str, by_s: float) -> AbstractContextManager[None]:  # noqa: ARG002
        """Refuse."""
        _refuse("clock-skew")

    def unwell(self, context: str, restarts: int, pods: int) -> None:  # noqa: ARG002
        """Refuse."""
        _refuse("unhealthy pods")

    def crash_at_step(self, context: str, step: int, restart_after_s: float) -> None:  # noqa: ARG002
        """Refuse."""
        _refuse("crash at a step")


def _refuse(what: str) -> NoReturn:
    raise InvalidField("drill", "faults", what, "what can be done to real processes")
