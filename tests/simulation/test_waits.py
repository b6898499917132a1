"""Waiting without a future: how long it takes, what it brings, what becomes of it when its task is cancelled."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import weakref
from collections.abc import Coroutine
from typing import Any

import pytest
import simpy

from bookdelivery.simulation import VirtualLoop
from bookdelivery.simulation._waits import Answer, Errand, Nap


def run(program: Any) -> Any:
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(program)
    finally:
        loop.close()


def test_a_nap_takes_its_time() -> None:
    async def nap() -> float:
        await Nap(2.5)
        return asyncio.get_running_loop().time()

    assert run(nap()) == 2.5


def test_a_cancelled_nap_ends_at_once() -> None:
    async def cancel() -> float:
        task = asyncio.create_task(sleeper())
        await asyncio.sleep(1.0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time()

    async def sleeper() -> None:
        await Nap(10.0)

    assert run(cancel()) == 1.0


def test_a_time_limit_cuts_a_nap_short() -> None:
    async def limited() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3.0):
                await Nap(10.0)
        return asyncio.get_running_loop().time()

    assert run(limited()) == 3.0


def test_an_answer_is_awaited_until_it_is_given() -> None:
    async def wait() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        answer = Answer[str](loop)
        loop.call_later(4.0, answer.give, "yes")
        return await answer, loop.time()

    assert run(wait()) == ("yes", 4.0)


def test_the_first_answer_counts() -> None:
    async def wait() -> str:
        loop = asyncio.get_running_loop()
        answer = Answer[str](loop)
        loop.call_later(1.0, answer.give, "yes")
        loop.call_later(1.0, answer.fail, ValueError("too late"))
        loop.call_later(2.0, answer.give, "no")
        await asyncio.sleep(3.0)
        return await answer

    assert run(wait()) == "yes"


def test_an_answer_may_be_an_error() -> None:
    async def wait() -> None:
        loop = asyncio.get_running_loop()
        answer = Answer[str](loop)
        loop.call_later(1.0, answer.fail, ValueError("no such thing"))
        await answer

    with pytest.raises(ValueError, match="no such thing"):
        run(wait())


def test_whoever_is_cancelled_waits_for_no_answer() -> None:
    async def cancel() -> list[str]:
        loop = asyncio.get_running_loop()
        answer = Answer[str](loop)
        task = asyncio.create_task(waiter(answer))
        loop.call_later(1.0, task.cancel)
        loop.call_later(2.0, answer.give, "too late")
        with pytest.raises(asyncio.CancelledError):
            await task
        assert loop.time() == 1.0
        await asyncio.sleep(5.0)
        return heard

    async def waiter(answer: Answer[str]) -> None:
        heard.append(await answer)

    heard: list[str] = []
    assert run(cancel()) == []


def test_what_was_waited_for_is_freed_without_the_garbage_collector() -> None:
    async def wait() -> tuple[weakref.ref[Any], weakref.ref[Any]]:
        async def nap() -> None:
            await Nap(1.0)

        async def fail() -> None:
            answer = Answer[None](loop)
            loop.call_later(1.0, answer.fail, ValueError("no such thing"))
            try:
                await answer
            except ValueError:
                return

        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(nap()), loop.create_task(fail())]
        references = weakref.ref(tasks[0]), weakref.ref(tasks[1])
        await asyncio.wait(tasks)
        return references

    gc.collect()
    gc.disable()
    try:
        napped, failed = run(wait())
        assert napped() is None
        assert failed() is None
    finally:
        gc.enable()


def test_the_context_of_the_task_is_kept_while_it_waits() -> None:
    place: contextvars.ContextVar[str] = contextvars.ContextVar("place")

    async def wait() -> tuple[str, str]:
        loop = asyncio.get_running_loop()
        answer = Answer[None](loop)
        # The callback that gives the answer runs in another context than the task.
        other = contextvars.copy_context()
        other.run(place.set, "there")
        loop.call_later(1.0, answer.give, None, context=other)
        place.set("here")
        await answer
        first = place.get()
        await Nap(1.0)
        return first, place.get()

    assert run(wait()) == ("here", "here")


def test_an_errand_takes_half_its_time_there_and_half_back() -> None:
    async def go() -> tuple[list[float], float]:
        now = asyncio.get_running_loop().time
        done: list[float] = []
        await Errand(4.0, lambda: done.append(now()))
        return done, now()

    assert run(go()) == ([2.0], 4.0)


def test_what_goes_wrong_on_an_errand_is_learnt_at_its_end() -> None:
    def deed(what: str) -> None:
        raise ValueError(what)

    async def go() -> float:
        with pytest.raises(ValueError, match="nobody there"):
            await Errand(4.0, deed, "nobody there")
        return asyncio.get_running_loop().time()

    assert run(go()) == 4.0


@pytest.mark.parametrize(("given_up_s", "deeds"), [(1.0, 0), (3.0, 1)])
def test_an_errand_given_up_on_the_way_back_was_done_and_one_on_the_way_there_was_not(
    given_up_s: float, deeds: int
) -> None:
    async def go() -> tuple[int, float]:
        done: list[None] = []
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(given_up_s):
                await Errand(4.0, done.append, None)
        over = asyncio.get_running_loop().time()
        await asyncio.sleep(10.0)
        return len(done), over

    assert run(go()) == (deeds, given_up_s)


def test_a_loop_that_crashes_meanwhile_comes_back_from_no_errand() -> None:
    done: list[str] = []

    async def go() -> None:
        await Errand(4.0, done.append, "deed")
        done.append("return")

    loop = VirtualLoop()
    loop.create_task(go())
    loop.env.run(3.0)
    loop.crash()
    loop.env.run(10.0)
    assert done == ["deed"]


class TwoLoops:
    """A loop that drives, and another one with a task that waits for its answers."""

    def __init__(self) -> None:
        env = simpy.Environment()
        self.mine, self.other = VirtualLoop(env), VirtualLoop(env)
        self.heard: list[Any] = []
        self.tasks: list[asyncio.Task[None]] = []

    def asked(self) -> Answer[str]:
        answer = Answer[str](self.other)

        async def wait() -> None:
            self.heard.append(await answer)

        self.tasks.append(self.other.create_task(wait()))
        return answer

    def run(self, program: Coroutine[Any, Any, None]) -> None:
        self.mine.run_until_complete(program)


def test_answers_to_another_loop_arrive_at_the_same_moment_and_in_their_order() -> None:
    loops = TwoLoops()

    async def give() -> None:
        first, second, third = loops.asked(), loops.asked(), loops.asked()
        await asyncio.sleep(1.0)
        second.give_soon("second")
        loops.other.call_soon(loops.heard.append, "called")
        third.give_soon("third")
        first.give_soon("first")
        assert loops.heard == []
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert loops.heard == ["second", "called", "third", "first"]
        assert loops.mine.time() == 1.0

    loops.run(give())


def test_an_answer_is_lost_whose_loop_crashes_before_it_has_heard() -> None:
    loops = TwoLoops()

    async def give() -> None:
        lost, late = loops.asked(), loops.asked()
        await asyncio.sleep(1.0)
        lost.give_soon("lost")
        loops.other.crash()
        late.give_soon("late")
        await asyncio.sleep(1.0)

    loops.run(give())
    assert loops.heard == []
    assert not any(task.done() for task in loops.tasks), "as of a process that was killed, they wait for ever"


def test_an_answer_given_as_the_driving_loop_is_stopped_is_heard_once_it_goes_on() -> None:
    loops = TwoLoops()
    answer = loops.asked()

    def give_and_stop() -> None:
        answer.give_soon("given")
        loops.mine.stop()

    loops.mine.call_later(1.0, give_and_stop)
    loops.mine.run_forever()
    assert loops.heard == []
    loops.run(asyncio.sleep(1.0))
    assert loops.heard == ["given"]
