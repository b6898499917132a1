"""The broker in memory does what every broker has to, and what only it can."""

from bookdelivery.adapters.brokers.memory import MemoryBroker, MemorySubscription
from bookdelivery.adapters.conformance.brokers import BrokerConformance
from bookdelivery.kernel.ports import Broker, Subscription, Unreadable


class TestMemoryBroker(BrokerConformance):
    quiet_s = 0.01

    async def open_broker(self) -> Broker:
        return MemoryBroker()

    async def reopen(self, broker: Broker) -> Broker:
        return broker

    async def open_another(self, broker: Broker) -> Broker:
        return broker

    async def lose(self, broker: Broker, member: Subscription) -> None:
        assert isinstance(broker, MemoryBroker)
        assert isinstance(member, MemorySubscription)
        broker.expel(member)

    async def put_unreadable(self, broker: Broker, key: int) -> None:
        assert isinstance(broker, MemoryBroker)
        await broker.publish_unreadable(Unreadable("stranger", b"?", "not JSON"), key)
