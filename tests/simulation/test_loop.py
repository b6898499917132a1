"""One loop in virtual time: its clock, its callbacks, how it is run, and what ends the run."""

import asyncio
import gc
import logging
import math
import os
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import simpy

from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.loop_errors import Deadlock, NotSimulated
from tests.virtual import run_virtual


def test_clock_of_the_loop_is_the_clock_of_its_environment() -> None:
    env = simpy.Environment(initial_time=100)
    loop = VirtualLoop(env)

    async def nap() -> float:
        await asyncio.sleep(3600)
        return loop.time()

    assert loop.run_until_complete(nap()) == env.now == 3700


def test_no_real_time_passes() -> None:
    async def age_of_the_universe() -> float:
        await asyncio.sleep(4.4e17)
        return asyncio.get_running_loop().time()

    assert run_virtual(age_of_the_universe()) == 4.4e17


def test_runner_of_asyncio_takes_the_loop_and_cleans_up() -> None:
    tidied = []

    async def left_behind() -> None:
        try:
            await asyncio.sleep(9)
        finally:
            await asyncio.sleep(1)
            tidied.append(asyncio.get_running_loop().time())

    async def main() -> str:
        asyncio.get_running_loop().create_task(left_behind())
        await asyncio.sleep(1)
        return "done"

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(main()) == "done"
        assert runner.run(main()) == "done"
    assert tidied == [3.0, 3.0]


def test_run_until_complete_takes_a_future() -> None:
    loop = VirtualLoop()
    future = loop.create_future()
    loop.call_later(5, future.set_result, "answer")

    assert loop.run_until_complete(future) == "answer"
    assert loop.time() == 5


def test_stopped_loop_goes_on_where_it_was() -> None:
    loop = VirtualLoop()
    seen: list[str] = []
    loop.call_at(1, seen.append, "before")
    loop.call_at(1, loop.stop)
    loop.call_at(1, loop.call_soon, seen.append, "in a later turn")
    loop.call_at(1, seen.append, "in the same turn")
    loop.call_at(2, loop.stop)

    loop.run_forever()
    assert (seen, loop.time()) == (["before", "in the same turn"], 1)
    loop.run_forever()
    assert (seen, loop.time()) == (["before", "in the same turn", "in a later turn"], 2)


def test_loop_stopped_beforehand_runs_one_turn_and_lets_no_time_pass() -> None:
    loop = VirtualLoop()
    seen: list[str] = []
    loop.call_soon(seen.append, "this turn")
    loop.call_soon(loop.call_soon, seen.append, "next turn")
    loop.call_later(1, seen.append, "later")

    loop.stop()
    loop.run_forever()

    assert (seen, loop.time()) == (["this turn"], 0)


def test_program_that_is_not_done_when_the_loop_stops_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    loop = VirtualLoop()
    loop.call_later(1, loop.stop)

    with pytest.raises(RuntimeError, match="stopped before Future completed"):
        loop.run_until_complete(asyncio.sleep(2))
    del loop
    gc.collect()

    assert caplog.records == [], "the caller knows that it did not finish"


def test_exit_of_the_program_is_not_logged_as_well(caplog: pytest.LogCaptureFixture) -> None:
    async def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        VirtualLoop().run_until_complete(leave())
    gc.collect()

    assert caplog.records == []


def test_program_that_waits_for_nothing_is_a_deadlock_that_says_where() -> None:
    async def waits_inside(lock: asyncio.Lock) -> None:
        async with lock:
            await asyncio.get_running_loop().create_future()

    async def main() -> None:
        lock = asyncio.Lock()
        async with asyncio.TaskGroup() as group:
            group.create_task(waits_inside(lock), name="holder")
            group.create_task(waits_inside(lock), name="waiter")
            await asyncio.sleep(7)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner, pytest.raises(Deadlock) as caught:
        runner.run(main())

    assert "can never finish: at 7 s nothing is scheduled any more" in str(caught.value)
    _, holder, waiter = caught.value.waiting
    assert [each.task for each in (holder, waiter)] == ["holder", "waiter"]
    first_line = waits_inside.__code__.co_firstlineno
    assert holder.where == (f"{__file__}:{first_line + 2} in {waits_inside.__qualname__}",)
    assert "in Lock.acquire" in waiter.where[-1]
    assert str(waiter) in str(caught.value)


def test_loop_that_would_serve_for_ever_with_nothing_scheduled_is_a_deadlock() -> None:
    with pytest.raises(Deadlock, match="run_forever"):
        VirtualLoop().run_forever()


def test_callback_for_ever_ahead_is_never_called() -> None:
    loop = VirtualLoop()
    task = loop.create_task(asyncio.sleep(math.inf), name="for ever")

    loop.env.run()

    assert loop.time() == 0
    assert not task.done()
    loop.crash()


@pytest.mark.parametrize("schedule", ["call_later", "call_at"])
def test_time_that_is_no_number_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match="nan"):
        getattr(VirtualLoop(), schedule)(math.nan, print)


def test_cancelled_timers_do_not_carry_the_clock_on() -> None:
    async def answer_in_time() -> None:
        async with asyncio.timeout(1000):
            await asyncio.sleep(1)
        await asyncio.wait_for(asyncio.sleep(1), 500)

    loop = VirtualLoop()
    loop.create_task(answer_in_time())
    loop.env.run()
    assert loop.time() == 2

    # Fewer than half of the queue: not worth a sweep until nothing else is left.
    for delay_s in (1, 2, 3):
        loop.call_later(delay_s, int)
    loop.call_later(1000, print).cancel()
    loop.env.run()
    assert loop.time() == 5


def test_cancelled_timers_do_not_pile_up_in_the_queue() -> None:
    loop = VirtualLoop()

    async def many_timeouts() -> int:
        longest = 0
        for _ in range(1000):
            async with asyncio.timeout(1e6):
                await asyncio.sleep(1)
            longest = max(longest, len(loop.env._queue))
        return longest

    assert loop.run_until_complete(many_timeouts()) < 10


def test_timer_that_has_fired_may_still_be_cancelled() -> None:
    loop = VirtualLoop()
    seen: list[str] = []
    fired = loop.call_later(1, seen.append, "fired")
    loop.call_later(3, seen.append, "later")
    loop.env.run(until=2)
    fired.cancel()
    loop.env.run()

    assert seen == ["fired", "later"]
    assert loop.time() == 3


def test_exception_in_a_callback_is_logged_and_the_loop_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    loop = VirtualLoop()
    went_on: list[bool] = []
    loop.call_later(1, {}.__getitem__, "missing")
    loop.call_later(2, went_on.append, True)
    loop.env.run()

    assert went_on == [True]
    (record,) = caplog.records
    assert record.name == "asyncio"
    assert "Exception in callback" in record.message
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], KeyError)


def test_exception_handler_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    loop = VirtualLoop()
    loop.set_exception_handler(lambda _, context: context["no such key"])
    loop.call_soon({}.__getitem__, "missing")
    loop.env.run()

    assert "Unhandled error in exception handler" in caplog.text
    with pytest.raises(TypeError, match="callable"):
        loop.set_exception_handler("not callable")  # type: ignore[arg-type]


def test_keyboard_interrupt_goes_through_and_loses_nothing() -> None:
    loop = VirtualLoop()
    seen: list[str] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    loop.call_soon(interrupt)
    loop.call_soon(seen.append, "after it")
    with pytest.raises(KeyboardInterrupt):
        loop.env.run()
    loop.env.run()

    assert seen == ["after it"]


def test_closed_loop_takes_no_more_work() -> None:
    loop = VirtualLoop()
    loop.close()
    loop.close()
    never = asyncio.sleep(0)

    for refused in (
        lambda: loop.call_soon(print),
        lambda: loop.call_later(1, print),
        lambda: loop.create_task(never),
        loop.run_forever,
        lambda: loop.run_until_complete(never),
    ):
        with pytest.raises(RuntimeError, match="closed"):
            refused()
    never.close()
    assert loop.is_closed()


def test_running_loop_can_neither_be_run_nor_closed() -> None:
    loop = VirtualLoop()

    async def misuse() -> None:
        assert loop.is_running()
        for wrong in (loop.run_forever, loop.close):
            with pytest.raises(RuntimeError, match="running"):
                wrong()
        with pytest.raises(RuntimeError, match="another loop is running"):
            VirtualLoop().run_forever()

    loop.run_until_complete(misuse())
    assert not loop.is_running()


def test_no_loop_is_left_running_after_a_run() -> None:
    loop = VirtualLoop()
    hooks = sys.get_asyncgen_hooks()
    loop.run_until_complete(asyncio.sleep(1))
    loop.create_task(asyncio.sleep(1))
    loop.env.run()

    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()
    assert sys.get_asyncgen_hooks() == hooks


def test_generator_begun_after_they_were_shut_down_is_warned_of() -> None:
    async def numbers() -> AsyncGenerator[int, None]:
        yield 1

    async def late() -> None:
        async for _ in numbers():
            """Only one."""

    loop = VirtualLoop()
    loop.run_until_complete(loop.shutdown_asyncgens())
    with pytest.warns(ResourceWarning, match="after loop.shutdown_asyncgens"):
        loop.run_until_complete(late())


def test_generator_that_outlives_its_loop_is_dropped_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    async def numbers() -> AsyncGenerator[int, None]:
        yield 1

    async def begin(generator: AsyncGenerator[int, None]) -> None:
        await anext(generator)

    loop = VirtualLoop()
    generator = numbers()
    loop.run_until_complete(begin(generator))
    loop.close()
    del generator
    gc.collect()

    assert caplog.records == []


def test_generator_that_fails_to_close_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            raise LookupError("in the generator")

    async def begin(generator: AsyncGenerator[int, None]) -> None:
        await anext(generator)

    loop = VirtualLoop()
    generator = numbers()
    loop.run_until_complete(begin(generator))
    loop.run_until_complete(loop.shutdown_asyncgens())

    assert "during closing of asynchronous generator" in caplog.text


def test_loop_runs_while_a_real_one_is_running() -> None:
    async def in_a_notebook() -> Any:
        real = asyncio.get_running_loop()
        value = VirtualLoop().run_until_complete(asyncio.sleep(3600, "virtual"))
        assert asyncio.get_running_loop() is real
        return value

    assert asyncio.run(in_a_notebook()) == "virtual"


def test_environment_that_steps_in_its_own_way_sees_every_step() -> None:
    class Watching(simpy.Environment):
        def step(self) -> None:
            seen.append(self.peek())
            super().step()

    async def main() -> None:
        for _ in range(3):
            await asyncio.sleep(1)

    seen: list[float] = []
    loop = VirtualLoop(Watching())
    loop.run_until_complete(main())

    assert seen == [0, 1, 2, 3]


def test_step_of_the_environment_goes_no_further_than_this_moment() -> None:
    loop = VirtualLoop()
    seen: list[float] = []

    async def ticking() -> None:
        while True:
            await asyncio.sleep(1)
            seen.append(loop.time())

    loop.create_task(ticking())
    while loop.env.peek() <= 3:
        loop.env.step()

    assert seen == [1, 2, 3]
    loop.crash()


def test_call_from_another_thread_is_refused() -> None:
    loop = VirtualLoop()
    caught: list[BaseException] = []

    def elsewhere() -> None:
        try:
            loop.call_soon_threadsafe(print)
        except NotSimulated as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    loop.call_soon_threadsafe(caught.clear)

    assert "a thread runs in real time" in str(caught[0])
    loop.env.run()
    assert caught == []


def test_task_factory_is_asked_for_each_task() -> None:
    class Special(asyncio.Task[Any]):
        pass

    def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> Special:
        return Special(coroutine, loop=loop, **options)

    loop = VirtualLoop()
    loop.set_task_factory(make)
    task = loop.create_task(asyncio.sleep(1, "value"), name="named")
    assert loop.get_task_factory() is make
    assert type(task) is Special
    assert task.get_name() == "named"
    assert loop.run_until_complete(task) == "value"
    with pytest.raises(TypeError, match="callable"):
        loop.set_task_factory("not callable")  # type: ignore[arg-type]


def test_tasks_are_named_after_their_loop() -> None:
    loop = VirtualLoop(name="payment-1")
    tasks = [loop.create_task(asyncio.sleep(0)) for _ in range(2)]
    loop.env.run()

    assert [task.get_name() for task in tasks] == ["payment-1/task-1", "payment-1/task-2"]
    assert VirtualLoop(loop.env).name == "loop-2"


def test_debug_mode_refuses_a_coroutine_as_a_callback() -> None:
    loop = VirtualLoop()
    loop.set_debug(True)

    async def coroutine_function() -> None:
        """Never run."""

    with pytest.raises(TypeError, match="create_task"):
        loop.call_soon(coroutine_function)
    with pytest.raises(TypeError, match="callable"):
        loop.call_later(1, "not callable")  # type: ignore[arg-type]
    loop.set_debug(False)
    assert not loop.get_debug()


def test_debug_mode_is_that_of_the_interpreter() -> None:
    show = "from bookdelivery.simulation.loop import VirtualLoop; print(VirtualLoop().get_debug())"
    shown = subprocess.run([sys.executable, "-X", "dev", "-c", show], capture_output=True, text=True, check=True).stdout

    assert shown == "True\n"
    assert VirtualLoop().get_debug() is bool(sys.flags.dev_mode or os.environ.get("PYTHONASYNCIODEBUG"))


def test_program_runs_in_debug_mode(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> str:
        async with asyncio.timeout(2), asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(1))
        return "done"

    with caplog.at_level(logging.DEBUG), asyncio.Runner(loop_factory=VirtualLoop, debug=True) as runner:
        assert runner.run(main()) == "done"
    assert sys.get_coroutine_origin_tracking_depth() == 0
