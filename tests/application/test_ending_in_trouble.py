"""An application that is left while its broker or store is out of order ends all the same."""

import asyncio

import pytest

from bookdelivery.kernel.errors import Unavailable, UnusableStore
from tests.application.examples import World
from tests.application.toy import TOY, Count
from tests.virtual import run_virtual


@pytest.mark.parametrize("error", [Unavailable("nobody there"), UnusableStore("topic.db", "the disk is full")])
def test_a_consumer_that_cannot_leave_its_group_ends(error: Exception) -> None:
    async def main() -> None:
        world = World(TOY)
        async with asyncio.timeout(1000):
            async with world.open() as app:
                await app.send(Count(1))
                await app.settle()
                world.faults.next_time("tally.broker.close:before", error)
        assert (await world.state("tally", "Tally", 1)).total == 1

    run_virtual(main())
