"""Groups: members share the partitions, and whatever happens to one, each message is handled."""

# ruff: noqa: D102 (the tests' names say what they are about)

from __future__ import annotations

import asyncio
from collections import Counter

from bookdelivery.adapters.conformance.broker_factory import (
    BrokerFactory,
    by_key,
    contents,
    fetch,
    on_a_broker,
    place,
    share,
)
from bookdelivery.adapters.conformance.samples import envelope
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Broker, Delivery


class Groups(BrokerFactory):
    """Joining, leaving, vanishing, coming back."""

    @on_a_broker
    async def test_members_share_the_messages_each_going_to_one_of_them(self, broker: Broker) -> None:
        first, second = await broker.subscribe("stock"), await broker.subscribe("stock")
        # Whoever came first may have to learn of the other by fetching.
        await self.nothing_comes(first)
        await self.nothing_comes(second)
        sent = [envelope(key % 60) for key in range(240)]
        await broker.publish(sent)
        shares = await share([first, second], 240)
        assert set(Counter(place(delivery) for mine in shares for delivery in mine).values()) == {1}
        ours = [{delivery.partition for delivery in mine} for mine in shares]
        assert not ours[0] & ours[1]
        assert abs(len(ours[0]) - len(ours[1])) <= 1
        assert by_key(contents([delivery for mine in shares for delivery in mine])) == by_key(sent)

    @on_a_broker
    async def test_members_of_several_processes_share_too(self, broker: Broker) -> None:
        another = await self.open_another(broker)
        try:
            first, second = await broker.subscribe("stock"), await another.subscribe("stock")
            await self.nothing_comes(first)
            await self.nothing_comes(second)
            await broker.publish([envelope(key) for key in range(60)])
            await another.publish([envelope(key) for key in range(60)])
            shares = await share([first, second], 120)
            assert set(Counter(place(delivery) for mine in shares for delivery in mine).values()) == {1}
            assert all(shares)
            assert await another.lag("stock") == 0
        finally:
            await another.close()

    @on_a_broker
    async def test_members_beyond_the_number_of_partitions_wait_their_turn(self, broker: Broker) -> None:
        members = [await broker.subscribe("stock") for _ in range(self.partitions + 1)]
        for member in members:
            await self.nothing_comes(member)
        await broker.publish([envelope(key) for key in range(200)])
        shares = await share(members, 200)
        assert sum(1 for mine in shares if not mine) >= 1
        assert set(Counter(place(delivery) for mine in shares for delivery in mine).values()) == {1}

    @on_a_broker
    async def test_what_a_member_leaves_undone_goes_to_the_others(self, broker: Broker) -> None:
        first, second = await broker.subscribe("stock"), await broker.subscribe("stock")
        await self.nothing_comes(first)
        await self.nothing_comes(second)
        await broker.publish([envelope(key) for key in range(100)])
        undone = list(await first.fetch())
        assert undone
        await first.close()
        (got,) = await share([second], 100)
        assert set(map(place, undone)) <= set(map(place, got))
        assert await broker.lag("stock") == 0

    @on_a_broker
    async def test_a_member_that_waits_gets_what_another_leaves_undone(self, broker: Broker) -> None:
        first, second = await broker.subscribe("stock"), await broker.subscribe("stock")
        await self.nothing_comes(first)
        await self.nothing_comes(second)
        await broker.publish([envelope(key) for key in range(100)])
        undone = await self.all_that_comes(first)
        await second.acknowledge(await fetch(second, 100 - len(undone)))
        waiting = asyncio.create_task(fetch(second, len(undone)))
        await asyncio.sleep(self.quiet_s)
        await first.close()
        assert set(map(place, await waiting)) == set(map(place, undone))

    @on_a_broker
    async def test_what_a_vanished_member_had_fetched_goes_to_the_others(self, broker: Broker) -> None:
        first, second = await broker.subscribe("stock"), await broker.subscribe("stock")
        await self.nothing_comes(first)
        await self.nothing_comes(second)
        await broker.publish([envelope(key) for key in range(100)])
        undone = list(await first.fetch())
        assert undone
        await self.lose(broker, first)
        (got,) = await share([second], 100)
        assert set(map(place, undone)) <= set(map(place, got))

    @on_a_broker
    async def test_a_zombies_acknowledgements_are_ignored(self, broker: Broker) -> None:
        zombie = await broker.subscribe("stock")
        await broker.publish([envelope(key) for key in range(100)])
        fetched = await fetch(zombie, 100)
        await self.lose(broker, zombie)
        heir = await broker.subscribe("stock")
        await zombie.acknowledge(fetched)
        assert await broker.lag("stock") == 100
        (got,) = await share([heir], 100)
        assert {place(delivery) for delivery in got} == {place(delivery) for delivery in fetched}

    @on_a_broker
    async def test_a_zombie_that_fetches_again_joins_again(self, broker: Broker) -> None:
        zombie = await broker.subscribe("stock")
        await broker.publish([envelope(key) for key in range(100)])
        await fetch(zombie, 100)
        await self.lose(broker, zombie)
        (got,) = await share([zombie], 100)
        assert len({place(delivery) for delivery in got}) == 100
        assert await broker.lag("stock") == 0

    @on_a_broker
    async def test_acknowledgements_of_lost_partitions_are_ignored(self, broker: Broker) -> None:
        first = await broker.subscribe("stock")
        await broker.publish([envelope(key) for key in range(100)])
        fetched = await fetch(first, 100)
        second = await broker.subscribe("stock")
        # The second gets its partitions once the first takes note that they are lost, at its next fetch at the latest.
        await self.nothing_comes(first)
        taken_over = list(await second.fetch())
        assert taken_over
        await first.acknowledge(fetched)
        lag = await broker.lag("stock")
        assert lag >= len(taken_over)
        (rest,) = await share([second], lag - len(taken_over)) if lag > len(taken_over) else ([],)
        await second.acknowledge([*taken_over, *rest])
        assert await broker.lag("stock") == 0

    @on_a_broker
    async def test_what_was_fetched_before_a_partition_was_lost_cannot_be_acknowledged_when_it_is_back(
        self, broker: Broker
    ) -> None:
        first = await broker.subscribe("stock")
        await broker.publish([envelope(key) for key in range(100)])
        fetched = await fetch(first, 100)
        second = await broker.subscribe("stock")
        await self.nothing_comes(first)
        taken_over = await second.fetch()
        assert taken_over
        await second.close()
        await first.acknowledge(fetched)
        assert await broker.lag("stock") >= len(taken_over)
        (again,) = await share([first], await broker.lag("stock"))
        assert set(map(place, taken_over)) <= set(map(place, again))
        assert await broker.lag("stock") == 0

    @on_a_broker
    async def test_few_partitions_move_when_a_member_joins(self, broker: Broker) -> None:
        first = await broker.subscribe("stock")
        await broker.publish([envelope(key) for key in range(200)])
        before = {delivery.partition for delivery in await fetch(first, 200)}
        second = await broker.subscribe("stock")
        await self.nothing_comes(first)
        await self.nothing_comes(second)
        await broker.publish([envelope(key) for key in range(200)])
        kept = {delivery.partition for delivery in await self.all_that_comes(first)}
        assert kept <= before
        assert len(kept) >= self.partitions // 2 - 1

    @on_a_broker
    async def test_nothing_is_lost_while_members_come_and_go(self, broker: Broker) -> None:
        members = [await broker.subscribe("stock")]
        sent: list[Envelope] = []
        got: list[Delivery] = []
        for round_ in range(6):
            batch = [envelope(key) for key in range(40)]
            sent += batch
            await broker.publish(batch)
            member = members[round_ % len(members)]
            fetched = await self.what_comes(member, limit=15)
            got += fetched
            if round_ in (1, 3):
                members.append(await broker.subscribe("stock"))
            if round_ == 4:
                members.remove(member)
                await member.close()
            else:
                await member.acknowledge(fetched)
        shares = await share(members, await broker.lag("stock"))
        got += [delivery for mine in shares for delivery in mine]
        assert {envelope.id for envelope in contents(got)} == {envelope.id for envelope in sent}
        assert await broker.lag("stock") == 0
