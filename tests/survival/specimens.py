"""Designs that work until somebody pulls the plug, as wrappers around the ports: what the judge has to say no to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import attrs

from bookdelivery.application.system import System
from bookdelivery.contexts.payment.provider import Charged, Declined, PaymentProvider
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Broker, Delivery, Subscription
from bookdelivery.kernel.values import Won


class AtMostOnce:
    """A broker whose members acknowledge what they fetch before they handle it."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self.publish = broker.publish
        self.lag = broker.lag
        self.close = broker.close

    async def subscribe(self, group: str) -> Subscription:
        """Join a consumer group."""
        return _Hasty(await self._broker.subscribe(group))


class _Hasty:
    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self.close = subscription.close

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        deliveries = await self._subscription.fetch(limit)
        await self._subscription.acknowledge(deliveries)
        return deliveries

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Do nothing: it is done already."""


class FireAndForget:
    """A broker that says yes at once and publishes a little later, as a producer that waits for no acknowledgement."""

    LATER_S = 0.25

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._publishing: set[asyncio.Task[None]] = set()
        self.subscribe = broker.subscribe
        self.close = broker.close

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Promise to publish."""
        task = asyncio.create_task(self._publish(envelopes))
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)

    async def _publish(self, envelopes: Sequence[Envelope]) -> None:
        await asyncio.sleep(self.LATER_S)
        await self._broker.publish(envelopes)

    async def lag(self, group: str) -> int:
        """Count what a group has not acknowledged, with what is still to be published."""
        return await self._broker.lag(group) + len(self._publishing)


class KeyPerProcess:
    """A client of the payment provider whose idempotency keys are new in each process, `order/process`."""

    def __init__(self, provider: PaymentProvider, process: str) -> None:
        self._provider = provider
        self._process = process

    async def charge(self, key: str, amount: Won) -> Charged | Declined:
        """Charge."""
        return await self._provider.charge(f"{key}/{self._process}", amount)

    async def refund(self, key: str) -> Won:
        """Refund."""
        return await self._provider.refund(f"{key}/{self._process}")


@attrs.frozen(kw_only=True)
class Specimen:
    """What is put around the ports, outside the crash points.

    Attributes:
        broker: around the broker as a context sees it.
        provider: around the payment provider, given a name of the process that no other has.
    """

    broker: Callable[[Broker], Broker] = lambda broker: broker
    provider: Callable[[PaymentProvider, str], PaymentProvider] = lambda provider, _: provider

    def around(self, system: System) -> System:
        """Put it around a system, outside whatever is around it already."""

        def wrap_broker(context: Context, port: Broker) -> Broker:
            return self.broker(system.wrap_broker(context, port))

        return attrs.evolve(system, wrap_broker=wrap_broker)


SPECIMENS: Mapping[str, Specimen] = {
    "as it is": Specimen(),
    "at most once": Specimen(broker=AtMostOnce),
    "fire and forget": Specimen(broker=FireAndForget),
    "key per process": Specimen(provider=KeyPerProcess),
}
