"""`settle()` returns when nothing is left to do anywhere, and not before."""

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.contexts.ordermanagement.messages import PackOrder, TakeOrder
from bookdelivery.kernel.errors import NotAnswered, NotRunning
from tests.application.examples import World, place
from tests.application.faults import Faults
from tests.application.provider import Fate, Provider
from tests.application.toy import TOY, Count
from tests.virtual import run_virtual


class Slow:
    """Puts a pause of random length before and after everything a port does."""

    def __init__(self, port: Any, rng: random.Random) -> None:
        self._port = port
        self._rng = rng

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        async def slowly(*args: Any, **kwargs: Any) -> Any:
            await asyncio.sleep(self._rng.choice([0.0, 0.001, 0.01, 0.1]))
            result = await method(*args, **kwargs)
            await asyncio.sleep(self._rng.choice([0.0, 0.001, 0.01, 0.1]))
            return result

        return slowly


class SlowPorts(Faults):
    """In place of faults, pauses."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng

    def around(self, port: Any, label: str) -> Any:
        """Put pauses around it."""
        return Slow(port, self._rng)


async def see_that_nothing_is_left(world: World) -> None:
    for name, store in world.stores.items():
        assert await store.waiting() == []
        groups = world.broker._groups  # type: ignore[attr-defined]
        assert name not in groups or await world.broker.lag(name) == 0


@given(st.integers(min_value=0, max_value=10**9))
def test_when_it_returns_nothing_is_left_however_long_each_step_takes(seed: int) -> None:
    async def main() -> None:
        world = World()
        rng = random.Random(seed)
        stores = world.stores
        world.faults = SlowPorts(rng)
        async with world.open() as app:
            order_id = (await app.send(place())).order_id
            await app.settle()
            await see_that_nothing_is_left(world)
            await app.send(TakeOrder(order_id))
            await app.send(PackOrder(order_id))
            await app.settle()
            await see_that_nothing_is_left(world)
            assert await world.shown(order_id) == "shipping"
            assert len(await stores["mypage"].list("MyPageRow")) == 1

    run_virtual(main())


def test_it_waits_for_deadlines_that_are_due_and_for_none_to_come() -> None:
    async def main() -> None:
        world = World(provider=Provider(Fate.UNANSWERED))
        loop = asyncio.get_running_loop()
        async with world.open() as app:
            order_id = (await app.send(place())).order_id
            await app.settle()
            assert loop.time() < 1.0
            assert await world.status(order_id) == "awaitingPayment"
            await asyncio.sleep(5.0)
            await app.settle()
            assert await world.status(order_id) == "placed"
            assert loop.time() < 7.0

    run_virtual(main())


def test_it_gives_up_after_its_time_and_says_who_is_not_done() -> None:
    async def main() -> None:
        world = World(TOY)
        world.faults.next_time("tally.store.commit:before", lambda: asyncio.sleep(10_000))
        async with world.open() as app:
            await app.send(Count(1))
            with pytest.raises(NotAnswered, match=r"after 7 s there is still something to do for tally$"):
                await app.settle(timeout_s=7)
            assert asyncio.get_running_loop().time() == pytest.approx(7.0)

    run_virtual(main())


def test_it_and_every_command_say_so_when_the_application_is_not_running() -> None:
    async def main() -> None:
        world = World(TOY)
        app = world.open()
        with pytest.raises(NotRunning, match="use it within `async with`"):
            await app.settle()
        with pytest.raises(NotRunning):
            await app.send(Count(1))
        async with app:
            await app.send(Count(1))
        with pytest.raises(NotRunning):
            await app.send(Count(1))

    run_virtual(main())


def test_an_application_whose_machinery_has_died_says_why_instead_of_waiting() -> None:
    class Death(BaseException):
        """What no code of ours catches."""

    async def main() -> None:
        world = World(TOY)
        world.faults.next_time("tally.store.commit:before", Death("here"))

        async def live() -> None:
            async with world.open() as app:
                await app.send(Count(1))
                await app.settle()

        with pytest.raises(BaseExceptionGroup) as group:
            await live()
        assert group.group_contains(Death, match="here")

    run_virtual(main())
