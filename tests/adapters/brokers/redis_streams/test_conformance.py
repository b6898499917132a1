"""The topic on Redis Streams does what every broker has to, on a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from bookdelivery.adapters.brokers.redis_streams import RedisBroker, RedisSubscription
from bookdelivery.adapters.conformance.brokers import BrokerConformance
from bookdelivery.adapters.conformance.samples import CODEC
from bookdelivery.kernel.ports import Broker, Delivery, Subscription
from tests.adapters.brokers.topics import redis_topic

pytestmark = pytest.mark.services

_LOOK_EVERY_S = 0.05


class TestRedisBroker(BrokerConformance):
    partitions = 6
    quiet_s = 0.2

    @pytest.fixture(autouse=True)
    def _topic(self) -> Iterator[None]:
        with redis_topic(self.partitions) as self.url:
            yield

    async def open_broker(self) -> Broker:
        return RedisBroker.from_url(self.url, CODEC)

    async def reopen(self, broker: Broker) -> Broker:
        return await self.open_broker()

    async def open_another(self, broker: Broker) -> Broker:
        return await self.open_broker()

    async def lose(self, broker: Broker, member: Subscription) -> None:
        assert isinstance(broker, RedisBroker)
        assert isinstance(member, RedisSubscription)
        await broker.expel(member)

    async def put_unreadable(self, broker: Broker, key: int) -> None:
        assert isinstance(broker, RedisBroker)
        await broker.publish_raw({"ce_id": "broken"}, b"{", key)

    async def arrived(self, member: Subscription, number: int) -> None:
        assert isinstance(member, RedisSubscription)
        while member.read_ahead < number:  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def what_comes(self, member: Subscription, limit: int = 500) -> Sequence[Delivery]:
        """Fetch once, giving up when there certainly is nothing."""
        assert isinstance(member, RedisSubscription)
        while True:
            # Looked at first: what is published while it is looked at comes in time.
            nothing_is_left = await member.is_up_to_date()
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    return await member.fetch(limit)
            except TimeoutError:
                if nothing_is_left:
                    return []
