"""The pods of a context: each a process of its own, that can die and be started again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import simpy

from bookdelivery.adapters.brokers.memory import MemoryBroker, MemorySubscription
from bookdelivery.application.composition import Wired
from bookdelivery.application.service import ContextService
from bookdelivery.application.surroundings import Surroundings
from bookdelivery.kernel.messages import Command
from bookdelivery.resilience import BreakerEvent, StateChanged
from bookdelivery.simulation.deployment import Deployment, Topic
from bookdelivery.simulation.distributions import Draw
from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.network import SimulatedNetwork
from bookdelivery.simulation.ports import RecordedStore
from bookdelivery.simulation.recording import Recording
from bookdelivery.simulation.workers import Workers

log = logging.getLogger("bookdelivery.simulation")

_SHORTEST_RESTART_S = 1.0
"""Seconds before a pod whose code failed starts again, so that one that always fails does not stop the time."""


@attrs.define(eq=False)
class Ground:
    """What all pods stand on.

    Attributes:
        env: the virtual time.
        loop: the world's own loop, which never dies.
        network: between the pods.
        broker: the topic.
        topic: its settings.
        recording: where everything is written down.
        surround: makes a pod's surroundings.
        mishap: told of errors nobody expected, with the pod's name.
    """

    env: simpy.Environment
    loop: VirtualLoop
    network: SimulatedNetwork
    broker: MemoryBroker
    topic: Topic
    recording: Recording
    surround: Callable[[Pod], Surroundings]
    mishap: Callable[[str, Exception], None]


class Host:
    """One context's deployment: its pods, and what they share.

    Args:
        wired: the context.
        deployment: how it runs.
        store: its data.
        ground: what the pods stand on.
        service_s: gives the seconds that an operation keeps a worker busy.
        start_up_s: gives the seconds that a pod takes to start.
        counts_steps: whether the steps of its pods' dealings with the outside are counted.
    """

    def __init__(
        self,
        wired: Wired,
        deployment: Deployment,
        store: RecordedStore,
        ground: Ground,
        service_s: Callable[[str], float],
        start_up_s: Draw,
        *,
        counts_steps: bool = False,
    ) -> None:
        self.name = wired.context.name
        self.wired = wired
        self.deployment = deployment
        self.store = store
        self.ground = ground
        self.start_up_s = start_up_s
        self.counts_steps = counts_steps
        self._service_s = service_s
        self.factors: list[float] = []
        """What service times are multiplied by at present."""
        self.outages = 0
        """How many outages hold it down at present."""
        self.steps = 0
        """How many steps of dealings with the outside its pods have taken."""
        self.deadly_steps: dict[int, float] = {}
        """The steps at which the pod that takes them dies, and the seconds after which it starts again."""
        self.pods = [Pod(self, f"{self.name}-{number}") for number in range(1, deployment.replicas + 1)]
        self._turn = 0

    def service_s(self, operation: str) -> float:
        """Draw how long the next operation of this name keeps a worker busy, in seconds."""
        seconds = self._service_s(operation)
        for factor in self.factors:
            seconds *= factor
        return seconds

    def alive(self) -> list[Pod]:
        """The pods that serve at present."""
        return [pod for pod in self.pods if pod.is_up]

    def next_pod(self) -> Pod | None:
        """Choose who serves the next request, in turn among those alive; None if nobody is."""
        pods = self.pods
        for _ in pods:
            self._turn = (self._turn + 1) % len(pods)
            pod = pods[self._turn]
            if pod.is_up:
                return pod
        return None


class Pod:
    """One process of a context.

    Args:
        host: the context's deployment.
        name: its own.
    """

    def __init__(self, host: Host, name: str) -> None:
        self.host = host
        self.name = name
        self.is_up = False
        self.outages = 0
        """How many outages of its own hold it down at present."""
        self.life = 0
        """How often it has been started."""
        self.asked: dict[Any, None] = {}
        """The requests it has been asked and not answered."""
        self.calling: dict[object, tuple[str, str, str, float]] = {}
        """The calls it has made and got no answer to."""
        self.subscriptions: list[MemorySubscription] = []
        self.loop: VirtualLoop
        self.service: ContextService
        self.workers: Workers
        self._starts = 0

    @property
    def may_start(self) -> bool:
        """Whether no outage holds it down."""
        return not self.outages and not self.host.outages

    def start(self, after_s: float) -> None:
        """Start up; it serves after these seconds, unless it is killed, or told to start anew, before that."""
        self._starts += 1
        self._note("starting")
        self.host.ground.loop.call_later(after_s, self._up, self._starts)

    def _up(self, start: int) -> None:
        if start == self._starts and not self.is_up:
            self.boot()

    def boot(self) -> None:
        """Serve from now on."""
        host, ground = self.host, self.host.ground
        self.life += 1
        self.loop = VirtualLoop(ground.env, name=f"{self.name}.{self.life}")
        self.workers = Workers(
            host.name,
            self.name,
            host.deployment.workers,
            host.deployment.queue_limit,
            host.service_s,
            ground.recording.operations,
            self.loop.time,
        )
        self.service = ContextService(host.wired, ground.surround(self))
        for call in self.service.breakers:
            self._note_breaker(call, "closed")
        self.is_up = True
        self._note("up")
        self.loop.create_task(self._serve(self.life), name=self.name)

    async def _serve(self, life: int) -> None:
        try:
            await self.service.run()
        except Exception as error:  # noqa: BLE001
            # A process that ends with an error nobody expected: it is reported, and started again.
            self.host.ground.mishap(self.name, error)
            self.host.ground.loop.call_soon(self._failed, life)

    def _failed(self, life: int) -> None:
        if self.is_up and self.life == life:
            self.kill("failed")
            self.revive_after(_SHORTEST_RESTART_S)

    def kill(self, change: str = "killed") -> None:
        """End it as kill -9 does."""
        self._starts += 1
        if not self.is_up:
            return
        ground = self.host.ground
        self.is_up = False
        self._note(change)
        now = ground.env.now
        self.loop.crash()
        self.workers.killed(now)
        for call in self.calling.values():
            ground.recording.calls.add((*call, now, "killed"))
        self.calling.clear()
        ground.network.reset(self)
        for subscription in self.subscriptions:
            ground.loop.call_later(ground.topic.session_timeout_s, ground.broker.expel, subscription)
        self.subscriptions.clear()

    def revive_after(self, seconds: float) -> None:
        """Start up in this many seconds, unless an outage holds the context down then (its end starts the pod)."""
        self._starts += 1
        self.host.ground.loop.call_later(seconds, self._revive, self._starts)

    def _revive(self, start: int) -> None:
        if start == self._starts and not self.is_up and self.may_start:
            self.start(self.host.start_up_s())

    def dies_at_this_step(self) -> bool:
        """Count one step of a dealing with the outside; kill the pod if it is one to die at, and say so."""
        host = self.host
        host.steps += 1
        if host.steps in host.deadly_steps and self.is_up:
            restart_after_s = host.deadly_steps.pop(host.steps)
            self.kill()
            self.revive_after(restart_after_s)
            return True
        return False

    async def submit(self, command: Command[Any]) -> Any:
        """Handle a command from outside."""
        return await self.service.submit(command)

    async def look(self, view: str, key: int) -> Any:
        """Read a view's row, None if there is none."""
        return await self.service.look(view, key)

    def heard_from_breaker(self, event: BreakerEvent) -> None:
        """Write down what a circuit breaker does."""
        if isinstance(event, StateChanged):
            self._note_breaker(event.breaker, event.target.value)

    def _note_breaker(self, call: str, state: str) -> None:
        ground = self.host.ground
        ground.recording.breakers.add((ground.env.now, self.host.name, self.name, call, state))

    def _note(self, change: str) -> None:
        ground = self.host.ground
        ground.recording.pods.add((ground.env.now, self.host.name, self.name, change))


def all_pods(hosts: dict[str, Host]) -> Iterator[Pod]:
    """Every pod of every context."""
    return (pod for host in hosts.values() for pod in host.pods)
