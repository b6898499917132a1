"""Tasks that are left over are reported, and memory is not."""

import asyncio
import gc
import warnings
import weakref
from typing import Any

import pytest
import simpy

from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.loop_errors import TaskLeak


async def consume(tidied: list[str]) -> None:
    try:
        await asyncio.Queue[str]().get()
    finally:
        tidied.append("tidied")


def test_pending_tasks_are_listed_with_the_place_they_wait_at() -> None:
    loop = VirtualLoop(name="delivery-1")
    loop.create_task(consume([]), name="consumer")
    finished = loop.create_task(asyncio.sleep(1))
    loop.env.run()

    (leak,) = loop.leaks()
    assert finished.done()
    assert (leak.task, leak.loop) == ("consumer", "delivery-1")
    assert leak.where[0] == f"{__file__}:{consume.__code__.co_firstlineno + 2} in consume"
    assert leak.where[-1].endswith("in Queue.get")
    assert "Future pending" in leak.on
    loop.crash()


def test_closing_a_loop_with_pending_tasks_warns_and_ends_them(caplog: pytest.LogCaptureFixture) -> None:
    loop = VirtualLoop(name="delivery-1")
    tidied: list[str] = []
    loop.create_task(consume(tidied), name="consumer")
    loop.create_task(asyncio.sleep(0), name="not started")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loop.close()
        gc.collect()

    (warning,) = caught
    assert isinstance(warning.message, TaskLeak)
    assert warning.filename == __file__
    assert [each.task for each in warning.message.tasks] == ["consumer", "not started"]
    assert "the loop 'delivery-1' was closed with 2 pending task(s)" in str(warning.message)
    assert "not started at " in str(warning.message)
    assert tidied == []
    assert caplog.records == [], "reported once is enough"


def test_leak_can_be_made_an_error() -> None:
    loop = VirtualLoop()
    loop.create_task(consume([]))
    loop.env.run()

    with pytest.raises(TaskLeak):
        loop.close()
    assert loop.is_closed()


def test_loop_that_finished_its_work_is_closed_in_silence(recwarn: pytest.WarningsRecorder) -> None:
    loop = VirtualLoop()
    loop.create_task(asyncio.sleep(1))
    loop.env.run()
    loop.close()

    assert list(recwarn) == []


def test_crashed_loop_is_closed_in_silence(recwarn: pytest.WarningsRecorder) -> None:
    loop = VirtualLoop()
    loop.create_task(consume([]))
    loop.env.run()
    loop.crash()
    loop.close()

    assert loop.leaks() == []
    assert list(recwarn) == []


@pytest.mark.parametrize("end", ["close", "crash", "drop"])
def test_nothing_keeps_an_environment_alive(end: str) -> None:
    env = simpy.Environment()
    loop = VirtualLoop(env)
    loop.create_task(asyncio.sleep(1))
    env.run()
    if end != "drop":
        loop.create_task(asyncio.sleep(100))
        env.run(until=2)
        loop.crash()
        getattr(loop, end)()
    environment = weakref.ref(env)
    del env, loop
    gc.collect()

    assert environment() is None


def test_task_that_waits_for_what_nobody_holds_is_kept_and_found() -> None:
    loop = VirtualLoop()
    tidied: list[str] = []
    loop.create_task(consume(tidied), name="consumer")
    loop.env.run()
    gc.collect()

    assert [leak.task for leak in loop.leaks()] == ["consumer"]
    assert tidied == []
    loop.crash()


def test_finished_tasks_are_freed_at_once_and_their_coroutines_soon() -> None:
    loop = VirtualLoop()
    coroutines: list[weakref.ref[Any]] = []

    async def main() -> None:
        for _ in range(1000):
            coroutine = asyncio.sleep(1)
            coroutines.append(weakref.ref(coroutine))
            task = weakref.ref(asyncio.create_task(coroutine))
            del coroutine
            await asyncio.sleep(2)
            assert task() is None

    loop.run_until_complete(main())
    assert sum(each() is not None for each in coroutines) < 200
