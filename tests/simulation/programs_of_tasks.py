"""Programs about tasks: how they are cancelled, timed out, grouped, gathered and shielded."""

import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable
from typing import Any

from tests.simulation.asyncio_reference import Tracer


async def napping(trace: Tracer, name: str, naps: int = 3, each_s: float = 1.0) -> str:
    """Nap so often, tell of it, and of being disturbed."""
    try:
        for nap in range(naps):
            await asyncio.sleep(each_s)
            trace(name, "napped", nap)
    except asyncio.CancelledError:
        trace(name, "disturbed")
        raise
    finally:
        trace(name, "tidies up")
    return f"{name} is rested"


async def failing(trace: Tracer, name: str, after_s: float, error: Exception) -> None:
    await asyncio.sleep(after_s)
    trace(name, "fails")
    raise error


async def outcome(trace: Tracer, name: str, awaitable: Awaitable[Any]) -> None:
    """Await it and tell how it ended."""
    try:
        trace(name, "gave", await awaitable)
    except BaseException as error:  # noqa: BLE001 - how it ends is what is compared
        trace(name, "raised", type(error).__name__, error)


async def cancel_before_the_first_step(trace: Tracer) -> None:
    task = asyncio.create_task(napping(trace, "never"))
    trace("cancel", task.cancel("too early"))
    await outcome(trace, "task", task)
    trace(task.cancelled(), task.cancel())


async def cancel_while_it_sleeps(trace: Tracer) -> None:
    task = asyncio.create_task(napping(trace, "sleeper"))
    await asyncio.sleep(1.5)
    trace("cancel", task.cancel("enough"), task.cancelling())
    await outcome(trace, "task", task)


async def cancel_twice_in_one_turn(trace: Tracer) -> None:
    task = asyncio.create_task(napping(trace, "sleeper"))
    await asyncio.sleep(0.5)
    trace(task.cancel("first"), task.cancel("second"), task.cancelling())
    await outcome(trace, "task", task)


async def cancel_that_is_swallowed(trace: Tracer) -> None:
    async def stubborn() -> str:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(10)
        trace("swallowed it")
        await asyncio.sleep(1)
        return "finished all the same"

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(1)
    task.cancel()
    await outcome(trace, "stubborn", task)
    trace(task.cancelled(), task.cancelling())


async def cancel_that_is_taken_back(trace: Tracer) -> None:
    async def stubborn() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            assert task is not None
            trace("left to cancel", task.uncancel())
        await asyncio.sleep(1)
        trace("went on")

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(1)
    task.cancel()
    await outcome(trace, "stubborn", task)


async def cancel_that_awaits_on_its_way_out(trace: Tracer) -> None:
    async def tidy() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            trace("tidying")
            await asyncio.sleep(2)
            trace("tidied")

    task = asyncio.create_task(tidy())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.sleep(1)
    task.cancel("again")
    await outcome(trace, "task", task)


async def cancel_of_a_finished_sleep_comes_too_late(trace: Tracer) -> None:
    """The timer has fired, the task is not yet resumed."""
    task = asyncio.create_task(napping(trace, "sleeper", naps=1))
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    loop.call_at(loop.time() + 1, task.cancel)
    await outcome(trace, "task", task)


async def a_task_cancels_itself(trace: Tracer) -> None:
    async def suicidal() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        trace("still running")
        await asyncio.sleep(0)
        trace("never here")

    await outcome(trace, "suicidal", asyncio.create_task(suicidal()))


async def cancel_goes_down_to_what_is_awaited(trace: Tracer) -> None:
    inner = asyncio.create_task(napping(trace, "inner"))
    outer = asyncio.create_task(outcome(trace, "outer", inner))
    await asyncio.sleep(1.5)
    outer.cancel()
    await asyncio.wait([inner, outer])
    trace(inner.cancelled(), outer.cancelled())


async def the_program_is_cancelled_as_a_whole(trace: Tracer) -> None:
    task = asyncio.create_task(napping(trace, "left behind", naps=9))
    await asyncio.sleep(1.5)
    trace("leaves", task.done())
    raise KeyError("the main program fails")


async def timeouts_within_each_other(trace: Tracer) -> None:
    inner, outer = asyncio.timeout(1), asyncio.timeout(3)
    try:
        async with outer:
            try:
                async with inner:
                    await napping(trace, "innermost", naps=5, each_s=0.75)
            except TimeoutError:
                trace("inner timed out", inner.expired(), outer.expired())
            await napping(trace, "outermost", naps=5, each_s=0.75)
    except TimeoutError:
        trace("outer timed out", inner.expired(), outer.expired())


async def outer_timeout_comes_first(trace: Tracer) -> None:
    try:
        async with asyncio.timeout(1):
            try:
                async with asyncio.timeout(2):
                    await napping(trace, "sleeper")
            except TimeoutError:
                trace("never: the inner one did not expire")
    except TimeoutError:
        trace("outer timed out")


async def timeout_that_is_put_off(trace: Tracer) -> None:
    loop = asyncio.get_running_loop()
    timeout = asyncio.timeout_at(loop.time() + 1)
    try:
        async with timeout:
            await asyncio.sleep(0.5)
            timeout.reschedule(loop.time() + 2)
            await napping(trace, "sleeper")
    except TimeoutError:
        trace("timed out", timeout.when() == 2.5)


async def timeout_that_is_over_at_once(trace: Tracer) -> None:
    for delay in (0, -1):
        try:
            async with asyncio.timeout(delay):
                trace("entered")
                await asyncio.sleep(0)
                trace("never here")
        except TimeoutError:
            trace("timed out")


async def timeout_and_cancel_at_once(trace: Tracer) -> None:
    async def timed() -> None:
        async with asyncio.timeout(1):
            await napping(trace, "sleeper")

    task = asyncio.create_task(timed())
    await asyncio.sleep(0.5)
    asyncio.get_running_loop().call_later(0.5, task.cancel)
    await outcome(trace, "timed", task)


async def wait_for_in_every_way(trace: Tracer) -> None:
    await outcome(trace, "in time", asyncio.wait_for(napping(trace, "quick", naps=1), 2))
    await outcome(trace, "too late", asyncio.wait_for(napping(trace, "slow"), 2))
    await outcome(trace, "no time at all", asyncio.wait_for(napping(trace, "none"), 0))
    await outcome(trace, "no limit", asyncio.wait_for(napping(trace, "unlimited", naps=1), None))
    await outcome(trace, "failing", asyncio.wait_for(failing(trace, "bad", 1, ValueError("bad")), 2))
    task = asyncio.create_task(outcome(trace, "cancelled", asyncio.wait_for(napping(trace, "victim"), 9)))
    await asyncio.sleep(1.5)
    task.cancel()
    await asyncio.wait([task])


async def group_that_goes_well(trace: Tracer) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(napping(trace, f"n{i}", naps=i, each_s=1 + i / 8)) for i in range(3)]
        trace("inside")
    trace([task.result() for task in tasks])


async def group_in_which_one_fails(trace: Tracer) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(failing(trace, "bad", 1.5, ValueError("bad")))
            group.create_task(napping(trace, "good"))
            await asyncio.sleep(9)
            trace("never here")
    except* ValueError as errors:
        trace("caught", errors.exceptions)


async def group_in_which_one_fails_on_being_cancelled(trace: Tracer) -> None:
    async def sore_loser() -> None:
        try:
            await asyncio.sleep(9)
        finally:
            await failing(trace, "loser", 1, KeyError("sore"))

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(sore_loser())
            group.create_task(failing(trace, "bad", 1, ValueError("bad")))
    except* (ValueError, KeyError) as errors:
        trace("caught", errors.exceptions)


async def group_whose_body_fails(trace: Tracer) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(napping(trace, "child"))
            await asyncio.sleep(1.5)
            raise LookupError("body")
    except* LookupError as errors:
        trace("caught", errors.exceptions)


async def group_that_is_cancelled(trace: Tracer) -> None:
    async def grouped() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(napping(trace, "child"))
            trace("inside")

    task = asyncio.create_task(grouped())
    await asyncio.sleep(1.5)
    task.cancel()
    await outcome(trace, "group", task)


async def groups_within_each_other(trace: Tracer) -> None:
    try:
        async with asyncio.TaskGroup() as outer:
            outer.create_task(napping(trace, "outer child"))
            async with asyncio.TaskGroup() as inner:
                inner.create_task(failing(trace, "inner child", 1.5, ValueError("inner")))
    except* ValueError as errors:
        trace("caught", len(errors.exceptions))


async def gather_and_one_fails(trace: Tracer) -> None:
    both = (napping(trace, "good"), failing(trace, "bad", 1.5, ValueError("bad")))
    await outcome(trace, "gather", asyncio.gather(*both))
    await asyncio.sleep(5)


async def gather_of_exceptions(trace: Tracer) -> None:
    both = (napping(trace, "good"), failing(trace, "bad", 1.5, ValueError("bad")))
    await outcome(trace, "gather", asyncio.gather(*both, return_exceptions=True))


async def gather_that_is_cancelled(trace: Tracer) -> None:
    gathered = asyncio.gather(napping(trace, "one"), napping(trace, "two"))
    asyncio.get_running_loop().call_later(1.5, gathered.cancel)
    await outcome(trace, "gather", gathered)


async def gather_of_which_one_is_cancelled(trace: Tracer) -> None:
    one = asyncio.create_task(napping(trace, "one"))
    asyncio.get_running_loop().call_later(1.5, one.cancel)
    await outcome(trace, "gather", asyncio.gather(one, napping(trace, "two"), return_exceptions=True))


async def shield_outlives_its_caller(trace: Tracer) -> None:
    inner = asyncio.create_task(napping(trace, "inner"))
    caller = asyncio.create_task(outcome(trace, "caller", asyncio.shield(inner)))
    await asyncio.sleep(1.5)
    caller.cancel()
    await outcome(trace, "inner", inner)


async def shield_whose_inside_fails_unseen(trace: Tracer) -> None:
    async def shielded() -> None:
        await asyncio.shield(failing(trace, "inner", 2, ValueError("unseen")))

    caller = asyncio.create_task(shielded())
    await asyncio.sleep(1)
    caller.cancel()
    await outcome(trace, "caller", caller)
    await asyncio.sleep(3)


async def wait_in_every_way(trace: Tracer) -> None:
    def three() -> list[asyncio.Task[Any]]:
        return [
            asyncio.create_task(napping(trace, "one", naps=1), name="one"),
            asyncio.create_task(failing(trace, "two", 2, ValueError("two")), name="two"),
            asyncio.create_task(napping(trace, "three", naps=3), name="three"),
        ]

    for when in (asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION, asyncio.ALL_COMPLETED):
        tasks = three()
        done, pending = await asyncio.wait(tasks, return_when=when)
        trace(when, sorted(task.get_name() for task in done), sorted(task.get_name() for task in pending))
        await asyncio.wait(tasks)
        trace(repr(tasks[1].exception()))
    tasks = three()
    done, pending = await asyncio.wait(tasks, timeout=1.5)
    trace("timeout", len(done), len(pending))
    await asyncio.gather(*tasks, return_exceptions=True)


async def as_completed_in_order(trace: Tracer) -> None:
    tasks = [asyncio.create_task(napping(trace, f"n{i}", naps=1, each_s=4.0 - i)) for i in range(3)]
    for each in asyncio.as_completed(tasks):
        trace(await each)
    late = [asyncio.create_task(napping(trace, "late", naps=9))]
    for each in asyncio.as_completed(late, timeout=1.5):
        await outcome(trace, "late", each)
    late[0].cancel()


async def context_variables_stay_in_their_task(trace: Tracer) -> None:
    who: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")
    loop = asyncio.get_running_loop()

    async def child(name: str) -> None:
        trace("inherits", who.get())
        who.set(name)
        await asyncio.sleep(1)
        trace("keeps", who.get())
        loop.call_soon(lambda: trace("in a callback", who.get()))
        loop.call_later(1, lambda: trace("in a timer", who.get()))

    who.set("main")
    await asyncio.gather(child("a"), child("b"))
    special = contextvars.copy_context()
    special.run(who.set, "special")
    await asyncio.create_task(child("c"), context=special)
    trace(who.get(), special[who])
    await asyncio.sleep(2)
