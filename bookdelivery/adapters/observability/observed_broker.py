"""The topic as one context sees it, observed: what it publishes, and its messages from arrival to acknowledgement."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import attrs
from msgspec import structs

from bookdelivery.adapters.observability.observer import LEFT, OK, Kind, Observer, Ongoing, Operation, outcome_of
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Broker, Delivery, Subscription, Unreadable
from bookdelivery.kernel.sealed import carries_sealed

Arrived = Callable[[str, float], None]
"""Hears that a message of a type has arrived, and how many seconds after it was stated."""


class ObservedBroker:
    """A broker whose traffic is observed. A message carries on the trace of its publication.

    Args:
        broker: the broker itself.
        context: whose traffic it is.
        observer: hears of it.
        now: gives the time of day, in seconds since the epoch.
        arrived: hears of each message that arrives.
    """

    def __init__(
        self,
        broker: Broker,
        context: str,
        observer: Observer,
        now: Callable[[], float],
        arrived: Arrived | None = None,
    ) -> None:
        self._broker = broker
        self._context = context
        self._observer = observer
        self._now = now
        self._arrived = arrived

    @property
    def carries_sealed(self) -> bool:
        """Whether the broker itself takes sealed events."""
        return carries_sealed(self._broker)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Append messages; see `Broker.publish`."""
        ongoing = [self._begin(envelope, Kind.PUBLISH) for envelope in envelopes]
        error: BaseException | None = None
        try:
            await self._broker.publish(
                [_traced(envelope, one.traceparent) for envelope, one in zip(envelopes, ongoing, strict=True)]
            )
        except BaseException as raised:
            # However it ends, a giving up included, is told to whoever observes.
            error = raised
            raise
        finally:
            for one in ongoing:
                one.end(outcome_of(error))

    async def subscribe(self, group: str) -> Subscription:
        """Join a consumer group; see `Broker.subscribe`."""
        return _ObservedSubscription(await self._broker.subscribe(group), self.handling)

    async def lag(self, group: str) -> int:
        """Count the messages that the group has not acknowledged yet; see `Broker.lag`."""
        return await self._broker.lag(group)

    async def close(self) -> None:
        """Let go of files and connections."""
        await self._broker.close()

    def handling(self, delivery: Delivery) -> _Fetched:
        """Note that a message has arrived; its trace goes on in what it leads to."""
        content = delivery.content
        if isinstance(content, Unreadable):
            operation = Operation(context=self._context, kind=Kind.MESSAGE, name="unreadable")
            return _Fetched(delivery, self._observer.begin(operation))
        if self._arrived is not None:
            self._arrived(content.type, max(0.0, self._now() - content.time))
        ongoing = self._begin(content, Kind.MESSAGE)
        if ongoing.traceparent is not None:
            delivery = Delivery(delivery.partition, delivery.offset, _traced(content, ongoing.traceparent))
        return _Fetched(delivery, ongoing)

    def _begin(self, envelope: Envelope, kind: Kind) -> Ongoing:
        return self._observer.begin(
            Operation(
                context=self._context,
                kind=kind,
                name=envelope.type,
                parent=envelope.traceparent,
                correlation_id=envelope.correlation_id,
                attributes={"messaging.message.id": envelope.id, "bookdelivery.key": envelope.key},
            )
        )


@attrs.frozen(eq=False)
class _Fetched:
    delivery: Delivery
    ongoing: Ongoing


class _ObservedSubscription:
    def __init__(self, subscription: Subscription, handling: Callable[[Delivery], _Fetched]) -> None:
        self._subscription = subscription
        self._handling = handling
        # What was fetched and is not acknowledged yet, in order, by the partition.
        self._fetched: dict[int, deque[_Fetched]] = {}

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        fetched = [self._handling(delivery) for delivery in await self._subscription.fetch(limit)]
        for one in fetched:
            self._fetched.setdefault(one.delivery.partition, deque()).append(one)
        return [one.delivery for one in fetched]

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        await self._subscription.acknowledge(deliveries)
        for delivery in deliveries:
            waiting = self._fetched.get(delivery.partition, deque())
            while waiting and waiting[0].delivery.offset <= delivery.offset:
                waiting.popleft().ongoing.end(OK)

    async def close(self) -> None:
        for waiting in self._fetched.values():
            for one in waiting:
                one.ongoing.end(LEFT)
        self._fetched.clear()
        await self._subscription.close()


def _traced(envelope: Envelope, traceparent: str | None) -> Envelope:
    return envelope if traceparent is None else structs.replace(envelope, traceparent=traceparent)
