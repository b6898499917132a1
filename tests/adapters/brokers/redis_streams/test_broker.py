"""The broker on Redis Streams keeps its own promises: leases, retention, the number of partitions, clear errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from bookdelivery.adapters.brokers.redis_streams import RedisBroker
from bookdelivery.adapters.conformance.broker_factory import contents, fetch
from bookdelivery.adapters.conformance.samples import CODEC, envelope
from bookdelivery.kernel.errors import InvalidField, Unavailable, UnusableStore
from tests.adapters.brokers.topics import redis_topic

PATIENCE_S = 120.0


def with_broker(body: Callable[[RedisBroker, str], Awaitable[None]], *, lease_s: float = 120.0) -> None:
    """Run a test's body on a broker with a topic of its own."""

    async def run(url: str) -> None:
        broker = RedisBroker.from_url(url, CODEC)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await body(broker, url)
        finally:
            await broker.close()

    with redis_topic(4, lease_s) as url:
        asyncio.run(run(url))


@pytest.mark.services
def test_a_member_that_shows_no_life_is_missed_after_its_lease_and_joins_again_when_it_fetches() -> None:
    async def body(broker: RedisBroker, url: str) -> None:
        # Its own event loop shows no life for it, as one that hangs does not.
        silent = await broker.subscribe("stock")
        assert broker._chores is not None
        broker._chores.cancel()
        await broker.publish([envelope(key) for key in range(40)])
        await fetch(silent, 40)
        heirs = RedisBroker.from_url(url, CODEC)
        try:
            heir = await heirs.subscribe("stock")
            got = 0
            while got < 40:
                deliveries = await heir.fetch()
                await heir.acknowledge(deliveries)
                got += len(deliveries)
            assert await broker.lag("stock") == 0
            await broker.publish([envelope(1)])
            await heir.close()
            assert len(contents(await fetch(silent, 1))) == 1
        finally:
            await heirs.close()

    with_broker(body, lease_s=0.6)


@pytest.mark.services
def test_what_all_groups_have_acknowledged_is_dropped_when_it_is_old() -> None:
    async def body(broker: RedisBroker, _: str) -> None:
        stock, billing = await broker.subscribe("stock"), await broker.subscribe("billing")
        await broker.publish([envelope(7, time=float(number)) for number in range(10)])
        await stock.acknowledge(await fetch(stock, 10))
        assert await broker.purge(before=100.0) == 0, "billing has acknowledged nothing yet"
        await billing.acknowledge((await fetch(billing, 10))[:6])
        assert await broker.purge(before=4.0) == 4
        assert await broker.purge(before=100.0) == 2
        late = await broker.subscribe("late")
        rest = await fetch(late, 4)
        assert [delivery.offset for delivery in rest] == [6, 7, 8, 9]
        assert await broker.lag("billing") == 4
        assert await broker.lag("nobody's") == 4
        await broker.publish([envelope(7)])
        assert [delivery.offset for delivery in await fetch(late, 1)] == [10], "offsets are never given again"

    with_broker(body)


@pytest.mark.services
def test_a_topic_keeps_its_number_of_partitions() -> None:
    async def body(broker: RedisBroker, url: str) -> None:
        await broker.publish([envelope(1)])
        other = RedisBroker.from_url(url.replace("partitions=4", "partitions=5"), CODEC)
        try:
            with pytest.raises(InvalidField, match=r"partitions is 5, but must be 4, as in the topic test-"):
                await other.publish([envelope(1)])
        finally:
            await other.close()

    with_broker(body)


@pytest.mark.services
def test_a_wrong_password_is_an_error_that_does_not_show_it() -> None:
    async def body(_: RedisBroker, url: str) -> None:
        stranger = RedisBroker.from_url(url.replace(":bookdelivery@", ":hush@"), CODEC)
        try:
            with pytest.raises(UnusableStore, match="wrong user or password") as refusal:
                await stranger.publish([envelope(1)])
            assert "hush" not in str(refusal.value)
        finally:
            await stranger.close()

    with_broker(body)


@pytest.mark.services
def test_any_client_reads_a_message_by_its_headers_and_data() -> None:
    async def body(broker: RedisBroker, url: str) -> None:
        sent = envelope(7)
        await broker.publish([sent])
        async with Redis.from_url(url.partition("?")[0]) as redis:
            topic = url.partition("topic=")[2].partition("&")[0]
            streams = [key async for key in redis.scan_iter(f"{{bookdelivery-topic:{topic}}}:partition:*")]
            entries: Any = await redis.xrange(streams[0])
        ((number, fields),) = entries
        assert number == b"0-1"
        assert fields[b"ce_id"].decode() == sent.id
        assert fields[b"ce_type"] == b"Noted"
        assert b'"eventType":"Noted"' in fields[b"data"]

    with_broker(body)


def test_a_redis_that_is_not_there_is_unavailable() -> None:
    async def body() -> None:
        broker = RedisBroker("redis://127.0.0.1:1/0", CODEC)
        try:
            for asks in (broker.publish([envelope(1)]), broker.subscribe("stock"), broker.lag("stock")):
                with pytest.raises(Unavailable, match=r"redis://127\.0\.0\.1:1/0 cannot be reached"):
                    await asks
        finally:
            await broker.close()

    asyncio.run(body())


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("redis://host?partitions=0", "partitions is 0"),
        ("redis://host?partitions=1025", "partitions is 1025"),
        ("redis://host?topic=a b", "topic is 'a b'"),
        ("redis://host?lease_s=0", "lease_s is 0.0"),
        ("redis://host?lease_s=long", "with whole partitions and a number for lease_s"),
    ],
)
def test_settings_out_of_range_are_refused(url: str, field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        RedisBroker.from_url(url, CODEC)
