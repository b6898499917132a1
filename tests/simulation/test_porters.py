"""Tasks that serve requests: each piece of work finds itself in a task of its own, whether or not it comes to wait."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest

from bookdelivery.simulation import VirtualLoop
from bookdelivery.simulation._porters import Porters
from bookdelivery.simulation._waits import Nap

Program = Callable[[VirtualLoop, Porters, list[Any]], None]


def run(*programs: Program) -> list[Any]:
    """Have programs run one second after the other, as callbacks of one loop; give what they wrote down."""
    loop = VirtualLoop()
    porters = Porters(loop, "porter")
    seen: list[Any] = []
    for second, program in enumerate(programs):
        loop.call_later(second, program, loop, porters, seen)
    loop.env.run()
    return seen


async def at_once(seen: list[Any], what: str) -> None:
    task = asyncio.current_task()
    assert task is not None
    seen.append((what, task.get_name()))


async def after_a_nap(seen: list[Any], what: str) -> None:
    first = asyncio.current_task()
    await Nap(0.5)
    assert asyncio.current_task() is first
    seen.append((what, asyncio.get_running_loop().time()))


def test_work_is_begun_at_once_in_the_name_of_a_task() -> None:
    def one(_: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        for what in ("first", "second", "third"):
            porters.serve(at_once(seen, what))
            seen.append("begun")

    assert run(one) == [
        ("first", "porter"),
        "begun",
        ("second", "porter"),
        "begun",
        ("third", "porter"),
        "begun",
    ]


def test_work_that_comes_to_wait_goes_on_later_and_its_task_serves_others_after_that() -> None:
    def first(_: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        porters.serve(at_once(seen, "at once"))

    def both(_: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        porters.serve(after_a_nap(seen, "one"))
        porters.serve(after_a_nap(seen, "other"))

    assert run(first, both, both)[1:] == [("one", 1.5), ("other", 1.5), ("one", 2.5), ("other", 2.5)]


def test_a_time_limit_and_a_group_of_tasks_work_within_work_as_in_any_task() -> None:
    async def limited(seen: list[Any]) -> None:
        try:
            async with asyncio.timeout(0.25):
                await after_a_nap(seen, "never")
        except TimeoutError:
            seen.append(("gave up", asyncio.get_running_loop().time()))
        async with asyncio.TaskGroup() as group:
            group.create_task(after_a_nap(seen, "left"))
            group.create_task(after_a_nap(seen, "right"))
        seen.append("over")

    def first(_: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        porters.serve(at_once(seen, "at once"))

    def second(_: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        porters.serve(limited(seen))

    assert run(first, second)[1:] == [("gave up", 1.25), ("left", 1.75), ("right", 1.75), "over"]


@pytest.mark.parametrize("waits", [True, False])
def test_work_that_cancels_itself_ends_at_its_next_wait_and_the_next_work_is_served(waits: bool) -> None:
    async def gives_up(seen: list[Any]) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        if waits:
            try:
                await Nap(0.5)
            except asyncio.CancelledError:
                seen.append(("cancelled", asyncio.get_running_loop().time()))

    def first(_: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        porters.serve(at_once(seen, "at once"))

    def second(_: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        porters.serve(gives_up(seen))

    def third(_: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        porters.serve(after_a_nap(seen, "next"))

    assert run(first, second, third)[1:] == [*([("cancelled", 1.0)] if waits else []), ("next", 2.5)]


def test_an_idle_task_that_is_cancelled_ends_and_another_serves_what_comes() -> None:
    def first(_: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        porters.serve(at_once(seen, "before"))

    def second(loop: VirtualLoop, _: Porters, seen: list[Any]) -> None:
        for task in asyncio.all_tasks(loop):
            task.cancel()
            task.add_done_callback(lambda _: seen.append("ended"))

    def third(_: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        porters.serve(after_a_nap(seen, "after"))

    assert run(first, second, third)[1:] == ["ended", ("after", 2.5)]


def test_no_line_of_work_is_run_after_its_loop_has_crashed() -> None:
    async def crashes(loop: VirtualLoop, seen: list[Any]) -> None:
        try:
            loop.crash()
            await Nap(0.5)
        finally:
            seen.append("tidied up")

    async def waits(seen: list[Any]) -> None:
        try:
            await Nap(10.0)
        finally:
            seen.append("tidied up")

    def first(_: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        porters.serve(at_once(seen, "at once"))
        porters.serve(waits(seen))
        porters.serve(at_once(seen, "at once"))

    def second(loop: VirtualLoop, porters: Porters, seen: list[Any]) -> None:
        porters.serve(crashes(loop, seen))

    seen = run(first, second)
    gc.collect()
    assert "tidied up" not in seen
