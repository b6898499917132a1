"""The topic on Kafka does what every broker has to, on a real Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from confluent_kafka import Producer

from bookdelivery.adapters.brokers.kafka import KafkaAddress, KafkaBroker, KafkaSubscription
from bookdelivery.adapters.conformance.brokers import BrokerConformance
from bookdelivery.adapters.conformance.samples import CODEC
from bookdelivery.kernel.ports import Broker, Delivery, Subscription
from tests.adapters.brokers.kafka.cluster import Cluster
from tests.adapters.brokers.topics import kafka_topic

pytestmark = pytest.mark.services

_LOOK_EVERY_S = 0.1


class TestKafkaBroker(BrokerConformance):
    partitions = 6
    quiet_s = 0.3

    @pytest.fixture(autouse=True)
    def _topic(self) -> Iterator[None]:
        self.brokers: list[KafkaBroker] = []
        with kafka_topic(self.partitions) as url:
            self.address = KafkaAddress.from_url(url)
            self.cluster = Cluster(self.address.servers)
            yield

    async def open_broker(self) -> Broker:
        broker = KafkaBroker(self.address, CODEC, timeout_s=120.0)
        self.brokers.append(broker)
        return broker

    async def reopen(self, broker: Broker) -> Broker:
        return await self.open_broker()

    async def open_another(self, broker: Broker) -> Broker:
        return await self.open_broker()

    async def lose(self, broker: Broker, member: Subscription) -> None:
        assert isinstance(member, KafkaSubscription)
        await self.cluster.leave_for(member.group, member.member_id)

    async def put_unreadable(self, broker: Broker, key: int) -> None:
        producer = Producer({"bootstrap.servers": self.address.servers, "partitioner": "murmur2_random"})
        producer.produce(self.address.topic, key=str(key), value=b"{", headers={"ce_id": b"broken"})
        assert await asyncio.to_thread(producer.flush) == 0

    async def arrived(self, member: Subscription, number: int) -> None:
        assert isinstance(member, KafkaSubscription)
        while member.read_ahead < number:  # noqa: ASYNC110 (a thread counts)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def what_comes(self, member: Subscription, limit: int = 500) -> Sequence[Delivery]:
        """Fetch once, giving up when there certainly is nothing."""
        assert isinstance(member, KafkaSubscription)
        while True:
            # Looked at first: what is published while it is looked at comes in time.
            nothing_is_left = await self._has_all(member)
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    return await member.fetch(limit)
            except TimeoutError:
                if nothing_is_left:
                    return []

    async def _has_all(self, member: KafkaSubscription) -> bool:
        """Say whether the group has shared out everything, and the member has fetched all of its share."""
        members = [one for broker in self.brokers for one in broker.members if one.group == member.group]
        group = await self.cluster.group(member.group)
        shared = sum(map(len, group.shares.values()))
        if not group.is_stable or len(group.shares) != len(members) or shared != self.partitions:
            return False
        positions = dict(member.positions)
        # One beyond the number of partitions never gets any, and so no name.
        if group.shares.get(member.member_id, set()) != positions.keys():
            return False
        return await self.cluster.has_read_all(self.address.topic, member.group, positions)
