"""A pod's ports: what lies outside of it is reached with latency, and it may die on the way there or back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import simpy

from bookdelivery.adapters.brokers.memory import MemoryBroker, MemorySubscription
from bookdelivery.adapters.stores.memory import MemoryStore
from bookdelivery.application.composition import Composition
from bookdelivery.kernel.errors import Refused
from bookdelivery.kernel.messages import Command, Envelope
from bookdelivery.kernel.ports import Delivery, Outcome, Subscription, Unit
from bookdelivery.simulation._waits import Nap
from bookdelivery.simulation.distributions import Draw
from bookdelivery.simulation.network import SimulatedNetwork
from bookdelivery.simulation.recording import Recording

if TYPE_CHECKING:
    from bookdelivery.simulation.pods import Pod

T = TypeVar("T")
Reply = TypeVar("Reply")


class VirtualClock:
    """Tells the virtual time as if it were the time of day; it begins at the Unix epoch, so both are the same number.

    Args:
        env: the environment whose time it is.
    """

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env

    def now(self) -> float:
        """Seconds since the simulation began."""
        return self._env.now


class RecordedStore(MemoryStore):
    """A context's data, outside of its pods; what is committed is written down.

    Args:
        recording: where.
        clock: tells when.
    """

    def __init__(self, recording: Recording, clock: VirtualClock) -> None:
        super().__init__()
        self._recording = recording
        self._clock = clock

    async def commit(self, units: Sequence[Unit]) -> Sequence[Outcome]:
        """Commit, and write down what was committed."""
        outcomes = await super().commit(units)
        self._recording.committed(units, outcomes, self._clock.now())
        return outcomes


class RecordedBroker(MemoryBroker):
    """The topic, outside of all pods; what is published is written down.

    Args:
        partitions: of the topic.
        recording: where it is written down.
        clock: tells when.
    """

    def __init__(self, partitions: int, recording: Recording, clock: VirtualClock) -> None:
        super().__init__(partitions)
        self._recording = recording
        self._clock = clock

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish, and write it down."""
        await super().publish(envelopes)
        self._recording.published(envelopes, self._clock.now())


async def there_and_back(pod: Pod, latency_s: float, deed: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
    """Do something outside of a pod: half of the latency passes on the way there, half on the way back.

    The pod may be made to die before it takes effect, and after that, but before the pod learns of it.
    """
    counts_steps = pod.host.counts_steps
    if latency_s > 0:
        await Nap(latency_s / 2)
    if counts_steps and pod.dies_at_this_step():
        await _for_ever()
    answer = await deed(*args, **kwargs)
    if counts_steps and pod.dies_at_this_step():
        await _for_ever()
    if latency_s > 0:
        await Nap(latency_s / 2)
    return answer


async def _for_ever() -> None:
    # The pod is dead: its loop never comes back here.
    await asyncio.get_running_loop().create_future()


class Distant:
    """Any port, seen from a pod: each method of it is a dealing with the outside.

    Args:
        pod: who deals.
        port: what with.
        latency_s: gives the seconds a dealing takes.
    """

    def __init__(self, pod: Pod, port: object, latency_s: Draw) -> None:
        self._pod = pod
        self._port = port
        self._latency_s = latency_s

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        method = getattr(self._port, name)

        async def dealing(*args: Any, **kwargs: Any) -> Any:
            return await there_and_back(self._pod, self._latency_s(), method, *args, **kwargs)

        self.__dict__[name] = dealing
        return dealing


class PodBroker:
    """The topic, seen from a pod.

    Args:
        pod: who sees it.
        broker: the topic.
        publish_s: gives the seconds a publication takes.
        fetch_s: gives the seconds until a waiting consumer has a message; None where it has it at once.
    """

    def __init__(self, pod: Pod, broker: MemoryBroker, publish_s: Draw, fetch_s: Draw | None) -> None:
        self._pod = pod
        self._broker = broker
        self._publish_s = publish_s
        self._fetch_s = fetch_s

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish; see `Broker.publish`."""
        await there_and_back(self._pod, self._publish_s(), self._broker.publish, envelopes)

    async def subscribe(self, group: str) -> Subscription:
        """Join a consumer group; see `Broker.subscribe`.

        What the context does not react to, its consumer would acknowledge in no time; the broker does that for it,
        which saves more than every second time the pod would be woken.
        """
        host = self._pod.host
        only = None if host.counts_steps else host.wired.reactions.keys()
        subscription = await self._broker.subscribe(group, only=only)
        self._pod.subscriptions.append(subscription)
        if self._fetch_s is None and not host.counts_steps:
            return subscription
        return PodSubscription(self._pod, subscription, self._fetch_s)

    async def lag(self, group: str) -> int:
        """Count what the group has not acknowledged; see `Broker.lag`."""
        return await self._broker.lag(group)

    async def close(self) -> None:
        """Do nothing: the topic outlives the pod."""


class TopicForPeople:
    """The topic, seen by people, who are told of what calls for a chore only.

    Args:
        broker: the topic.
        only: the types of messages that do.
    """

    def __init__(self, broker: MemoryBroker, only: Collection[str]) -> None:
        self._broker = broker
        self._only = only

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish; see `Broker.publish`."""
        await self._broker.publish(envelopes)

    async def subscribe(self, group: str) -> Subscription:
        """Join a consumer group; see `Broker.subscribe`."""
        return await self._broker.subscribe(group, only=self._only)

    async def lag(self, group: str) -> int:
        """Count what the group has not acknowledged; see `Broker.lag`."""
        return await self._broker.lag(group)

    async def close(self) -> None:
        """Do nothing: the topic outlives the people."""


class PodSubscription:
    """A membership of a consumer group, seen from a pod.

    Args:
        pod: who is the member.
        subscription: the membership.
        fetch_s: gives the seconds until a waiting consumer has a message; None where it has it at once.
    """

    def __init__(self, pod: Pod, subscription: MemorySubscription, fetch_s: Draw | None) -> None:
        self._pod = pod
        self._subscription = subscription
        self._fetch_s = fetch_s

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        """Wait for messages; see `Subscription.fetch`."""
        deliveries = await self._subscription.fetch(limit)
        if self._fetch_s is not None and (latency_s := self._fetch_s()) > 0:
            await Nap(latency_s)
        return deliveries

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge; see `Subscription.acknowledge`. Sent without waiting for an answer, as Kafka's consumers do."""
        await there_and_back(self._pod, 0.0, self._subscription.acknowledge, deliveries)

    async def close(self) -> None:
        """Leave the group."""
        await self._subscription.close()


class PodRequests:
    """Calls to other contexts, over the simulated network (the `Requests` port).

    Args:
        pod: who calls.
        network: carries them.
        composition: says which context handles a command.
        recording: where they are written down.
    """

    def __init__(self, pod: Pod, network: SimulatedNetwork, composition: Composition, recording: Recording) -> None:
        self._pod = pod
        self._network = network
        self._composition = composition
        self._recording = recording
        self._now = pod.loop.time

    async def request(self, command: Command[Reply], *, idempotency_key: str, timeout_s: float) -> Reply:  # noqa: ARG002
        """Send and wait; see `Requests.request`. The callee finds the key in the command, as the bookstore's do."""
        caller, callee = self._pod.host.name, self._composition.home(command)
        ticket = object()
        self._pod.calling[ticket] = (caller, callee, type(command).__name__, self._now())
        work: Callable[[Pod], Awaitable[Reply]] = lambda pod: pod.service.submit(command)  # noqa: E731
        try:
            reply: Reply = await there_and_back(self._pod, 0.0, self._network.ask, caller, callee, work)
        except Refused:
            self._ended(ticket, "refused")
            raise
        except (Exception, asyncio.CancelledError):
            self._ended(ticket, "unanswered")
            raise
        # Not in a `finally`: a call whose pod or whole world is gone has been written down, or is nobody's concern.
        self._ended(ticket, "answered")
        return reply

    def _ended(self, ticket: object, outcome: str) -> None:
        self._recording.calls.add((*self._pod.calling.pop(ticket), self._now(), outcome))
