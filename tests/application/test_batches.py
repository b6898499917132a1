"""Many messages in one commit: each still counts on nothing but what was really committed."""

import asyncio
from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.kernel.aggregate import Decision, Given
from bookdelivery.kernel.errors import Unavailable
from bookdelivery.kernel.messages import Event
from bookdelivery.kernel.ports import Outcome, Record, Unit
from tests.application.examples import World, plainly
from tests.application.toy import COUNTER, TOY, Add, Added, Count, Counted, Story, Tally, tally
from tests.virtual import run_virtual


def test_a_decision_to_do_nothing_that_rests_on_one_that_was_not_committed_is_made_anew() -> None:
    """There is one seat: the first gets it and the second does nothing, unless somebody else adds a seat."""

    def decide(tally: Tally | None, command: Add, given: Given) -> Decision[Tally]:
        tally = tally or Tally(command.case)
        if len(tally.heard) >= 1 + tally.total:
            return Decision(tally)
        return Decision(attrs.evolve(tally, heard=(*tally.heard, command.number)))

    async def main() -> None:
        world = World((COUNTER, tally(decide=decide)))

        async def add_a_seat() -> None:
            await world.stores["tally"].commit([Unit(saves=(Record("Tally", 1, 1, 1, Tally(1, total=1)),))])

        async with world.open() as app:
            world.faults.next_time("tally.store.commit:before", add_a_seat)
            await app.send(Count(1))
            await app.send(Count(1))
            await app.settle()
        assert sorted((await world.state("tally", "Tally", 1)).heard) == [1, 2]

    run_virtual(main())


def test_an_event_is_published_only_if_what_it_rests_on_is_still_so() -> None:
    """A decision that publishes without changing anything is made anew if somebody else changed something."""

    def decide(tally: Tally | None, command: Add, given: Given) -> Decision[Tally]:
        if tally is None:
            return Decision(Tally(command.case))
        return Decision(tally, () if tally.total else (Added(command.case, command.number),))

    async def main() -> None:
        world = World((COUNTER, tally(decide=decide)))

        async def close() -> None:
            record = await world.stores["tally"].get("Tally", 1)
            assert record is not None
            state: Any = record.state
            closed = replace(record, version=record.version + 1, state=attrs.evolve(state, total=1))
            await world.stores["tally"].commit([Unit(saves=(closed,))])

        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            world.faults.next_time("tally.store.commit:before", close)
            await app.send(Count(1))
            await app.settle()
        assert await world.published("tally") == []

    run_virtual(main())


def test_a_row_that_many_messages_of_a_batch_are_about_is_written_once() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            await asyncio.gather(*(app.send(Count(1)) for _ in range(5)))
            await app.settle()
            assert app.services["tally"].counters.handled == 5 + 5 + 5
        story = await world.stores["tally"].get("Story", 1)
        assert story is not None
        lines = [f"Counted {number}" for number in range(1, 6)] + [f"Added {total}" for total in (1, 3, 6, 10, 15)]
        assert story.state == Story(1, tuple(lines))
        assert story.version == 2, "once for all that was counted, once for all that was added"

    run_virtual(main())


def test_a_message_that_comes_again_among_new_ones_is_handled_once() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            (old,) = [outgoing.envelope for outgoing in await world.stores["counter"].log()]
            new = [
                replace(old, id=f"new {number}", message=Counted(1, number), time=old.time + number)
                for number in (2, 3)
            ]
            await world.broker.publish([new[0], old, new[1], new[0]])
            await app.settle()
            counters = app.services["tally"].counters
            assert counters.handled == 3 * 2 + 3
            assert counters.duplicates == 2 * 2
            assert await app.dead_letters() == []
        tally = await world.state("tally", "Tally", 1)
        assert tally.heard == (1, 2, 3)
        assert len((await world.state("tally", "Story", 1)).lines) == 6

    run_virtual(main())


def test_messages_that_come_again_do_not_cost_the_others_a_commit_each() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            await asyncio.gather(*(app.send(Count(case)) for case in range(1, 21)))
            await app.settle()
            known = [outgoing.envelope for outgoing in await world.stores["counter"].log()]
            new = [replace(old, id=f"new {old.key}", message=Counted(old.key, 2)) for old in known]
            commits, commit = [], world.stores["tally"].commit

            async def counted(units: Sequence[Unit]) -> Sequence[Outcome]:
                commits.append(units)
                return await commit(units)

            world.stores["tally"].commit = counted  # type: ignore[method-assign]
            await world.broker.publish([envelope for pair in zip(known, new, strict=True) for envelope in pair])
            await app.settle()
            counters = app.services["tally"].counters
            assert counters.duplicates == 20 * 2
            assert counters.conflicts == 20 * 2, "what was decided after a message that was known is decided anew"
            # All together, each by itself, the new ones together; and then what followed from those.
            assert len(commits) <= 10

    run_virtual(main())


def test_the_next_batch_is_handled_while_the_last_one_is_being_acknowledged() -> None:
    async def main() -> None:
        world = World(TOY)
        acknowledged = asyncio.Event()

        async def hang() -> None:
            await acknowledged.wait()

        async with world.open() as app:
            world.faults.next_time("tally.broker.acknowledge:before", hang)
            await app.send(Count(1))
            await asyncio.sleep(5)
            await app.send(Count(1))
            await asyncio.sleep(5)
            assert (await world.state("tally", "Tally", 1)).heard == (1, 2)
            acknowledged.set()
            await app.settle()
            assert await world.broker.lag("tally") == 0

    run_virtual(main())


def test_an_acknowledgement_that_fails_ends_the_batch_in_work_and_both_come_again() -> None:
    async def main() -> None:
        world = World(TOY)

        async def fail() -> None:
            await asyncio.sleep(10)
            raise Unavailable("the broker is away")

        async with world.open() as app:
            world.faults.next_time("tally.broker.acknowledge:before", fail)
            await app.send(Count(1))
            await asyncio.sleep(5)
            # It hangs in the middle of its unit of work when the first one's acknowledgement fails.
            world.faults.next_time("tally.store.commit:after", lambda: asyncio.sleep(3600))
            await app.send(Count(1))
            await app.settle()
        tally = await world.state("tally", "Tally", 1)
        assert tally.heard == (1, 2)
        assert sorted((await world.state("tally", "Story", 1)).lines) == [
            "Added 1",
            "Added 3",
            "Counted 1",
            "Counted 2",
        ]

    run_virtual(main())


async def outcome(cases: list[int], batch: int, *, lanes: bool) -> list[Any]:
    world = World(TOY, settings=EngineSettings(batch=batch), around=plainly if lanes else None)
    async with world.open() as app:
        for case in cases:
            await app.send(Count(case))
        await app.settle()
    states: list[Any] = []
    for case in sorted(set(cases)):
        story = await world.state("tally", "Story", case)
        states += [await world.state("tally", "Tally", case), sorted(story.lines)]
        log = await world.stores["tally"].log(limit=1000)
        states.append([outgoing.envelope.message for outgoing in log if outgoing.envelope.key == case])
    return states


@given(st.lists(st.integers(min_value=1, max_value=4), max_size=25), st.integers(min_value=1, max_value=10))
def test_batches_of_any_size_and_lanes_come_to_the_same(cases: list[int], batch: int) -> None:
    one_by_one = run_virtual(outcome(cases, 1, lanes=False))
    assert run_virtual(outcome(cases, batch, lanes=False)) == one_by_one
    assert run_virtual(outcome(cases, batch, lanes=True)) == one_by_one


def test_an_event_its_handler_does_not_declare_is_never_published() -> None:
    @attrs.frozen
    class Surprise(Event):
        correlation_key = "case"
        case: int

    def decide(tally: Tally | None, command: Add, given: Given) -> Decision[Tally]:
        return Decision(tally or Tally(command.case), (Surprise(command.case),))

    async def main() -> None:
        world = World((COUNTER, tally(decide=decide)))
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            (letter,) = await app.dead_letters()
        assert "emitted Surprise, which it does not declare" in letter.error
        assert letter.attempts == 1
        assert await world.published("tally") == []

    run_virtual(main())


@pytest.mark.parametrize("setting", ["batch", "attempts", "conflict_attempts", "wake_ups_at_once"])
@pytest.mark.parametrize("value", [0, -1, 1.0, True, "5", None])
def test_a_setting_that_is_no_count_is_refused(setting: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"EngineSettings\.{setting} is .*, but must be a whole number, 1 or more"):
        EngineSettings(**{setting: value})


@pytest.mark.parametrize("setting", ["retry_after_s", "retry_at_most_s", "poll_s"])
@pytest.mark.parametrize("value", [0, -1, float("inf"), True, "5", None])
def test_a_setting_that_is_no_duration_is_refused(setting: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"EngineSettings\.{setting} is .*, but must be a positive number of seconds"):
        EngineSettings(**{setting: value})
