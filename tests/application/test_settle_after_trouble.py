"""`settle()` and a store that cannot be used: it says so while that lasts, and no longer."""

import asyncio

import pytest

from bookdelivery.kernel.errors import UnusableStore
from tests.application.examples import World
from tests.application.toy import TOY, Count
from tests.virtual import run_virtual

FULL = UnusableStore("tally.db", "the disk is full")


def test_a_store_that_cannot_be_used_is_told_of() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            world.faults.next_time("tally.store.commit:before", FULL, times=1000)
            await app.send(Count(1))
            with pytest.raises(UnusableStore, match="disk is full"):
                await app.settle()

    run_virtual(main())


def test_what_is_mended_meanwhile_is_waited_for() -> None:
    async def main() -> None:
        world = World(TOY)
        async with world.open() as app:
            world.faults.next_time("tally.store.commit:before", FULL)
            await app.send(Count(1))
            # The error is met now, and its next attempt still to come.
            await asyncio.sleep(0.01)
            assert app.services["tally"].trouble.last is FULL
            await app.settle()
        assert (await world.state("tally", "Tally", 1)).total == 1

    run_virtual(main())
