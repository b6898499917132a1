"""The broker in an SQLite file does what every broker has to, and keeps its own promises."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bookdelivery.adapters.conformance.broker_factory import contents, fetch
from bookdelivery.adapters.conformance.brokers import BrokerConformance
from bookdelivery.adapters.conformance.samples import CODEC, envelope
from bookdelivery.adapters.sqlite.broker import SqliteBroker
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.subscription import SqliteSubscription
from bookdelivery.kernel.errors import InvalidField, Unavailable
from bookdelivery.kernel.ports import Broker, Subscription


class TestSqliteBroker(BrokerConformance):
    quiet_s = 0.1

    @pytest.fixture(autouse=True)
    def _path(self, tmp_path: Path) -> None:
        self.path = tmp_path / "shop.db"

    async def open_broker(self) -> Broker:
        return SqliteBroker(SqliteFile(self.path), CODEC, self.partitions, owns_file=True)

    async def reopen(self, broker: Broker) -> Broker:
        return await self.open_broker()

    async def open_another(self, broker: Broker) -> Broker:
        return await self.open_broker()

    async def lose(self, broker: Broker, member: Subscription) -> None:
        assert isinstance(broker, SqliteBroker)
        assert isinstance(member, SqliteSubscription)
        await broker.expel(member)

    async def put_unreadable(self, broker: Broker, key: int) -> None:
        assert isinstance(broker, SqliteBroker)
        await broker.publish_raw({"ce_id": "broken"}, b"{", key)


async def nothing_comes(member: Subscription) -> None:
    """Let a member look for messages, so that it learns of its share."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await member.fetch()


def with_broker(path: Path, body: Callable[[SqliteBroker], Awaitable[None]], **settings: Any) -> None:
    """Run a test's body on a broker with settings of its own."""

    async def run() -> None:
        broker = SqliteBroker(SqliteFile(path), CODEC, owns_file=True, **settings)
        try:
            await body(broker)
        finally:
            await broker.close()

    asyncio.run(run())


def test_a_topic_keeps_its_number_of_partitions(tmp_path: Path) -> None:
    async def nothing(_: SqliteBroker) -> None: ...

    with_broker(tmp_path / "shop.db", nothing, partitions=3)
    with_broker(tmp_path / "shop.db", nothing, partitions=3)
    with pytest.raises(InvalidField, match=r"partitions is 12, but must be 3, as in the topic in .*shop\.db"):
        with_broker(tmp_path / "shop.db", nothing)


@pytest.mark.parametrize(
    "settings", [{"partitions": 0}, {"partitions": 1025}, {"lease_s": 0.0}, {"poll_s": -1.0}, {"retention_s": 0.0}]
)
def test_settings_out_of_range_are_refused(tmp_path: Path, settings: dict[str, Any]) -> None:
    async def nothing(_: SqliteBroker) -> None: ...

    with pytest.raises(InvalidField, match=f"SqliteBroker.{next(iter(settings))} is"):
        with_broker(tmp_path / "shop.db", nothing, **settings)


def test_members_are_live_by_a_clock_nobody_can_set(tmp_path: Path) -> None:
    now = [1000.0]

    async def body(broker: SqliteBroker) -> None:
        silent = await broker.subscribe("stock")
        now[0] += 9.0
        second = await broker.subscribe("stock")
        await nothing_comes(second)
        assert len(second.partitions) == 6, "the first is silent for less than its lease"
        now[0] += 9.0
        third = await broker.subscribe("stock")
        await nothing_comes(third)
        assert len(third.partitions) == 6, "the first is gone, the second is not"
        now[0] = 0.0
        rebooted = await broker.subscribe("stock")
        await nothing_comes(rebooted)
        assert len(rebooted.partitions) == 12, "signs of life from before a reboot count for nothing"
        assert silent.number != rebooted.number

    with_broker(tmp_path / "shop.db", body, lease_s=10.0, monotonic=lambda: now[0])


def test_members_that_show_life_stay(tmp_path: Path) -> None:
    async def body(broker: SqliteBroker) -> None:
        member = await broker.subscribe("stock")
        await asyncio.sleep(0.9)
        await broker.subscribe("billing")
        await broker.publish([envelope(1)])
        await fetch(member, 1)
        assert len(member.partitions) == 12
        assert member.number == 1, "it never had to join again"

    with_broker(tmp_path / "shop.db", body, lease_s=0.6)


def test_what_was_lost_and_came_back_unnoticed_is_delivered_again_and_not_acknowledged_from_before(
    tmp_path: Path,
) -> None:
    async def body(broker: SqliteBroker) -> None:
        member = await broker.subscribe("stock")
        await broker.publish([envelope(key) for key in range(100)])
        fetched = await fetch(member, 100)
        another = SqliteBroker(SqliteFile(tmp_path / "shop.db"), CODEC, owns_file=True)
        passing = await another.subscribe("stock")
        moved = list(await passing.fetch())
        await another.close()
        await member.acknowledge(fetched)
        assert await broker.lag("stock") == len(moved)
        (first,) = await member.fetch(limit=1)
        await member.acknowledge(fetched)
        assert await broker.lag("stock") > 0, "of what came back only the first was fetched again"
        again = [first, *await fetch(member, len(moved) - 1)]
        assert {(one.partition, one.offset) for one in again} == {(one.partition, one.offset) for one in moved}
        await member.acknowledge(again)
        assert await broker.lag("stock") == 0

    with_broker(tmp_path / "shop.db", body)


def test_old_messages_are_dropped_once_all_groups_are_done_with_them(tmp_path: Path) -> None:
    async def body(broker: SqliteBroker) -> None:
        stock, billing = await broker.subscribe("stock"), await broker.subscribe("billing")
        await broker.publish([envelope(7, time=float(second)) for second in range(100)])
        await stock.acknowledge(await fetch(stock, 100))
        assert await broker.purge(before=1000.0) == 0, "billing has not seen any"
        deliveries = await fetch(billing, 100)
        await billing.acknowledge(deliveries[:60])
        assert await broker.purge(before=50.0) == 50
        assert await broker.purge(before=1000.0) == 10
        assert await broker.lag("stock") == 0
        assert await broker.lag("billing") == 40
        assert await broker.lag("new") == 40
        again = await broker.subscribe("new")
        assert [one.offset for one in await fetch(again, 40)] == list(range(60, 100))

    with_broker(tmp_path / "shop.db", body)


def test_the_retention_is_kept_to_without_being_asked(tmp_path: Path) -> None:
    async def body(broker: SqliteBroker) -> None:
        member = await broker.subscribe("stock")
        await broker.publish([envelope(7, time=float(second)) for second in range(100)])
        await member.acknowledge(await fetch(member, 100))
        async with asyncio.timeout(120):
            while await broker.lag("new") > 31:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
        assert await broker.lag("new") == 31

    with_broker(tmp_path / "shop.db", body, lease_s=0.15, retention_s=30.0)


def test_a_group_far_behind_reads_what_is_no_longer_in_memory(tmp_path: Path) -> None:
    async def body(broker: SqliteBroker) -> None:
        sent = [envelope(key) for key in range(6000)]
        for first in range(0, 6000, 1000):
            await broker.publish(sent[first : first + 1000])
        late = await broker.subscribe("stock")
        assert {one.id for one in contents(await fetch(late, 6000))} == {one.id for one in sent}

    with_broker(tmp_path / "shop.db", body)


def test_a_file_that_cannot_be_read_is_reported_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> None:
        file = SqliteFile(tmp_path / "shop.db")
        broker = SqliteBroker(file, CODEC, poll_s=0.001)
        await broker.subscribe("stock")
        await file.close()
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable, match="was closed"):
            await broker.close()

    asyncio.run(body())
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == [
        f"{tmp_path / 'shop.db'} was closed"
    ]


def test_a_broker_may_have_a_file_of_its_own_and_be_closed_twice(tmp_path: Path) -> None:
    async def body(broker: SqliteBroker) -> None:
        member = await broker.subscribe("stock")
        waiting = asyncio.create_task(member.fetch())
        await asyncio.sleep(0)
        await broker.close()
        with pytest.raises(Unavailable):
            await waiting

    with_broker(tmp_path / "shop.db", body)
