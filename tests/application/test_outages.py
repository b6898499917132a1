"""A store or broker that goes away for a while, and errors nobody planned for: the engine waits, and goes on."""

import asyncio
import gc
from typing import Any

import attrs
import pytest

from bookdelivery.application.signal import Signal
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.contexts.order.messages import CancelOrder, OrderStatus
from bookdelivery.kernel.aggregate import Decision, Given
from bookdelivery.kernel.context import WakeUp
from bookdelivery.kernel.errors import InvalidField, NotAnswered, Unavailable, UnusableStore
from tests.application.examples import MODES, World, place
from tests.application.provider import Fate, Provider
from tests.application.toy import COUNTER, TOY, Add, Count, Tally, tally
from tests.virtual import run_virtual

AWAY = Unavailable("away for a moment")


PORTS = pytest.mark.parametrize(
    "point",
    [
        "tally.store.get:before",
        "tally.store.commit:before",
        "tally.store.commit:after",
        "tally.broker.fetch:before",
        "tally.broker.fetch:after",
        "tally.broker.acknowledge:before",
        "tally.broker.acknowledge:after",
        "tally.broker.subscribe:before",
        "counter.store.waiting:before",
        "counter.store.mark_sent:before",
        "counter.store.mark_sent:after",
        "counter.broker.publish:before",
        "counter.broker.publish:after",
    ],
)


@MODES
@PORTS
@pytest.mark.parametrize("times", [1, 7])
def test_whatever_goes_away_for_a_while_everything_is_handled_once_when_it_is_back(
    point: str, around: Any, times: int
) -> None:
    async def main() -> None:
        world = World(TOY, around=around)
        world.faults.next_time(point, AWAY, times)
        async with world.open() as app:
            for case in (1, 2, 1):
                await app.send(Count(case))
            await app.settle(timeout_s=600)
            assert await app.dead_letters() == []
        assert (await world.state("tally", "Tally", 1)).heard == (1, 2)
        assert (await world.state("tally", "Tally", 2)).heard == (1,)
        told = (await world.state("tally", "Story", 1)).lines
        assert sorted(told) == ["Added 1", "Added 3", "Counted 1", "Counted 2"]

    run_virtual(main())


@MODES
def test_a_second_outage_long_after_the_first_is_met_with_the_first_short_pause_again(around: Any) -> None:
    async def main() -> None:
        settings = EngineSettings(retry_after_s=0.1, retry_at_most_s=100.0)
        world = World(TOY, around=around, settings=settings)
        loop = asyncio.get_running_loop()
        async with world.open() as app:
            world.faults.next_time("tally.store.get:before", AWAY, 10)
            await app.send(Count(1))
            await app.settle(timeout_s=6000)
            assert loop.time() > 20
            world.faults.next_time("tally.store.get:before", AWAY)
            again = loop.time()
            await app.send(Count(1))
            await app.settle()
            assert loop.time() - again < 1.0

    run_virtual(main())


def test_settle_waits_while_a_store_is_away_and_names_who_is_not_done_when_it_gives_up() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            await app.send(Count(1))
            for point in ("tally.store.get:before", "tally.store.waiting:before"):
                world.faults.next_time(point, AWAY, 10_000)
            with pytest.raises(NotAnswered, match="after 30 s there is still something to do for tally"):
                await app.settle(timeout_s=30)
            world.faults.heal()
            await app.settle()
        assert (await world.state("tally", "Tally", 1)).total == 1

    run_virtual(main())


def test_settle_raises_what_makes_a_store_unusable_rather_than_wait_for_it() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            await app.send(Count(1))
            world.faults.next_time("tally.store.commit:before", UnusableStore("shop.db", "the disk is full"), 1000)
            with pytest.raises(UnusableStore, match=r"shop\.db: the disk is full"):
                await app.settle()

    run_virtual(main())


def test_housekeeping_waits_for_a_store_that_is_away() -> None:
    async def main() -> None:
        world = World(TOY, settings=EngineSettings(keep_s=100.0))
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            world.faults.next_time("counter.store.purge:before", AWAY)
            await asyncio.sleep(500)
            await app.send(Count(1))
            await app.settle()
        assert len(await world.published("counter")) == 1

    run_virtual(main())


@pytest.mark.parametrize("keep_s", [0, -1, float("nan"), "week", True])
def test_a_retention_that_is_no_duration_is_refused(keep_s: Any) -> None:
    with pytest.raises(InvalidField, match=r"EngineSettings\.keep_s"):
        EngineSettings(keep_s=keep_s)


def test_a_deadline_whose_command_fails_in_an_unforeseen_way_is_tried_again_and_harms_nothing_else() -> None:
    async def main() -> None:
        world = World(provider=Provider(Fate.ANSWERED, Fate.BROKEN, Fate.BROKEN))
        async with world.open() as app:
            order_id = (await app.send(place())).order_id
            await app.settle()
            await app.send(CancelOrder(order_id))
            await asyncio.sleep(60)
            assert (await app.send(place())).order_status is OrderStatus.PLACED
            await app.settle()
        assert await world.status(order_id) is OrderStatus.CANCELED
        assert world.provider.kept(order_id) == 0

    run_virtual(main())


def test_a_deadline_that_its_own_command_leaves_as_it_is_is_not_met_in_an_endless_loop() -> None:
    decided = 0

    def decide(tally: Tally | None, command: Add, given: Given) -> Decision[Tally]:
        nonlocal decided
        decided += 1
        assert decided < 1000
        return Decision(tally or Tally(command.case, remind_at=given.now))

    async def main() -> None:
        reminder = WakeUp(aggregate=Tally, issues=Add, by=lambda tally: Add(tally.case, 0))
        world = World((COUNTER, tally(decide=decide, wake_ups=(reminder,))))
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            await asyncio.sleep(10)

    run_virtual(main())
    assert 2 < decided < 30


def test_waiting_for_a_signal_that_never_comes_leaves_nothing_behind() -> None:
    async def main() -> tuple[int, int]:
        signal = Signal()
        await signal.wait(1.0)
        gc.collect()
        before = sum(isinstance(each, asyncio.Future) for each in gc.get_objects())
        for _ in range(100):
            await signal.wait(1.0)
        gc.collect()
        return before, sum(isinstance(each, asyncio.Future) for each in gc.get_objects())

    before, after = run_virtual(main())
    assert after <= before + 5


def test_a_signal_wakes_all_who_wait_and_stays_up_until_it_is_cleared() -> None:
    async def main() -> None:
        signal = Signal()
        loop = asyncio.get_running_loop()
        waiting = [asyncio.create_task(signal.wait()), asyncio.create_task(signal.wait(50.0))]
        await asyncio.sleep(1.0)
        signal.set()
        await asyncio.gather(*waiting)
        await signal.wait()
        assert loop.time() == 1.0
        signal.clear()
        await signal.wait(2.0)
        assert loop.time() == 3.0

    run_virtual(main())


def test_commands_are_told_when_their_store_is_away_and_may_be_sent_again() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            world.faults.next_time("counter.store.commit:before", AWAY, 100)
            with pytest.raises(Unavailable):
                await app.send(Count(1))
            world.faults.heal()
            await app.send(Count(1))
            await app.settle()
        assert (await world.state("counter", "Counter", 1)) == attrs.evolve(
            await world.state("counter", "Counter", 1), count=1
        )

    run_virtual(main())
