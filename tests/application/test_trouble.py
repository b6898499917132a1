"""What stands in the way of a context is known for as long as it lasts, whichever of its parts still get through."""

import asyncio

from bookdelivery.application.trouble import Trouble
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from tests.application.examples import World
from tests.application.toy import TOY, Count
from tests.virtual import run_virtual

FULL = UnusableStore("tally.db", "the disk is full")
AWAY = Unavailable("the broker is away")


def test_a_relay_that_finds_nothing_to_do_does_not_hide_that_the_consumer_fails() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            world.faults.next_time("tally.store.commit:before", FULL, times=1000)
            await app.send(Count(1))
            await asyncio.sleep(0.01)
            for _ in range(100):
                await asyncio.sleep(0.1)
                assert app.services["tally"].trouble.last is FULL
            world.faults.heal()
            await app.settle()
            assert app.services["tally"].trouble.last is None

    run_virtual(main())


def test_a_consumer_that_joins_again_and_finds_nothing_to_do_is_out_of_trouble() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            await app.send(Count(1))
            await app.settle()
            world.faults.next_time("tally.broker.subscribe:before", AWAY)
            for member in list(world.broker.members("tally")):  # type: ignore[attr-defined]
                await member.close()
            await asyncio.sleep(0.06)
            assert app.services["tally"].trouble.last is not None
            await asyncio.sleep(10)
            assert app.services["tally"].trouble.last is None

    run_virtual(main())


def test_the_latest_failure_is_told_until_every_part_got_over_its_own() -> None:
    trouble = Trouble("tally")
    trouble.met("relay", AWAY)
    trouble.met("consumer", FULL)
    told = [trouble.last]
    for part in ("consumer", "relay"):
        trouble.over(part)
        told.append(trouble.last)
    assert told == [FULL, AWAY, None]
