"""A batch of messages about one aggregate, and somebody who changes that aggregate at the same moment."""

from __future__ import annotations

import asyncio

import attrs

from bookdelivery.kernel.ports import Record, Unit
from tests.application.examples import World
from tests.application.toy import TOY, Count, Tally
from tests.virtual import run_virtual


def test_nobodys_change_is_overwritten_by_the_rest_of_a_batch_that_came_too_late() -> None:
    """The version somebody else took has the number that the batch's second decision follows on."""

    async def main() -> None:
        world = World(TOY)

        async def change() -> None:
            await world.stores["tally"].commit([Unit(saves=(Record("Tally", 1, 1, 1, Tally(1, total=100)),))])

        async with world.open() as app:
            world.faults.next_time("tally.store.commit:before", change)
            # Both are handled in one batch.
            await asyncio.gather(app.send(Count(1)), app.send(Count(1)))
            await app.settle()
        tally = await world.state("tally", "Tally", 1)
        assert attrs.evolve(tally, heard=()) == Tally(1, total=103)
        assert sorted(tally.heard) == [1, 2]

    run_virtual(main())
