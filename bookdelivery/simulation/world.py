"""The simulated world: every part of it on one environment, from the first visitor to the last event."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import simpy

from bookdelivery.adapters.inbound.autopilot import Autopilot, Habits
from bookdelivery.application.composition import Composition, Wired, compose
from bookdelivery.application.protections import ContextResilience
from bookdelivery.application.surroundings import Around, Surroundings
from bookdelivery.application.system import System
from bookdelivery.contexts.actors import COURIER, SHOPKEEPER
from bookdelivery.contexts.order.catalog import Catalog, TrustingCatalog
from bookdelivery.contexts.payment.provider import PaymentProvider
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ids import MessageIds, Sequence
from bookdelivery.kernel.messages import Command
from bookdelivery.simulation._huge_pages import HugePages
from bookdelivery.simulation._waits import Nap
from bookdelivery.simulation.chores import chores_of
from bookdelivery.simulation.deployment import Deployment, OpeningHours, People
from bookdelivery.simulation.distributions import Draw, Uniform, takes_no_time
from bookdelivery.simulation.faults import BROKER, CLOCK, OPERATIONS, PEOPLE, PROVIDER, STORE, Fault
from bookdelivery.simulation.levers import WorldLevers
from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.network import SimulatedNetwork
from bookdelivery.simulation.operations import Maintenance, Rollout
from bookdelivery.simulation.operations.autoscaling import autoscale
from bookdelivery.simulation.operations.changes import maintain, roll_out
from bookdelivery.simulation.operations.keeper import Keeper
from bookdelivery.simulation.outcomes import outcome_of
from bookdelivery.simulation.pods import Ground, Host, Pod, all_pods
from bookdelivery.simulation.policies import note_policies
from bookdelivery.simulation.ports import Distant, PodRequests, RecordedStore, VirtualClock
from bookdelivery.simulation.provider import SimulatedProvider
from bookdelivery.simulation.recording import Recording, order_of
from bookdelivery.simulation.sampling import Sampling
from bookdelivery.simulation.scenario import Scenario
from bookdelivery.simulation.shop import ShopFront
from bookdelivery.simulation.staff import Staff
from bookdelivery.simulation.streams import Streams
from bookdelivery.simulation.topic import PodBroker, SimulatedBroker, TopicForPeople
from bookdelivery.simulation.topic_guard import Guard
from bookdelivery.simulation.troubled_ports import (
    FailingNowAndThen,
    ProviderOutOfReach,
    SkewedClock,
    StoreThatMayBeDown,
)
from bookdelivery.simulation.troubles import Troubles

Change = Rollout | Maintenance

AUTOPILOT = "autopilot"
"""The consumer group of the people."""


class World:
    """One run of a scenario on a system. Make it, `run()` it once, read it off.

    Args:
        scenario: what is simulated.
        system: whose code runs in the pods.
        externals: adapters behind ports of external systems other than the bookstore's, used by all pods as they are.

    Raises:
        InvalidField: the scenario speaks of something that the system does not have.
        WronglyDeclared: the system's contexts do not fit together.
    """

    def __init__(self, scenario: Scenario, system: System, externals: Mapping[type[Any], Any] | None = None) -> None:
        self.scenario = scenario
        self.system = system
        self.composition: Composition = compose(scenario.fit(system.contexts))
        for name, resilience in scenario.resilience.items():
            resilience.check(self.composition.wired[name])
        self.env = simpy.Environment(0.0)
        self._externals = dict(externals or {})
        self._streams = Streams(scenario.seed)
        self._clock = VirtualClock(self.env)
        self._ids = Sequence()
        sampling = Sampling(scenario.keep_rows, self._streams.numpy("recording"))
        self.recording = Recording(self.composition, sampling)
        self.errors: list[tuple[float, str, Exception]] = []
        """What nobody expected: when (seconds), in which pod, and the error."""
        self._loop = VirtualLoop(self.env, name="world")
        self._visitors = VirtualLoop(self.env, name="visitors")
        self._people = VirtualLoop(self.env, name=PEOPLE)
        self.hosts: dict[str, Host] = {}
        self.troubles = Troubles()
        self._watches = frozenset(each for fault in scenario.faults for each in fault.watches)
        self.network = SimulatedNetwork(scenario.network, self._streams, self.hosts, self._mishap, self.troubles)
        self.broker = SimulatedBroker(scenario.topic, self.recording, self._clock, self._loop)
        self.provider = SimulatedProvider(VirtualLoop(self.env, name="provider"), scenario.provider, self._streams)
        self._ground = Ground(
            env=self.env,
            loop=self._loop,
            network=self.network,
            broker=self.broker,
            topic=scenario.topic,
            recording=self.recording,
            surround=self._surround,
            mishap=self._mishap,
        )
        self._publish_s = scenario.topic.publish_s.draws(self._streams.numpy("topic", "publish"))
        fetch_s = scenario.topic.fetch_s
        self._fetch_s = None if takes_no_time(fetch_s) else fetch_s.draws(self._streams.numpy("topic", "fetch"))
        self._store_latency_s: dict[str, Draw] = {}
        self._chances = {
            name: Uniform(0.0, 1.0).draws(self._streams.numpy("failing", name)) for name in self.composition.wired
        }
        for name in self.composition.wired:
            self.hosts[name] = self._host(name)
        changes: tuple[Change, ...] = (*scenario.rollouts, *scenario.maintenance)
        for change in changes:
            self._keeper(change)
        self.autopilot = self._autopilot(scenario.people)
        self.broker.expect(name for name, wired in self.composition.wired.items() if wired.reactions)
        self.broker.expect([] if self.autopilot is None else [AUTOPILOT])
        self.drained = False
        """Whether everything had settled at the end."""
        self._at_work: list[asyncio.Task[Any]] = []
        self._in_background: list[asyncio.Task[Any]] = []

    def run(self) -> None:
        """Run from the first visitor until everything has settled, or until there is no more time for it.

        Raises:
            UnknownCommand: visitors ask for something that no context of the system handles.
            Exception: whatever a load, a behaviour or a fault of your own raises.
        """
        for pod in all_pods(self.hosts):
            pod.boot()
        self._begin_operations()
        if self.autopilot is not None:
            self._people.create_task(self._staffed(self.autopilot), name=AUTOPILOT)
        levers = WorldLevers(
            self.hosts, self.network, self.provider, self.broker, self.troubles, self.recording.strikes
        )
        seen: Counter[str] = Counter()
        for fault in self.scenario.faults:
            seen[fault.label] += 1
            rng = self._streams.numpy("fault", fault.label, str(seen[fault.label]))
            strike = fault.strike(levers, self.scenario.lasts, rng)
            self._at_work.append(self._loop.create_task(strike, name=fault.label))
        self._at_work.append(self._visitors.create_task(self._visits(), name="load"))
        try:
            self._loop.run_until_complete(self._watch())
        finally:
            # Also when the run is broken off: what is left of it must not be resumed by the garbage collector.
            self._stop()
        for task in self._at_work:
            error = task.exception() if task.done() else None
            if error is not None:
                raise _first(error)

    def _begin_operations(self) -> None:
        for name, host in self.hosts.items():
            keeper = host.keeper
            if keeper is None:
                continue
            keeper.was_there_before()
            if keeper.platform.autoscaler is not None:
                scaling = autoscale(name, keeper.platform.autoscaler, keeper, self.recording.scaling)
                self._in_background.append(self._loop.create_task(scaling, name=f"{name} autoscaler"))
        for rollout in self.scenario.rollouts:
            self._change(rollout.label, roll_out(rollout, self._keeper(rollout)))
        for maintenance in self.scenario.maintenance:
            self._change(maintenance.label, maintain(maintenance, self._keeper(maintenance)))

    def _change(self, label: str, work: Coroutine[Any, Any, None]) -> None:
        self._at_work.append(self._loop.create_task(work, name=label))

    def _keeper(self, change: Change) -> Keeper:
        keeper = self.hosts[change.context].keeper
        if keeper is None:
            raise InvalidField(
                "Scenario", f"deployment[{change.context!r}].platform", None, f"a Platform: {change.label}"
            )
        return keeper

    async def _visits(self) -> None:
        shop = ShopFront(self.env, self.composition, self.network, self.recording.requests)
        visit = self.scenario.customers.prepare(self._streams.numpy("behaviour"))
        number = 0

        def next_visit() -> Awaitable[None]:
            nonlocal number
            number += 1
            return visit(number, shop)

        await self.scenario.load.bring(next_visit, self.scenario.lasts, self._streams.numpy("arrivals"))

    async def _staffed(self, autopilot: Autopilot) -> None:
        try:
            await autopilot.run()
        except Exception as error:  # noqa: BLE001
            # Work stops here; that is told with the result, not here, in the middle of virtual time.
            self._mishap(PEOPLE, error)

    async def _watch(self) -> None:
        scenario = self.scenario
        ends = [fault.window(scenario.lasts)[1] for fault in scenario.faults]
        latest = max([scenario.lasts, *ends]) + scenario.drain_within_s
        with HugePages() as huge_pages:
            while True:
                huge_pages.look()
                self.broker.delete_old()
                await self._sample()
                if any(task.done() and task.exception() for task in (*self._at_work, *self._in_background)):
                    return
                if self.env.now >= scenario.lasts and await self._is_settled():
                    self.drained = True
                    return
                if self.env.now >= latest:
                    return
                await asyncio.sleep(scenario.sample_every_s)

    async def _sample(self) -> None:
        for name, host in self.hosts.items():
            alive = host.alive()
            for pod in alive if name in self.scenario.resilience else ():
                note_policies(self.recording.policies, self.env.now, name, pod.name, pod.service.protections)
            busy = sum(pod.workers.busy for pod in alive)
            waiting = sum(pod.workers.waiting for pod in alive)
            lag = await self.broker.lag(name) if host.wired.reactions else 0
            outbox = len(await host.store.waiting(1_000_000))
            self.recording.queues.add((self.env.now, name, busy, waiting, lag, outbox))

    async def _is_settled(self) -> bool:
        keepers = [host.keeper for host in self.hosts.values() if host.keeper is not None]
        is_at_work = any(not task.done() for task in self._at_work) or any(keeper.is_rolling for keeper in keepers)
        if is_at_work or self.broker.under_way:
            return False
        if self.autopilot is not None and (self.autopilot.busy or await self.broker.lag(AUTOPILOT)):
            return False
        for name, host in self.hosts.items():
            if any(pod.workers.busy for pod in host.alive()) or await host.store.waiting(1):
                return False
            if host.wired.reactions and await self.broker.lag(name):
                return False
            if host.wired.wake_ups and await host.store.next_wake_up(tuple(host.wired.wake_ups)) is not None:
                return False
        return True

    def _stop(self) -> None:
        loops = [pod.loop for pod in all_pods(self.hosts) if pod.is_up]
        for loop in (*loops, self._people, self._visitors, self._loop, self.provider.loop):
            loop.crash()

    def _mishap(self, where: str, error: Exception) -> None:
        self.errors.append((self.env.now, where, error))

    def _host(self, name: str) -> Host:
        deployment = self.scenario.deployment.get(name, Deployment())
        streams = self._streams
        single = {
            operation: given.draws(streams.numpy("service", name, operation))
            for operation, given in deployment.operations.items()
        }
        default = deployment.service_s.draws(streams.numpy("service", name))
        computed = {
            operation: given.draws(streams.numpy("cpu", name, operation))
            for operation, given in deployment.cpu_operations.items()
        }
        computes = bool(computed) or not takes_no_time(deployment.cpu_s)
        cpu_s = _draws(deployment.cpu_s.draws(streams.numpy("cpu", name)), computed) if computes else None
        self._store_latency_s[name] = deployment.store_latency_s.draws(streams.numpy("store", name))
        return Host(
            self.composition.wired[name],
            deployment,
            self._store(self.composition.wired[name]),
            self._ground,
            _draws(default, single),
            cpu_s,
            deployment.start_up_s.draws(streams.numpy("start-up", name)),
            counts_steps=any(fault.counts_steps_of == name for fault in self.scenario.faults),
        )

    def _store(self, wired: Wired) -> RecordedStore:
        return RecordedStore(
            self.recording, self._clock, tuple(wired.wake_ups), self._loop, self.scenario.engine.poll_s
        )

    def _surround(self, pod: Pod) -> Surroundings:
        context = pod.host.wired.context
        rng = self._streams.python("engine", pod.name, str(pod.life))
        broker = PodBroker(pod, self.broker, self._publish_s, self._fetch_s, self._guard(context.name))
        troubles, watches = self.troubles, self._watches
        store: Any = pod.host.store
        if STORE in watches:
            store = StoreThatMayBeDown(store, context.name, troubles)
        if pod.host.counts_steps or not takes_no_time(pod.host.deployment.store_latency_s):
            store = Distant(pod, store, self._store_latency_s[context.name])
        reached = ProviderOutOfReach(self.provider, context.name, troubles) if PROVIDER in watches else self.provider
        provider = Distant(pod, reached, lambda: 0.0)
        clock = SkewedClock(self.env, context.name, troubles) if CLOCK in watches else self._clock
        around: Around = pod.workers
        if OPERATIONS in watches:
            around = FailingNowAndThen(around, context.name, troubles, self._chances[context.name])
        return Surroundings(
            store=self.system.wrap_store(context, store),
            broker=self.system.wrap_broker(context, broker),
            ids=self._ids,
            requests=PodRequests(pod, self.network, self.composition, self.recording),
            externals={Catalog: TrustingCatalog(), PaymentProvider: provider, **self._externals},
            clock=clock,
            rng=rng,
            message_ids=MessageIds(clock.now, rng),
            settings=self.scenario.engine,
            resilience=self.scenario.resilience.get(pod.host.name, ContextResilience()),
            around=around,
            on_breaker=pod.heard_from_breaker,
            # A clock that is set forward makes deadlines due without a word: only looking tells.
            stirs=None if CLOCK in watches else partial(pod.host.store.watchman.tell, pod.name),
        )

    def _guard(self, caller: str) -> Guard | None:
        settings = self.scenario.topic
        if BROKER not in self._watches and not settings.rebalance_pause_s:
            return None
        return Guard(caller, self.broker, self.troubles, settings.session_timeout_s, self._loop)

    def _staff(self, number: int | None, hours: OpeningHours | None) -> Callable[[float], Awaitable[Any]]:
        is_there_at_once = number is None and hours is None
        return Nap if is_there_at_once else Staff(self._people, number, hours).work

    def _autopilot(self, people: People | None) -> Autopilot | None:
        if people is None:
            return None
        staff = {
            SHOPKEEPER: self._staff(people.shopkeepers, people.shop_hours),
            COURIER: self._staff(people.couriers, people.courier_hours),
        }
        chores = chores_of(self.composition.contexts, people, self._streams, lambda actor: staff.get(actor, Nap))

        async def send(command: Command[Any]) -> Any:
            callee = self.composition.home(command)
            started = self.env.now
            outcome = "answered"
            try:
                reply = await self.network.ask(PEOPLE, callee, command, people.timeout_s)
            except BaseException as error:
                outcome = outcome_of(error)
                raise
            finally:
                row = (PEOPLE, callee, type(command).__name__, order_of(command), started, self.env.now, outcome)
                self.recording.calls.add(row)
            return reply

        topic = TopicForPeople(self.broker, {chore.policy.on.__name__ for chore in chores}, self._guard(PEOPLE))
        return Autopilot(topic, chores, send, Habits(at_once=people.at_once), AUTOPILOT) if chores else None

    @property
    def faults(self) -> list[tuple[Fault, float, float]]:
        """Each fault with its window, in seconds."""
        return [(fault, *fault.window(self.scenario.lasts)) for fault in self.scenario.faults]


def _draws(default: Draw, single: Mapping[str, Draw]) -> Mapping[str, Draw]:
    """Give what draws the duration of each operation: its own, or else the default."""
    return defaultdict(lambda: default, single)


def _first(error: BaseException) -> BaseException:
    """Give the first of the errors that a task group has collected."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
