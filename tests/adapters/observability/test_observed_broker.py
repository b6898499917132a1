"""An observed broker does what every broker has to, and what passes through it is told."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import attrs

from bookdelivery.adapters.brokers.memory import MemoryBroker
from bookdelivery.adapters.conformance.brokers import BrokerConformance
from bookdelivery.adapters.conformance.samples import envelope
from bookdelivery.adapters.observability.observed_broker import ObservedBroker
from bookdelivery.adapters.observability.observer import Operation
from bookdelivery.adapters.observability.prometheus import Metrics
from bookdelivery.kernel.errors import Unavailable
from bookdelivery.kernel.ports import Broker, Subscription, Unreadable

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class TestObservedBroker(BrokerConformance):
    quiet_s = 0.01

    async def open_broker(self) -> Broker:
        return ObservedBroker(MemoryBroker(), "order", Metrics(), time.time)

    async def reopen(self, broker: Broker) -> Broker:
        return broker

    async def open_another(self, broker: Broker) -> Broker:
        return broker

    async def lose(self, broker: Broker, member: Subscription) -> None:
        inside: Any = broker
        observed: Any = member
        inside._broker.expel(observed._subscription)

    async def put_unreadable(self, broker: Broker, key: int) -> None:
        inside: Any = broker
        await inside._broker.publish_unreadable(Unreadable("stranger", b"?", "not JSON"), key)


@attrs.define
class Told:
    """Notes what it is told, and gives every operation the same trace."""

    operations: list[tuple[str, str]] = attrs.field(factory=list)
    ended: list[tuple[str, str]] = attrs.field(factory=list)

    def begin(self, operation: Operation) -> _Noted:
        self.operations.append((operation.kind.value, operation.name))
        return _Noted(self, operation)


@attrs.frozen
class _Noted:
    told: Told
    operation: Operation
    traceparent: str = TRACEPARENT

    def end(self, outcome: str, *, name: str | None = None, correlation_id: str | None = None) -> None:
        self.told.ended.append((f"{self.operation.kind.value} {self.operation.name}", outcome))


def test_a_message_is_told_from_its_arrival_until_it_is_acknowledged_and_carries_the_trace_on() -> None:
    async def body() -> None:
        told, delays = Told(), list[tuple[str, float]]()
        sent = envelope(1)
        broker = ObservedBroker(
            MemoryBroker(), "order", told, lambda: sent.time + 2.5, lambda *arrived: delays.append(arrived)
        )
        await broker.publish([sent])
        member = await broker.subscribe("order")
        (delivery,) = await member.fetch()
        assert not isinstance(delivery.content, Unreadable)
        assert delivery.content.traceparent == TRACEPARENT
        assert delays == [(sent.type, 2.5)]
        assert told.ended == [(f"publish {sent.type}", "ok")]
        await member.acknowledge([delivery])
        assert told.ended[1:] == [(f"message {sent.type}", "ok")]

    asyncio.run(body())


def test_an_acknowledgement_ends_all_before_it_and_what_is_not_acknowledged_was_left() -> None:
    async def body() -> None:
        told = Told()
        broker = ObservedBroker(MemoryBroker(), "order", told, time.time)
        await broker.publish([envelope(1) for _ in range(3)])
        told.ended.clear()
        member = await broker.subscribe("order")
        deliveries = await member.fetch()
        await member.acknowledge(deliveries[1:2])
        assert [outcome for _, outcome in told.ended] == ["ok", "ok"]
        await member.close()
        assert [outcome for _, outcome in told.ended] == ["ok", "ok", "left"]

    asyncio.run(body())


def test_what_the_broker_does_not_take_is_told_as_unavailable() -> None:
    class Away(MemoryBroker):
        async def publish(self, envelopes: Any) -> None:
            raise Unavailable("the broker is away")

    async def body() -> None:
        told = Told()
        broker = ObservedBroker(Away(), "order", told, time.time)
        try:
            await broker.publish([envelope(1)])
        except Unavailable:
            assert [outcome for _, outcome in told.ended] == ["unavailable"]
        else:
            raise AssertionError("the error is lost")

    asyncio.run(body())
