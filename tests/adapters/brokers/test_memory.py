"""The broker in memory does what every broker has to, and what only it can."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from bookdelivery.adapters.brokers.memory import MemoryBroker, MemorySubscription
from bookdelivery.adapters.conformance.broker_factory import contents, fetch, place
from bookdelivery.adapters.conformance.brokers import BrokerConformance
from bookdelivery.adapters.conformance.samples import envelope
from bookdelivery.kernel.errors import InvalidField
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


def in_two_loops(body: Callable[[asyncio.AbstractEventLoop, asyncio.AbstractEventLoop], None]) -> None:
    """Run with two event loops of one thread, which `turn` drives alternately, as a simulation does with its pods."""
    loops = asyncio.new_event_loop(), asyncio.new_event_loop()
    try:
        body(*loops)
    finally:
        for loop in loops:
            for task in asyncio.all_tasks(loop) if not loop.is_closed() else ():
                task.cancel()
            if not loop.is_closed():
                turn(loop)
                loop.close()


def turn(loop: asyncio.AbstractEventLoop) -> None:
    for _ in range(5):
        loop.call_soon(loop.stop)
        loop.run_forever()


def test_a_member_waits_on_its_own_loop_while_another_loop_publishes() -> None:
    def body(here: asyncio.AbstractEventLoop, there: asyncio.AbstractEventLoop) -> None:
        broker, message = MemoryBroker(), envelope(1)
        member = here.run_until_complete(broker.subscribe("stock"))
        waiting = here.create_task(member.fetch())
        turn(here)
        there.run_until_complete(broker.publish([message]))
        assert not waiting.done(), "it goes on only when its own loop runs"
        turn(here)
        assert contents(waiting.result()) == [message]

    in_two_loops(body)


@pytest.mark.parametrize("closed", [True, False])
def test_a_member_whose_loop_is_dead_disturbs_nobody_and_its_messages_go_to_the_others(closed: bool) -> None:
    def body(here: asyncio.AbstractEventLoop, there: asyncio.AbstractEventLoop) -> None:
        broker = MemoryBroker()
        alive = here.run_until_complete(broker.subscribe("stock"))
        dead = there.run_until_complete(broker.subscribe("stock"))
        waiting = there.create_task(dead.fetch())
        turn(there)
        if closed:
            # Nobody tidies up after a crash: what waits on the dead loop stays as it is.
            there.close()
        here.run_until_complete(broker.publish([envelope(key) for key in range(50)]))
        mine = here.run_until_complete(alive.fetch())
        assert 0 < len(mine) < 50
        broker.expel(dead)
        rest = here.run_until_complete(fetch(alive, 50 - len(mine)))
        assert len({place(delivery) for delivery in [*mine, *rest]}) == 50
        assert not waiting.done()

    in_two_loops(body)


def test_the_members_of_a_group_can_be_listed() -> None:
    async def body() -> None:
        broker = MemoryBroker()
        first, second = await broker.subscribe("stock"), await broker.subscribe("stock")
        assert broker.members("stock") == (first, second)
        assert sorted([*first.partitions, *second.partitions]) == list(range(12))
        broker.expel(first)
        assert broker.members("stock") == (second,)
        assert broker.members("nobody's") == ()

    asyncio.run(body())


def test_old_messages_go_once_every_group_has_acknowledged_them() -> None:
    async def body() -> None:
        broker = MemoryBroker(1)
        stock, billing = await broker.subscribe("stock"), await broker.subscribe("billing")
        await broker.publish([envelope(1, time=float(second)) for second in range(10)])
        await stock.acknowledge(await fetch(stock, 10))
        assert broker.purge(before=5.0) == 0, "billing has not read them"
        fetched = await fetch(billing, 10)
        await billing.acknowledge(fetched[:3])
        assert broker.purge(before=5.0) == 3
        await billing.acknowledge(fetched)
        assert broker.purge(before=5.0) == 2
        late = await broker.subscribe("late")
        assert [message.time for message in contents(await fetch(late, 5))] == [5.0, 6.0, 7.0, 8.0, 9.0]
        assert [await broker.lag(group) for group in ("stock", "billing", "late", "new")] == [0, 0, 5, 5]
        more = envelope(1)
        await broker.publish([more])
        assert contents(await fetch(stock, 1)) == [more]

    asyncio.run(body())


def test_what_expires_is_gone_for_all_and_each_group_is_told_what_it_lost() -> None:
    async def body() -> None:
        broker = MemoryBroker(1)
        stock, billing = await broker.subscribe("stock"), await broker.subscribe("billing")
        messages = [envelope(1, time=float(second)) for second in range(10)]
        await broker.publish(messages)
        await stock.acknowledge(await stock.fetch(limit=8))
        in_hand = await billing.fetch(limit=2)
        assert broker.expire(before=5.0) == {"billing": 5}
        assert broker.expire(before=5.0) == {}
        assert [await broker.lag(group) for group in ("stock", "billing", "new")] == [2, 5, 5]
        # What is gone cannot be acknowledged any more, and the next fetch goes on with what is left.
        await billing.acknowledge(in_hand)
        assert contents(await fetch(billing, 5)) == messages[5:]
        assert contents(await fetch(stock, 2)) == messages[8:]

    asyncio.run(body())


def test_memory_stays_bounded_while_messages_are_acknowledged() -> None:
    async def body() -> None:
        broker = MemoryBroker(3, retention_s=100.0)
        member = await broker.subscribe("stock")
        for second in range(0, 20_000, 10):
            await broker.publish([envelope(second + key, time=second + key / 10) for key in range(10)])
            await member.acknowledge(await fetch(member, 10))
        assert await broker.lag("new") <= 2_000

    asyncio.run(body())


def test_messages_are_kept_for_a_group_that_is_expected_until_it_comes() -> None:
    async def body() -> None:
        broker = MemoryBroker(1, retention_s=0.0)
        broker.expect(["late"])
        member = await broker.subscribe("stock")
        messages = [envelope(1, time=float(second)) for second in range(3)]
        await broker.publish(messages)
        await member.acknowledge(await fetch(member, 3))
        assert broker.purge(before=10.0) == 0
        assert contents(await fetch(await broker.subscribe("late"), 3)) == messages

    asyncio.run(body())


def test_a_member_that_wants_some_types_only_is_not_woken_for_others_which_count_as_done() -> None:
    async def body() -> None:
        broker = MemoryBroker(1)
        member = await broker.subscribe("stock", only={"Wanted"})
        waiting = asyncio.create_task(member.fetch())
        await asyncio.sleep(0)
        await broker.publish([envelope(1), envelope(1)])
        await asyncio.sleep(0)
        assert not waiting.done()
        assert await broker.lag("stock") == 0
        wanted = envelope(1, type="Wanted")
        await broker.publish([envelope(1), wanted, envelope(1)])
        found = await waiting
        assert contents(found)[0] == wanted
        assert await broker.lag("stock") == 2

    asyncio.run(body())


def test_what_nobody_wants_is_not_acknowledged_before_what_is_still_in_hand() -> None:
    async def body() -> None:
        broker = MemoryBroker(1)
        member = await broker.subscribe("stock", only={"Wanted"})
        await broker.publish([envelope(1, type="Wanted")])
        in_hand = await member.fetch()
        await broker.publish([envelope(1)])
        assert await broker.lag("stock") == 2
        broker.expel(member)
        again = await broker.subscribe("stock")
        assert contents(await fetch(again, 2))[0] == contents(in_hand)[0]

    asyncio.run(body())


def test_what_nobody_wants_behind_what_is_in_hand_wakes_nobody_and_is_done_together_with_it() -> None:
    async def body() -> None:
        broker = MemoryBroker(1)
        member = await broker.subscribe("stock", only={"Wanted"})
        await broker.publish([envelope(1, type="Wanted")])
        in_hand = await member.fetch()
        waiting = asyncio.create_task(member.fetch())
        await asyncio.sleep(0)
        await broker.publish([envelope(1)])
        await broker.publish([envelope(1)])
        await asyncio.sleep(0)
        assert not waiting.done()
        await broker.publish([envelope(1, type="Wanted"), envelope(1)])
        later = await waiting
        await member.acknowledge(in_hand)
        assert await broker.lag("stock") == 2, "the wanted one that is in hand now, and what lies behind it"
        await member.acknowledge(later[:1])
        assert await broker.lag("stock") == 0

    asyncio.run(body())


def test_a_member_that_wants_some_types_only_is_woken_for_what_nobody_can_read() -> None:
    async def body() -> None:
        broker = MemoryBroker(1)
        member = await broker.subscribe("stock", only={"Wanted"})
        await broker.publish_unreadable(Unreadable("stranger", b"?", "not JSON"), 1)
        (delivery,) = await member.fetch()
        assert isinstance(delivery.content, Unreadable)

    asyncio.run(body())


@pytest.mark.parametrize("partitions", [0, -1, 1.5, True, "12"])
def test_a_topic_has_at_least_one_partition(partitions: Any) -> None:
    with pytest.raises(
        InvalidField, match=re.escape(f"MemoryBroker.partitions is {partitions!r}, but must be an integer")
    ):
        MemoryBroker(partitions)


@pytest.mark.parametrize("retention_s", [-1.0, float("nan")])
def test_a_retention_is_not_negative(retention_s: float) -> None:
    with pytest.raises(InvalidField, match=r"MemoryBroker.retention_s is .*, but must be 0 seconds or more"):
        MemoryBroker(retention_s=retention_s)
