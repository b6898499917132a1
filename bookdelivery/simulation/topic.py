"""The topic: the broker as it is, and as pods and people see it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import numpy as np

from bookdelivery.adapters.brokers.memory import MemoryBroker, MemorySubscription
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Delivery, Subscription
from bookdelivery.simulation._waits import Errand, Nap
from bookdelivery.simulation.deployment import Topic
from bookdelivery.simulation.detours import Detours
from bookdelivery.simulation.distributions import Draw
from bookdelivery.simulation.faults import MessageTrouble
from bookdelivery.simulation.ports import VirtualClock, there_and_back
from bookdelivery.simulation.recording import Recording
from bookdelivery.simulation.topic_guard import Guard, GuardedSubscription

if TYPE_CHECKING:
    from bookdelivery.simulation.pods import Pod


class SimulatedBroker(MemoryBroker):
    """The topic, outside of all pods; what is published is written down.

    Args:
        settings: of the topic.
        recording: where it is written down.
        clock: tells when.
        loop: the world's.
    """

    def __init__(
        self, settings: Topic, recording: Recording, clock: VirtualClock, loop: asyncio.AbstractEventLoop
    ) -> None:
        # Whoever will ever read is expected from the start, so that what all have handled is of no use to anybody.
        super().__init__(settings.partitions, retention_s=0.0)
        self._settings = settings
        self._recording = recording
        self._clock = clock
        self._detours = Detours(loop, self.append)
        self._pauses: dict[object, float] = {}
        self.deleted_unread: dict[str, int] = {}
        """By group, how many messages were deleted before it had acknowledged them."""

    @property
    def under_way(self) -> int:
        """How many messages have been accepted, and not appeared in the topic yet."""
        return self._detours.under_way

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish, and write it down."""
        self.accept(envelopes)

    def accept(self, envelopes: Sequence[Envelope]) -> None:
        """Do the same for callers that cannot wait."""
        if self._detours.is_open:
            self._detours.send(envelopes)
        else:
            self.append(envelopes)
        self._recording.published(envelopes, self._clock.now())

    def messages_troubled(self, trouble: MessageTrouble, rng: np.random.Generator) -> AbstractContextManager[None]:
        """Have messages come twice, late or in another order."""
        return self._detours.troubled(trouble, rng)

    def delete_old(self) -> None:
        """Delete what has been kept for as long as messages are kept, handled or not."""
        for group, number in self.expire(self._clock.now() - self._settings.retention_s).items():
            self.deleted_unread[group] = self.deleted_unread.get(group, 0) + number

    def expel(self, member: MemorySubscription) -> None:
        """Take a member that gives no sign of life out of its group."""
        super().expel(member)
        self.rebalanced(member)

    def rebalanced(self, member: MemorySubscription) -> None:
        """Take note that a member has joined or left its group."""
        if self._settings.rebalance_pause_s:
            self._pauses[member.group] = self._clock.now() + self._settings.rebalance_pause_s

    def pause_s(self, member: MemorySubscription) -> float:
        """Say for how many seconds nobody of a member's group gets messages from now on."""
        return max(0.0, self._pauses.get(member.group, 0.0) - self._clock.now())


class PodBroker:
    """The topic, seen from a pod.

    Args:
        pod: who sees it.
        broker: the topic.
        publish_s: gives the seconds a publication takes.
        fetch_s: gives the seconds until a waiting consumer has a message; None where it has it at once.
        guard: stands in between; None where nothing can be wrong.
    """

    def __init__(
        self, pod: Pod, broker: SimulatedBroker, publish_s: Draw, fetch_s: Draw | None, guard: Guard | None
    ) -> None:
        self._pod = pod
        self._broker = broker
        self._publish_s = publish_s
        self._fetch_s = fetch_s
        self._guard = guard

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish; see `Broker.publish`."""
        latency_s = self._publish_s()
        if latency_s > 0 and not self._pod.host.counts_steps:
            await Errand(latency_s, self._accept, envelopes)
        else:
            await there_and_back(self._pod, latency_s, self._publish, envelopes)

    def _accept(self, envelopes: Sequence[Envelope]) -> None:
        if self._guard is not None:
            self._guard.check()
        self._broker.accept(envelopes)

    async def _publish(self, envelopes: Sequence[Envelope]) -> None:
        self._accept(envelopes)

    async def subscribe(self, group: str) -> Subscription:
        """Join a consumer group; see `Broker.subscribe`.

        What the context does not react to, its consumer would acknowledge in no time; the broker does that for it,
        which saves more than every second time the pod would be woken.
        """
        host, guard = self._pod.host, self._guard
        if guard is not None:
            guard.check()
        only = None if host.counts_steps else host.wired.reactions.keys()
        subscription = await self._broker.subscribe(group, only=only)
        self._pod.subscriptions.append(subscription)
        if guard is not None:
            guard.joined(subscription)
            return PodSubscription(self._pod, GuardedSubscription(subscription, guard), self._fetch_s)
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
        guard: stands in between; None where nothing can be wrong.
    """

    def __init__(self, broker: SimulatedBroker, only: Collection[str], guard: Guard | None) -> None:
        self._broker = broker
        self._only = only
        self._guard = guard

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish; see `Broker.publish`."""
        await self._broker.publish(envelopes)

    async def subscribe(self, group: str) -> Subscription:
        """Join a consumer group; see `Broker.subscribe`."""
        if self._guard is not None:
            self._guard.check()
        membership = await self._broker.subscribe(group, only=self._only)
        if self._guard is None:
            return PeoplesSubscription(membership)
        self._guard.joined(membership)
        return PeoplesSubscription(GuardedSubscription(membership, self._guard))

    async def lag(self, group: str) -> int:
        """Count what the group has not acknowledged; see `Broker.lag`."""
        return await self._broker.lag(group)

    async def close(self) -> None:
        """Do nothing: the topic outlives the people."""


class PeoplesSubscription:
    """A membership of a consumer group, seen by people, who need to read nothing twice: they do not die.

    What they have fetched is acknowledged at once, so that the topic need not keep all messages since the one whose
    chore takes longest.

    Args:
        subscription: the membership.
    """

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        """Wait for messages; see `Subscription.fetch`."""
        deliveries = await self._subscription.fetch(limit)
        await self._subscription.acknowledge(deliveries)
        return deliveries

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Do nothing: it has been done."""

    async def close(self) -> None:
        """Leave the group."""
        await self._subscription.close()


class PodSubscription:
    """A membership of a consumer group, seen from a pod.

    Args:
        pod: who is the member.
        subscription: the membership.
        fetch_s: gives the seconds until a waiting consumer has a message; None where it has it at once.
    """

    def __init__(self, pod: Pod, subscription: Subscription, fetch_s: Draw | None) -> None:
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
