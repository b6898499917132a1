"""A message that keeps failing is set aside: kept, counted, listed, and handled after all when somebody says so."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import attrs
import pytest

from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.kernel.aggregate import Decision, Given
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import Refused
from bookdelivery.kernel.messages import Envelope, Event
from bookdelivery.kernel.ports import Record, Unit, Unreadable
from tests.application.examples import MODES, World, plainly
from tests.application.toy import COUNTER, TOY, Add, Count, Story, Tally, add, tally, tell
from tests.virtual import run_virtual


class Bug(Exception):
    """An error no code of ours knows."""


class Weakness:
    """Fails for some messages, for as long as it is told to."""

    def __init__(self, number: int, times: int = 10**6) -> None:
        self.number = number
        self.left = times
        self.failed_at: list[float] = []

    def show(self, number: int) -> None:
        """Fail for this message, if it is the one."""
        if number == self.number and self.left:
            self.left -= 1
            self.failed_at.append(asyncio.get_running_loop().time())
            raise Bug(f"cannot stand {number}")

    def add(self, tally: Tally | None, command: Add, given: Given) -> Decision[Tally]:
        """Add, or fail."""
        self.show(command.number)
        return add(tally, command, given)

    def tell(self, story: Story | None, event: Any, envelope: Envelope) -> Story:
        """Tell, or fail."""
        if envelope.type == "Counted":
            self.show(event.number)
        return tell(story, event, envelope)


ROLES: dict[str, tuple[str, Callable[[Weakness], Context]]] = {
    "policy": ("tally.add it up", lambda weakness: tally(decide=weakness.add)),
    "view": ("tally.story", lambda weakness: tally(fold=weakness.tell)),
}
BOTH = pytest.mark.parametrize("role", ROLES)


@MODES
@BOTH
def test_a_message_that_keeps_failing_is_set_aside_and_holds_up_no_other(role: str, around: Any) -> None:
    async def main() -> None:
        weakness = Weakness(2)
        consumer, weak = ROLES[role]
        world = World((COUNTER, weak(weakness)), around=around)
        async with world.open() as app:
            for _ in range(3):
                await app.send(Count(1))
            await app.settle()
            (letter,) = await app.dead_letters()
            assert app.services["tally"].counters.dead_lettered == 1
            assert app.services["tally"].counters.retried == 4
        assert letter.consumer == consumer
        assert letter.attempts == len(weakness.failed_at) - (1 if around is None else 0) == 5
        assert letter.error == "Bug: cannot stand 2"
        assert letter.envelope is not None
        assert letter.envelope.type == "Counted"
        assert letter.message_id == letter.envelope.id
        story = (await world.state("tally", "Story", 1)).lines
        heard = (await world.state("tally", "Tally", 1)).heard
        if role == "policy":
            assert heard == (1, 3)
            assert "Counted 2" in story
        else:
            assert heard == (1, 2, 3)
            assert [line for line in story if line.startswith("Counted")] == ["Counted 1", "Counted 3"]

    run_virtual(main())


@MODES
@BOTH
def test_a_replayed_message_has_its_effect_once_and_its_letter_is_gone(role: str, around: Any) -> None:
    async def main() -> None:
        weakness = Weakness(1)
        world = World((COUNTER, ROLES[role][1](weakness)), around=around)
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            (letter,) = await app.dead_letters()
            still = await app.replay()
            assert still.handled == 0
            ((failed, error),) = still.failed
            assert (failed, repr(error)) == (letter, "Bug('cannot stand 1')")
            assert await app.dead_letters() == [letter]
            weakness.left = 0
            assert (await app.replay("another message")).handled == 0
            assert (await app.replay(letter.message_id)).handled == 1
            assert await app.dead_letters() == []
            assert (await app.replay()).handled == 0
            await world.broker.publish([outgoing.envelope for outgoing in await world.stores["counter"].log()])
            await app.settle()
        assert (await world.state("tally", "Tally", 1)).heard == (1,)
        assert sorted((await world.state("tally", "Story", 1)).lines) == ["Added 1", "Counted 1"]

    run_virtual(main())


def test_two_replays_at_once_have_one_effect() -> None:
    async def main() -> None:
        weakness = Weakness(1)
        world = World((COUNTER, tally(decide=weakness.add)))
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            weakness.left = 0
            world.faults.next_time("tally.store.commit:before", lambda: asyncio.sleep(1.0), 2)
            await asyncio.gather(app.replay(), app.replay())
            await app.settle()
        assert (await world.state("tally", "Tally", 1)).heard == (1,)

    run_virtual(main())


def test_a_letter_outlives_a_restart() -> None:
    async def main() -> None:
        weakness = Weakness(1)
        world = World((COUNTER, tally(decide=weakness.add)))
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
        weakness.left = 0
        async with world.open() as app:
            await app.settle()
            assert len(await app.dead_letters()) == 1
            assert (await app.replay()).handled == 1
        assert (await world.state("tally", "Tally", 1)).heard == (1,)

    run_virtual(main())


@MODES
@BOTH
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_handler_that_fails_a_few_times_and_then_works_needs_no_help(role: str, around: Any, times: int) -> None:
    async def main() -> None:
        weakness = Weakness(2, times=times)
        world = World((COUNTER, ROLES[role][1](weakness)), around=around)
        async with world.open() as app:
            for _ in range(3):
                await app.send(Count(1))
            await app.settle()
            assert await app.dead_letters() == []
        assert weakness.left == 0
        assert (await world.state("tally", "Tally", 1)).total == 6
        assert len((await world.state("tally", "Story", 1)).lines) == 6

    run_virtual(main())


def test_the_pauses_between_attempts_grow() -> None:
    async def main() -> list[float]:
        weakness = Weakness(1)
        settings = EngineSettings(attempts=6, retry_after_s=0.1, retry_at_most_s=1.0)
        world = World((COUNTER, tally(decide=weakness.add)), settings=settings, around=plainly)
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
        return weakness.failed_at

    at = run_virtual(main())
    pauses_s = [later - earlier for earlier, later in pairwise(at)]
    for pause_s, bound_s in zip(pauses_s, [0.1, 0.2, 0.4, 0.8, 1.0], strict=True):
        assert bound_s / 2 <= pause_s <= bound_s


@MODES
def test_a_message_that_cannot_be_read_is_set_aside_with_its_bytes(around: Any) -> None:
    async def main() -> None:
        world = World(TOY, around=around)
        broker: Any = world.broker
        async with world.open() as app:
            await app.send(Count(1))
            await broker.publish_unreadable(Unreadable("m-7", b"\xff\x00", "it is no JSON"), 1)
            await app.send(Count(1))
            await app.settle()
            letters = await app.dead_letters()
            assert [(letter.consumer, letter.message_id) for letter in letters] == [("tally.unreadable", "m-7")]
            assert (letters[0].envelope, letters[0].body, letters[0].error) == (None, b"\xff\x00", "it is no JSON")
            ((_, error),) = (await app.replay()).failed
            assert isinstance(error, Refused)
            assert "cannot be read (it is no JSON)" in str(error)
        assert (await world.state("tally", "Tally", 1)).heard == (1, 2)

    run_virtual(main())


@MODES
def test_an_event_nobody_here_knows_is_passed_by_and_counted(around: Any) -> None:
    class Unheard(Event):
        """An event of a context that joined later."""

    async def main() -> None:
        world = World(TOY, around=around)
        stranger = Envelope("m-8", "Unheard", "newcomer", 0.0, "c", None, 1, Unheard())
        async with world.open() as app:
            await world.broker.publish([stranger])
            await app.send(Count(1))
            await app.settle()
            assert app.services["tally"].counters.ignored == 1
            assert await app.dead_letters() == []
        assert (await world.state("tally", "Tally", 1)).heard == (1,)

    run_virtual(main())


def test_a_letter_for_a_policy_that_is_gone_stays_and_says_so() -> None:
    async def main() -> None:
        world = World((COUNTER, tally(decide=Weakness(1).add)))
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
        world.contexts = (COUNTER, attrs.evolve(tally(), policies=()))
        async with world.open() as app:
            ((_, error),) = (await app.replay()).failed
            assert "nobody of that name reacts to it any more" in str(error)
            assert len(await app.dead_letters()) == 1

    run_virtual(main())


@MODES
@pytest.mark.parametrize("passes_over", [True, False])
def test_an_event_of_what_is_not_known_here_is_set_aside_unless_its_policy_passes_over_such(
    passes_over: bool, around: Any
) -> None:
    """The tally may not begin a case of its own, so it knows none but the one that is there."""

    def known_only(context: Context) -> Context:
        (handler,), (policy,) = context.handlers, context.policies
        return attrs.evolve(
            context,
            handlers=(attrs.evolve(handler, creates=False),),
            policies=(attrs.evolve(policy, passes_over_unknown=passes_over),),
        )

    async def main() -> None:
        world = World((COUNTER, known_only(tally())), around=around)
        await world.stores["tally"].commit([Unit(saves=(Record("Tally", 1, 1, 1, Tally(1)),))])
        async with world.open() as app:
            await app.send(Count(2))
            await app.send(Count(1))
            await app.settle()
            letters = await app.dead_letters()
        assert [letter.error.partition(":")[0] for letter in letters] == ([] if passes_over else ["NotFound"])
        assert (await world.state("tally", "Tally", 1)).total == 1

    run_virtual(main())
