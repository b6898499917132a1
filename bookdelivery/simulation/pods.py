"""The pods of a context: each a process of its own, that can die and be started again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import attrs
import simpy

from bookdelivery.adapters.brokers.memory import MemoryBroker, MemorySubscription
from bookdelivery.application.composition import Wired
from bookdelivery.application.service import ContextService
from bookdelivery.application.surroundings import Surroundings
from bookdelivery.resilience import BreakerEvent, StateChanged
from bookdelivery.simulation._porters import Porters
from bookdelivery.simulation.cpu import Cpu
from bookdelivery.simulation.deployment import Deployment, Topic
from bookdelivery.simulation.distributions import Draw
from bookdelivery.simulation.faults.outages import crash_at_step_label
from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.network import SimulatedNetwork
from bookdelivery.simulation.operations.keeper import Keeper
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
        service_s: by operation, gives the seconds that it keeps a worker busy.
        cpu_s: by operation, gives the seconds of CPU time that it computes; None: none does.
        start_up_s: gives the seconds that a pod takes to start.
        counts_steps: whether the steps of its pods' dealings with the outside are counted.
    """

    def __init__(
        self,
        wired: Wired,
        deployment: Deployment,
        store: RecordedStore,
        ground: Ground,
        service_s: Mapping[str, Draw],
        cpu_s: Mapping[str, Draw] | None,
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
        self._cpu_s = cpu_s
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
        platform = deployment.platform
        self.keeper = None if platform is None else Keeper(self, platform, ground.loop, ground.recording)
        """Who looks after the pods, if the deployment has a platform."""

    @property
    def computes(self) -> bool:
        """Whether its operations use CPU time."""
        return self._cpu_s is not None

    def new_pod(self, number: int) -> Pod:
        """Add a pod of this number; it is not started yet."""
        pod = Pod(self, f"{self.name}-{number}")
        self.pods.append(pod)
        return pod

    def service_s(self, operation: str) -> float:
        """Draw how long the next operation of this name keeps a worker busy, in seconds."""
        seconds = self._service_s[operation]()
        return self._slowed(seconds) if self.factors else seconds

    def cpu_s(self, operation: str) -> float:
        """Draw how long the next operation of this name computes, in seconds of CPU time."""
        return 0.0 if self._cpu_s is None else self._slowed(self._cpu_s[operation]())

    def _slowed(self, seconds: float) -> float:
        for factor in self.factors:
            seconds *= factor
        return seconds

    def alive(self) -> list[Pod]:
        """The pods that serve at present."""
        return [pod for pod in self.pods if pod.is_up]

    def next_pod(self) -> Pod | None:
        """Choose who serves the next request, in turn among those alive; None if nobody is.

        With a platform it is the turn of those that it takes for ready, and whoever does not listen refuses.
        """
        if self.keeper is not None:
            return self._next_endpoint(self.keeper.endpoints)
        pods = self.pods
        for _ in pods:
            self._turn = (self._turn + 1) % len(pods)
            pod = pods[self._turn]
            if pod.is_up:
                return pod
        return None

    def _next_endpoint(self, endpoints: list[Pod]) -> Pod | None:
        if not endpoints:
            return None
        self._turn = (self._turn + 1) % len(endpoints)
        pod = endpoints[self._turn]
        return pod if pod.is_up and not pod.is_draining else None


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
        self.is_draining = False
        """Whether it takes no more requests, and finishes what it has."""
        self.unwell_lives = 0
        """In how many lives of its process, this one included, it does not answer its probes."""
        self.outages = 0
        """How many outages of its own hold it down at present."""
        self.life = 0
        """How often it has been started."""
        self.takes_directly = False
        """Whether its workers are all that is wrapped around requests, so that these can be handed to them at once."""
        self.asked: dict[Any, None] = {}
        """The requests it has been asked and not answered."""
        self.calling: dict[object, tuple[str, str, str, int, float]] = {}
        """The calls it has made and got no answer to."""
        self.subscriptions: list[MemorySubscription] = []
        self.loop: VirtualLoop
        self.service: ContextService
        self.workers: Workers
        self.porters: Porters
        """Who serves the requests that its workers are through with."""
        self.serving: asyncio.Task[None]
        """What it does all the time: relay, consume, watch deadlines."""
        self.cpu: Cpu | None = None
        """Its cores; None before its first life, or if nothing here computes."""
        self._starts = 0
        self._is_starting = False

    @property
    def is_unwell(self) -> bool:
        """Whether it does not answer its probes."""
        return self.unwell_lives > 0

    @property
    def may_start(self) -> bool:
        """Whether no outage holds it down."""
        return not self.outages and not self.host.outages

    def start(self, after_s: float) -> None:
        """Start up; it serves after these seconds, unless it is killed, or told to start anew, before that."""
        self._starts += 1
        self._is_starting = True
        self.unwell_lives = max(0, self.unwell_lives - 1)
        self.note("starting")
        if self.host.keeper is not None:
            self.host.keeper.process_started(self)
            after_s *= self.host.keeper.start_up_factor(self)
        self.host.ground.loop.call_later(after_s, self._up, self._starts)

    def _up(self, start: int) -> None:
        if start == self._starts and not self.is_up:
            self.boot()

    def boot(self) -> None:
        """Serve from now on."""
        host, ground = self.host, self.host.ground
        self.life += 1
        self.loop = VirtualLoop(ground.env, name=f"{self.name}.{self.life}")
        self.porters = Porters(self.loop, f"{self.name} porter")
        self.cpu = Cpu(host.deployment.cores, self.loop) if host.computes else None
        factor = 1.0 if host.keeper is None else host.keeper.service_factor(self)
        self.workers = Workers(
            host.name,
            self.name,
            host.deployment.workers,
            host.deployment.queue_limit,
            host.service_s if factor == 1.0 else lambda operation: factor * host.service_s(operation),
            ground.recording.operations,
            self.loop,
            None if self.cpu is None else self._computing(self.cpu, factor),
        )
        self.service = ContextService(host.wired, ground.surround(self))
        self.takes_directly = self.service.around is self.workers
        for call in self.service.breakers:
            self._note_breaker(call, "closed")
        self.is_up = True
        self.is_draining = self._is_starting = False
        self.note("up")
        self.serving = self.loop.create_task(self._serve(self.life), name=self.name)
        if host.keeper is not None:
            host.keeper.answers_changed(self)

    def _computing(self, cpu: Cpu, factor: float) -> Callable[[str], Awaitable[None]]:
        cpu_s = self.host.cpu_s

        async def compute(operation: str) -> None:
            seconds = factor * cpu_s(operation)
            if seconds > 0:
                await cpu.compute(seconds)

        return compute

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
        keeper = self.host.keeper
        if self.is_up:
            self._die(change)
        elif self._is_starting:
            self._is_starting = False
            self.note(change)
        if keeper is not None:
            keeper.process_ended(self)

    def _die(self, change: str) -> None:
        ground = self.host.ground
        self.is_up = False
        self.note(change)
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
        """Start up in this many seconds, unless an outage holds the context down then (its end starts the pod).

        A platform may have it wait for longer.
        """
        self._starts += 1
        keeper = self.host.keeper
        if keeper is not None:
            wait_s = keeper.restart_wait_s(self)
            if wait_s is None:
                return
            if wait_s > 0:
                self.note("waiting")
            seconds = max(seconds, wait_s)
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
            now_s = host.ground.env.now
            label = crash_at_step_label(host.name, host.steps)
            host.ground.recording.strikes.add((label, now_s, now_s + restart_after_s))
            self.kill()
            self.revive_after(restart_after_s)
            return True
        return False

    def heard_from_breaker(self, event: BreakerEvent) -> None:
        """Write down what a circuit breaker does."""
        if isinstance(event, StateChanged):
            self._note_breaker(event.breaker, event.target.value)

    def _note_breaker(self, call: str, state: str) -> None:
        ground = self.host.ground
        ground.recording.breakers.add((ground.env.now, self.host.name, self.name, call, state))

    def note(self, change: str) -> None:
        """Write down what happens to it."""
        ground = self.host.ground
        ground.recording.pods.add((ground.env.now, self.host.name, self.name, change))


def all_pods(hosts: dict[str, Host]) -> Iterator[Pod]:
    """Every pod of every context."""
    return (pod for host in hosts.values() for pod in host.pods)
