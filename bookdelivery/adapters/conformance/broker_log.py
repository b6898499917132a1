"""The log: what is published is kept, in order, for every group, until that group has acknowledged it."""

# ruff: noqa: D102 (the tests' names say what they are about)

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from bookdelivery.adapters.brokers.partitions import partition_of
from bookdelivery.adapters.conformance.broker_factory import (
    BrokerFactory,
    by_key,
    contents,
    fetch,
    on_a_broker,
    place,
)
from bookdelivery.adapters.conformance.samples import CODEC, envelope
from bookdelivery.kernel.errors import Unavailable
from bookdelivery.kernel.ports import Broker, Delivery, Unreadable
from bookdelivery.kernel.sealed import carries_sealed


class Log(BrokerFactory):
    """Publishing, fetching, acknowledging."""

    @on_a_broker
    async def test_a_message_arrives_as_it_was_published(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        sent = [envelope(1), envelope(2), envelope(2**53 - 1)]
        await broker.publish(sent)
        assert by_key(contents(await fetch(member, 3))) == by_key(sent)

    @on_a_broker
    async def test_a_sealed_message_arrives_as_what_was_sealed(self, broker: Broker) -> None:
        if not carries_sealed(broker):
            return
        member = await broker.subscribe("stock")
        sent = [envelope(1), envelope(2)]
        await broker.publish([CODEC.sealed_event(*CODEC.encode_event(one)) for one in sent])
        assert by_key(contents(await fetch(member, 2))) == by_key(sent)

    @on_a_broker
    async def test_messages_of_a_key_arrive_in_the_order_of_publishing(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        sent = [envelope(number % 7) for number in range(210)]
        for first in range(0, len(sent), 30):
            await broker.publish(sent[first : first + 30])
        assert by_key(contents(await fetch(member, 210))) == by_key(sent)

    @on_a_broker
    async def test_a_key_decides_the_partition_as_it_does_in_kafka(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        await broker.publish([envelope(key) for key in range(1, 101)])
        deliveries = await fetch(member, 100)
        chosen = {envelope.key: one.partition for one, envelope in zip(deliveries, contents(deliveries), strict=True)}
        assert chosen == {key: partition_of(key, self.partitions) for key in range(1, 101)}

    @on_a_broker
    async def test_offsets_within_a_partition_rise_one_by_one(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        await broker.publish([envelope(7) for _ in range(20)])
        offsets = [delivery.offset for delivery in await fetch(member, 20)]
        assert offsets == list(range(offsets[0], offsets[0] + 20))

    @on_a_broker
    async def test_publishing_nothing_is_no_fault(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        await broker.publish([])
        assert await self.nothing_comes(member)

    @on_a_broker
    async def test_every_group_gets_every_message(self, broker: Broker) -> None:
        sent = [envelope(key) for key in range(20)]
        stock, billing = await broker.subscribe("stock"), await broker.subscribe("billing")
        await broker.publish(sent)
        for member in (stock, billing):
            deliveries = await fetch(member, 20)
            await member.acknowledge(deliveries)
            assert by_key(contents(deliveries)) == by_key(sent)

    @on_a_broker
    async def test_a_new_group_begins_at_the_oldest_message_kept(self, broker: Broker) -> None:
        sent = [envelope(key) for key in range(20)]
        early = await broker.subscribe("early")
        await broker.publish(sent)
        await early.acknowledge(await fetch(early, 20))
        late = await broker.subscribe("late")
        assert by_key(contents(await fetch(late, 20))) == by_key(sent)
        assert await self.nothing_comes(early)

    @on_a_broker
    async def test_a_fetch_takes_no_more_than_its_limit_and_the_next_goes_on(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        sent = [envelope(number % 5) for number in range(25)]
        await broker.publish(sent)
        pages = [await member.fetch(limit=10) for _ in range(2)]
        assert all(0 < len(page) <= 10 for page in pages)
        rest = await fetch(member, 25 - sum(map(len, pages)))
        assert by_key(contents([*pages[0], *pages[1], *rest])) == by_key(sent)

    @on_a_broker
    async def test_a_busy_partition_does_not_starve_the_others(self, broker: Broker) -> None:
        keys = range(1, 1000)
        other = next(key for key in keys if partition_of(key, self.partitions) != partition_of(1, self.partitions))
        for turn, (first, second) in enumerate(((1, other), (other, 1)), start=1):
            member = await broker.subscribe(f"reader of {first}")
            await broker.publish([envelope(first) for _ in range(40)])
            await broker.publish([envelope(second)])
            await self.arrived(member, turn * 41)
            seen = {one.key for _ in range(3) for one in contents(await member.fetch(limit=5))}
            assert seen == {first, second}
            await member.close()

    @on_a_broker
    async def test_a_fetch_waits_for_something_to_come(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        waiting = asyncio.create_task(fetch(member, 1))
        await asyncio.sleep(self.quiet_s / 2)
        assert not waiting.done()
        late = envelope(1)
        await broker.publish([late])
        assert contents(await waiting) == [late]

    @on_a_broker
    async def test_a_cancelled_fetch_loses_nothing(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        sent = [envelope(number) for number in range(5)]
        got: list[Delivery] = []
        for one, pause_s in zip(sent, (None, 0, 0, 0.001, 0.01), strict=True):
            waiting = asyncio.create_task(member.fetch())
            if pause_s is not None:
                await asyncio.sleep(pause_s)
            await broker.publish([one])
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                got += await waiting
        rest = await fetch(member, 5 - len(got)) if len(got) < 5 else []
        assert by_key(contents([*got, *rest])) == by_key(sent)

    @on_a_broker
    async def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        sent = [envelope(7) for _ in range(10)]
        await broker.publish(sent)
        await member.acknowledge((await fetch(member, 10))[:4])
        await member.close()
        again = await broker.subscribe("stock")
        assert contents(await fetch(again, 6)) == sent[4:]

    @on_a_broker
    async def test_acknowledging_a_message_acknowledges_all_before_it_in_its_partition(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        await broker.publish([envelope(7) for _ in range(10)])
        deliveries = await fetch(member, 10)
        await member.acknowledge([deliveries[6]])
        assert await broker.lag("stock") == 3
        await member.acknowledge([])
        await member.acknowledge([deliveries[2]])
        assert await broker.lag("stock") == 3, "what is done stays done"

    @on_a_broker
    async def test_the_lag_counts_what_a_group_has_not_acknowledged(self, broker: Broker) -> None:
        stock, _ = await broker.subscribe("stock"), await broker.subscribe("billing")
        assert await broker.lag("stock") == 0
        await broker.publish([envelope(key) for key in range(30)])
        deliveries = await fetch(stock, 30)
        assert await broker.lag("stock") == 30
        await stock.acknowledge(deliveries)
        assert await broker.lag("stock") == 0
        assert await broker.lag("billing") == 30
        assert await broker.lag("nobody's") == 30

    @on_a_broker
    async def test_a_message_nobody_can_read_comes_in_its_turn(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        before, after = envelope(7), envelope(7)
        await broker.publish([before])
        await self.put_unreadable(broker, 7)
        await broker.publish([after])
        first, broken, last = await fetch(member, 3)
        assert [first.content, last.content] == [before, after]
        assert isinstance(broken.content, Unreadable)
        assert broken.content.id
        assert broken.content.error
        await member.acknowledge([broken])
        assert await broker.lag("stock") == 1

    @on_a_broker
    async def test_messages_and_acknowledgements_survive_a_restart(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        sent = [envelope(7) for _ in range(6)]
        await broker.publish(sent)
        deliveries = await fetch(member, 6)
        await member.acknowledge(deliveries[:2])
        await member.close()
        await broker.close()
        again = await self.reopen(broker)
        try:
            assert await again.lag("stock") == 4
            fetched = await fetch(await again.subscribe("stock"), 4)
            assert contents(fetched) == sent[2:]
            assert list(map(place, fetched)) == list(map(place, deliveries[2:]))
        finally:
            await again.close()

    @on_a_broker
    async def test_a_member_that_left_gets_nothing_more(self, broker: Broker) -> None:
        member = await broker.subscribe("stock")
        waiting = asyncio.create_task(fetch(member, 1))
        await asyncio.sleep(self.quiet_s / 2)
        await member.close()
        with pytest.raises(Unavailable):
            await waiting
        with pytest.raises(Unavailable):
            await member.fetch()
        await member.close()
