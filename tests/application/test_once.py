"""Each message has its effect once, whoever dies when, and however often it comes."""

import asyncio
from typing import Any

import attrs
import pytest
from msgspec.structs import replace

from bookdelivery.application.application import Application
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.kernel.errors import Unavailable
from bookdelivery.kernel.ports import Record, Unit
from tests.application.examples import MODES, World
from tests.application.toy import TOY, Count
from tests.virtual import run_virtual


class Death(BaseException):
    """What no code of ours catches: the process is gone."""


async def until_death(world: World, *cases: int) -> None:
    """Run an application until it dies."""

    async def live() -> None:
        async with world.open() as app:
            for case in cases:
                await app.send(Count(case))
                await asyncio.sleep(5)

    with pytest.raises(BaseExceptionGroup) as group:
        await live()
    assert group.group_contains(Death)


async def come_back(world: World) -> Application:
    """Run another one on the same stores and broker until nothing is left to do."""
    async with world.open() as app:
        await app.settle()
        assert await app.dead_letters() == []
    return app


async def see_that_all_is_done_once(world: World, times: int) -> None:
    numbers = tuple(range(1, times + 1))
    assert (await world.state("counter", "Counter", 1)).count == times
    tally = await world.state("tally", "Tally", 1)
    assert tally.heard == numbers
    story = await world.state("tally", "Story", 1)
    assert sorted(story.lines) == sorted(
        [f"Counted {number}" for number in numbers] + [f"Added {sum(numbers[:number])}" for number in numbers]
    )


@MODES
@pytest.mark.parametrize(
    "point",
    [
        "counter.store.waiting:after",
        "counter.broker.publish:before",
        "counter.broker.publish:after",
        "counter.store.mark_sent:before",
        "counter.store.mark_sent:after",
        "tally.broker.fetch:after",
        "tally.store.get:before",
        "tally.store.commit:before",
        "tally.store.commit:after",
        "tally.broker.acknowledge:before",
        "tally.broker.acknowledge:after",
        "tally.broker.publish:before",
        "tally.broker.publish:after",
        "tally.store.mark_sent:after",
    ],
)
@pytest.mark.parametrize("occurrence", [1, 2])
def test_a_process_that_dies_at_this_point_loses_nothing_and_doubles_nothing(
    point: str, occurrence: int, around: Any
) -> None:
    async def main() -> None:
        world = World(TOY, around=around)
        world.faults.plan[point, occurrence] = Death()
        await until_death(world, 1, 1, 1)
        await come_back(world)
        await see_that_all_is_done_once(world, (await world.state("counter", "Counter", 1)).count)

    run_virtual(main())


def test_a_command_whose_process_dies_before_the_commit_has_not_happened() -> None:
    async def main() -> None:
        world = World(TOY)
        world.faults.next_time("counter.store.commit:before", Death())
        async with world.open() as app:
            with pytest.raises(Death):
                await app.send(Count(1))
            await app.settle()
        assert await world.state("counter", "Counter", 1) is None
        assert await world.all_published() == []

    run_virtual(main())


def test_a_command_whose_process_dies_after_the_commit_has_happened_with_its_event() -> None:
    async def main() -> None:
        world = World(TOY)
        world.faults.next_time("counter.store.commit:after", Death())
        async with world.open() as app:
            with pytest.raises(Death):
                await app.send(Count(1))
        await come_back(world)
        await see_that_all_is_done_once(world, 1)

    run_virtual(main())


def test_two_relays_and_two_consumers_at_once_double_nothing() -> None:
    async def main() -> None:
        world = World(TOY)
        for point in ("counter.broker.publish:before", "counter.store.mark_sent:before", "tally.store.commit:before"):
            world.faults.next_time(point, lambda: asyncio.sleep(0.05), 1000)
        async with world.open() as one, world.open() as other:
            for _ in range(10):
                await asyncio.gather(one.send(Count(1)), other.send(Count(1)))
            await one.settle()
            await other.settle()
            published = sum(app.services["counter"].counters.published for app in (one, other))
            duplicates = sum(app.services["tally"].counters.duplicates for app in (one, other))
        assert published > 20
        assert duplicates > 0
        await see_that_all_is_done_once(world, 20)

    run_virtual(main())


def test_a_zombie_that_wakes_up_after_others_took_its_partitions_doubles_nothing() -> None:
    async def main() -> None:
        world = World(TOY)
        asleep = asyncio.Event()

        async def sleep_long() -> None:
            asleep.set()
            await asyncio.sleep(1000)

        world.faults.next_time("tally.store.commit:before", sleep_long)
        async with world.open() as zombie:
            await zombie.send(Count(1))
            await asleep.wait()
            async with world.open():
                await asyncio.sleep(5)
                broker: Any = world.broker
                for member in broker.members("tally")[:1]:
                    broker.expel(member)
                await asyncio.sleep(5)
                await see_that_all_is_done_once(world, 1)
                await asyncio.sleep(2000)
            await zombie.settle()
        await see_that_all_is_done_once(world, 1)

    run_virtual(main())


def test_what_is_committed_meanwhile_is_published_while_the_events_before_it_are_being_marked() -> None:
    async def main() -> None:
        world = World(TOY)

        async def hang() -> None:
            await asyncio.sleep(10)

        async with world.open() as app:

            async def go_on() -> None:
                await app.send(Count(1))

            world.faults.next_time("counter.broker.publish:after", go_on)
            world.faults.next_time("counter.store.mark_sent:before", hang)
            await app.send(Count(1))
            await asyncio.sleep(5)
            assert (await world.state("tally", "Tally", 1)).heard == (1, 2)
            assert len(await world.stores["counter"].waiting()) == 2, "neither is marked yet"
            await app.settle()
        await see_that_all_is_done_once(world, 2)
        assert app.services["counter"].counters.published == 2, "nothing was published again"

    run_virtual(main())


@pytest.mark.parametrize("point", ["counter.broker.publish:before", "counter.store.mark_sent:before"])
def test_a_failure_while_some_are_published_and_others_marked_is_overcome(point: str) -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:

            async def go_on() -> None:
                await app.send(Count(1))
                world.faults.next_time(point, Unavailable("away"))

            world.faults.next_time("counter.broker.publish:after", go_on)
            await app.send(Count(1))
            await app.settle()
            assert await world.stores["counter"].waiting() == []
        await see_that_all_is_done_once(world, 2)

    run_virtual(main())


@MODES
def test_conflicts_with_another_process_are_decided_anew(around: Any) -> None:
    async def main() -> None:
        world = World(TOY, around=around)

        async def be_faster() -> None:
            """Change the aggregate between its load and its commit."""
            record = await world.stores["tally"].get("Tally", 1)
            assert record is not None
            state: Any = record.state
            faster: Record = replace(
                record, version=record.version + 1, state=attrs.evolve(state, total=state.total + 1000)
            )
            await world.stores["tally"].commit([Unit(saves=(faster,))])

        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            world.faults.next_time("tally.store.commit:before", be_faster, 3)
            await app.send(Count(1))
            await app.settle()
            assert app.services["tally"].counters.conflicts >= 1
            assert await app.dead_letters() == []
        tally = await world.state("tally", "Tally", 1)
        assert tally.heard == (1, 2)
        assert tally.total % 1000 == 3
        assert tally.total >= 3000

    run_virtual(main())


def test_many_commands_at_once_on_one_aggregate_all_count() -> None:
    async def main() -> None:
        world = World(TOY, settings=EngineSettings(conflict_attempts=1000))
        world.faults.next_time("counter.store.get:after", lambda: asyncio.sleep(0.001), 10**6)
        async with world.open() as app:
            await asyncio.gather(*(app.send(Count(1)) for _ in range(30)))
            await app.settle()
            assert app.services["counter"].counters.conflicts > 0
        await see_that_all_is_done_once(world, 30)

    run_virtual(main())


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
@pytest.mark.parametrize("who", ["counter", "tally"])
@MODES
def test_a_commit_whose_answer_is_lost_is_looked_up_and_never_guessed(who: str, applied: bool, around: Any) -> None:
    async def main() -> None:
        world = World(TOY, around=around)
        point = f"{who}.store.commit:{'after' if applied else 'before'}"
        async with world.open() as app:
            for _ in range(3):
                world.faults.next_time(point, Unavailable("the answer is lost"))
                await app.send(Count(1))
                await app.settle()
        await see_that_all_is_done_once(world, 3)

    run_virtual(main())


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
def test_a_commit_whose_answer_is_lost_is_told_from_anothers_that_came_in_between(applied: bool) -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as one, world.open() as other:

            async def lose_the_answer() -> None:
                await other.send(Count(1))
                raise Unavailable("the answer is lost")

            await one.send(Count(1))
            world.faults.next_time(f"counter.store.commit:{'after' if applied else 'before'}", lose_the_answer)
            await one.send(Count(1))
            await one.settle()
            await other.settle()
        await see_that_all_is_done_once(world, 3)

    run_virtual(main())


def test_what_comes_again_at_once_is_a_duplicate_and_counted() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            log = await world.stores["counter"].log()
            await world.broker.publish([outgoing.envelope for outgoing in log] * 3)
            await app.settle()
            assert app.services["tally"].counters.duplicates == 3 * 2
        await see_that_all_is_done_once(world, 1)

    run_virtual(main())
