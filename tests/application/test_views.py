"""Views: read by key and by owner, rebuilt from the log, and what purging means for both."""

import asyncio
from typing import Any

import pytest

from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.contexts.order.messages import CancelOrder
from bookdelivery.contexts.ordermanagement.messages import PackOrder, TakeOrder
from bookdelivery.kernel.errors import InvalidField, Refused
from tests.application.examples import World, place
from tests.application.provider import Fate, Provider
from tests.application.toy import COUNTER, TOY, Count, Story, tally, tell
from tests.virtual import run_virtual


async def live_a_little(world: World, app: Any) -> list[int]:
    """Place four orders of two customers; ship one, cancel one, decline one."""
    orders = [(await app.send(place(customer_id=customer))).order_id for customer in (7, 8, 7, 7)]
    await app.settle()
    await app.send(TakeOrder(orders[0]))
    await app.send(PackOrder(orders[0]))
    await app.send(CancelOrder(orders[1]))
    await app.settle()
    return orders


async def rows(world: World) -> list[Any]:
    return [record.state for record in await world.stores["mypage"].list("MyPageRow")]


def test_a_row_is_read_by_its_key_and_ones_own_rows_by_owner_and_page() -> None:
    async def main() -> None:
        world = World(provider=Provider(Fate.ANSWERED, Fate.ANSWERED, Fate.DECLINED))
        async with world.open() as app:
            orders = await live_a_little(world, app)
            assert (await app.read("mypage", orders[0])).order_status == "shipping"
            assert await app.read("mypage", 99) is None
            mine = await app.read_all("mypage", owner=7)
            assert [(row.order_id, row.order_status) for row in mine] == [
                (orders[0], "shipping"),
                (orders[2], "declined"),
                (orders[3], "placed"),
            ]
            assert [row.order_id for row in await app.read_all("mypage", after=orders[1], limit=1)] == [orders[2]]
            with pytest.raises(InvalidField, match=r"application\.view is 'mypages', but must be one of mypage"):
                await app.read("mypages", 1)

    run_virtual(main())


def test_a_view_rebuilt_from_the_logs_equals_the_live_one() -> None:
    async def main() -> None:
        world = World(provider=Provider(Fate.ANSWERED, Fate.ANSWERED, Fate.DECLINED))
        async with world.open() as app:
            await live_a_little(world, app)
            live = await rows(world)
            await world.stores["mypage"].forget("MyPageRow", "mypage.mypage")
            assert await rows(world) == []
            handled = await app.rebuild("mypage")
            assert handled == len(await world.all_published())
            assert await rows(world) == live
            await app.settle()
            assert await rows(world) == live

    run_virtual(main())


def test_a_rebuild_amid_running_business_misses_and_doubles_nothing() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:

            async def go_on() -> None:
                for _ in range(20):
                    await app.send(Count(1))
                    await asyncio.sleep(0.001)

            world.faults.next_time("tally.store.commit:before", lambda: asyncio.sleep(0.003), 1000)
            business = asyncio.create_task(go_on())
            for _ in range(5):
                await asyncio.sleep(0.004)
                await app.rebuild("story")
            await business
            await app.settle()
        lines = (await world.state("tally", "Story", 1)).lines
        totals = [sum(range(1, number + 1)) for number in range(1, 21)]
        assert sorted(lines) == sorted(
            [f"Counted {number}" for number in range(1, 21)] + [f"Added {total}" for total in totals]
        )

    run_virtual(main())


def test_a_new_fold_shows_in_rows_of_old_once_the_view_is_rebuilt() -> None:
    def shout(story: Story | None, event: Any, envelope: Any) -> Story:
        told = tell(story, event, envelope)
        return Story(told.case, tuple(line.upper() for line in told.lines))

    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
        world.contexts = (COUNTER, tally(fold=shout))
        async with world.open() as app:
            await app.rebuild("story")
            assert sorted((await app.read("story", 1)).lines) == ["ADDED 1", "COUNTED 1"]

    run_virtual(main())


def test_a_rebuild_is_refused_once_a_log_is_no_longer_whole_and_the_rows_stay() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            await live_a_little(world, app)
            live = await rows(world)
            await asyncio.sleep(100)
            assert (await app.purge(50)).outbox > 0
            with pytest.raises(Refused, match=r"rebuilding view mypage is refused: events before \d+ .* were purged"):
                await app.rebuild("mypage")
            assert await rows(world) == live

    run_virtual(main())


def test_only_a_view_there_is_can_be_rebuilt() -> None:
    async def main() -> None:
        async with World().open() as app:
            with pytest.raises(InvalidField, match="one of mypage"):
                await app.rebuild("orders")
            with pytest.raises(InvalidField, match="none: it has no view"):
                await app.services["order"].rebuild("mypage", [])

    run_virtual(main())


def test_a_purge_takes_what_is_older_than_asked_and_never_what_is_unsent() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            await asyncio.sleep(100)
            await app.send(Count(1))
            await app.settle()
            nothing = await app.purge(100.5)
            assert (nothing.outbox, nothing.inbox) == (0, 0)
            some = await app.purge(99.5)
            assert (some.outbox, some.inbox) == (2, 3)
            assert len(await world.all_published()) == 2
            world.faults.next_time("counter.broker.publish:before", lambda: asyncio.sleep(10_000))
            await app.send(Count(2))
            await asyncio.sleep(100)
            await app.purge(0)
            assert await world.published("counter") == ["Counted"]

    run_virtual(main())


@pytest.mark.parametrize("older_than_s", [-1, float("nan")])
def test_a_purge_by_an_age_that_is_none_is_refused(older_than_s: float) -> None:
    async def main() -> None:
        async with World(TOY).open() as app:
            with pytest.raises(InvalidField, match=r"purge\.older_than_s"):
                await app.purge(older_than_s)

    run_virtual(main())


def test_with_a_retention_the_outbox_and_inbox_are_kept_short_by_themselves() -> None:
    async def main() -> None:
        world = World(TOY, settings=EngineSettings(keep_s=100.0))
        async with world.open() as app:
            for _ in range(20):
                await app.send(Count(1))
                await app.settle()
                await asyncio.sleep(50)
            assert len(await world.published("counter")) <= 4
        assert (await world.state("tally", "Tally", 1)).total == sum(range(1, 21))

    run_virtual(main())


def test_a_message_that_comes_again_after_the_inbox_forgot_it_changes_nothing_in_the_bookstore() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            await live_a_little(world, app)
            logs = [outgoing.envelope for store in world.stores.values() for outgoing in await store.log(limit=10_000)]
            before = await rows(world), await world.all_published(), dict(world.provider.charges)
            asked = len(world.provider.asked)
            await asyncio.sleep(1000)
            assert (await app.purge(0)).inbox > 0
            await world.broker.publish(logs)
            await app.settle()
            assert await rows(world) == before[0]
            assert await world.all_published() == []
            assert dict(world.provider.charges) == before[2]
            assert len(world.provider.asked) == asked
            assert await app.dead_letters() == []

    run_virtual(main())


def test_what_a_rebuild_handles_after_all_is_no_dead_letter_any_more_and_is_never_applied_twice() -> None:
    broken = True

    def tell_unless_broken(story: Story | None, event: Any, envelope: Any) -> Story:
        if broken and envelope.type == "Counted":
            raise ValueError("a fold with a bug")
        return tell(story, event, envelope)

    async def main() -> None:
        nonlocal broken
        world = World((COUNTER, tally(fold=tell_unless_broken)))
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            assert len(await app.dead_letters()) == 1
            await app.rebuild("story")
            assert len(await app.dead_letters()) == 1
            broken = False
            await app.rebuild("story")
            assert await app.dead_letters() == []
            assert (await app.replay()).handled == 0
            assert sorted((await app.read("story", 1)).lines) == ["Added 1", "Counted 1"]

    run_virtual(main())


def test_a_rebuild_tells_the_story_in_the_order_in_which_it_happened() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            for _ in range(3):
                await app.send(Count(1))
                await app.settle()
                await asyncio.sleep(1)
            await app.rebuild("story")
            assert (await app.read("story", 1)).lines == (
                "Counted 1",
                "Added 1",
                "Counted 2",
                "Added 3",
                "Counted 3",
                "Added 6",
            )

    run_virtual(main())


def test_what_happens_during_a_rebuild_comes_after_what_was_before() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            world.faults.next_time("tally.store.commit:before", lambda: asyncio.sleep(10))
            rebuilding = asyncio.create_task(app.rebuild("story"))
            await asyncio.sleep(5)
            await app.send(Count(1))
            await rebuilding
            await app.settle()
            assert (await app.read("story", 1)).lines[:2] == ("Counted 1", "Added 1")

    run_virtual(main())
