"""A test's coroutine runs in virtual time, and is held to what makes the run worth something."""

import asyncio
import gc
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery import Bookstore, InvalidField
from bookdelivery.simulation.loop_errors import Deadlock, TaskLeak
from bookdelivery.simulation.wallclock import WallClockWasRead
from bookdelivery.testing import VirtualTime
from tests.application.examples import place


async def wait_an_hour() -> float:
    await asyncio.sleep(3600)
    return asyncio.get_running_loop().time()


async def leave_a_task() -> None:
    asyncio.get_running_loop().create_task(asyncio.sleep(10), name="forgotten")


async def read_the_clock() -> None:
    time.monotonic()


def test_an_hour_passes_and_the_result_is_given() -> None:
    virtual_time = VirtualTime()
    assert virtual_time.run(wait_an_hour()) == virtual_time.now_s == 3600.0


def test_python_s_random_follows_the_seed_and_is_put_back() -> None:
    async def draw() -> tuple[float, float]:
        return random.random(), virtual_time.rng.random()

    before = random.getstate()
    virtual_time = VirtualTime(7)
    drawn = virtual_time.run(draw())
    virtual_time = VirtualTime(7)
    assert virtual_time.run(draw()) == drawn
    virtual_time = VirtualTime(8)
    assert virtual_time.run(draw()) != drawn
    assert random.getstate() == before


def test_tasks_left_behind_fail_the_test_unless_that_is_allowed() -> None:
    with pytest.raises(TaskLeak, match="forgotten"):
        VirtualTime().run(leave_a_task())
    VirtualTime(allow=["leaks"]).run(leave_a_task())


def test_a_read_of_the_computer_s_clock_fails_the_test_unless_that_is_allowed() -> None:
    with pytest.raises(WallClockWasRead, match="test_virtual_time"):
        VirtualTime().run(read_the_clock())
    VirtualTime(allow=["wall clock"]).run(read_the_clock())


def test_hypothesis_may_take_the_time_of_a_search_for_garbage_meanwhile() -> None:
    async def search() -> None:
        gc.collect()

    @given(st.just(None))
    def once(_: None) -> None:
        """Hypothesis begins to watch such searches with its first test, and goes on for good."""

    once()
    VirtualTime().run(search())


def test_what_can_never_happen_is_no_test_that_hangs() -> None:
    async def waits() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock, match="waits"):
        VirtualTime().run(waits())


def test_what_is_not_understood_is_refused() -> None:
    with pytest.raises(InvalidField, match="'leaks', 'wall clock'"):
        VirtualTime(allow=["errors"])
    with pytest.raises(InvalidField, match="seed"):
        VirtualTime(-1)


async def test_the_embedded_bookstore_runs_in_virtual_time_with_the_clock_it_is_given(
    virtual_time: VirtualTime,
) -> None:
    async with Bookstore.open(clock=virtual_time.clock, rng=virtual_time.rng) as shop:
        placed = await shop.send(place())
        await asyncio.sleep(86_400)
        await shop.settle()
        page = await shop.mypage(placed.order_id)
    assert page is not None
    assert virtual_time.now_s >= 86_400
