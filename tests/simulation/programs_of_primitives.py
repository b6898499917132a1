"""Programs about what tasks share, the callbacks beneath them, and asynchronous generators."""

import asyncio
import contextlib
import functools
import gc
import itertools
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from tests.simulation.asyncio_reference import Tracer


async def lock_is_handed_on_in_order(trace: Tracer) -> None:
    lock = asyncio.Lock()

    async def worker(name: int) -> None:
        for _ in range(2):
            async with lock:
                trace(name, "has it")
                await asyncio.sleep(1)

    await asyncio.gather(*map(worker, range(3)))


async def cancelled_waiter_does_not_take_the_lock_with_it(trace: Tracer) -> None:
    lock = asyncio.Lock()

    async def worker(name: str) -> None:
        async with lock:
            trace(name, "has it")
            await asyncio.sleep(2)

    tasks = {name: asyncio.create_task(worker(name)) for name in ("holder", "cancelled", "heir")}
    await asyncio.sleep(1)
    # Cancelled in the very turn in which the lock is handed to it.
    asyncio.get_running_loop().call_later(1, tasks["cancelled"].cancel)
    await asyncio.wait(tasks.values())
    trace(lock.locked())


async def semaphore_is_fair(trace: Tracer) -> None:
    semaphore = asyncio.Semaphore(2)

    async def worker(name: int) -> None:
        async with semaphore:
            trace(name, "in", semaphore.locked())
            await asyncio.sleep(1 + name / 8)
        trace(name, "out")
        await semaphore.acquire()
        trace(name, "in again")
        semaphore.release()

    await asyncio.gather(*map(worker, range(5)))


async def semaphore_survives_cancelled_waiters(trace: Tracer) -> None:
    semaphore = asyncio.BoundedSemaphore(1)

    async def worker(name: int) -> None:
        async with semaphore:
            trace(name, "in")
            await asyncio.sleep(1)

    tasks = [asyncio.create_task(worker(name)) for name in range(5)]
    await asyncio.sleep(0.5)
    tasks[1].cancel()
    tasks[3].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    try:
        semaphore.release()
    except ValueError as error:
        trace(error)


async def condition_wakes_in_order(trace: Tracer) -> None:
    condition = asyncio.Condition()
    stock = 0

    async def customer(name: int) -> None:
        nonlocal stock
        async with condition:
            await condition.wait_for(lambda: stock > 0)
            stock -= 1
            trace(name, "served", stock)

    customers = [asyncio.create_task(customer(name)) for name in range(4)]
    await asyncio.sleep(1)
    for wake in (1, 2, 9):
        async with condition:
            stock += 2
            condition.notify(wake)
            trace("notified", wake)
        await asyncio.sleep(1)
    trace([each.done() for each in customers])


async def condition_whose_waiter_is_cancelled(trace: Tracer) -> None:
    condition = asyncio.Condition()

    async def waiter(name: str) -> None:
        async with condition:
            try:
                await condition.wait()
                trace(name, "woken")
            except asyncio.CancelledError:
                trace(name, "cancelled, holding the lock:", condition.locked())
                raise

    tasks = [asyncio.create_task(waiter(name)) for name in ("one", "two")]
    await asyncio.sleep(1)
    tasks[0].cancel()
    await asyncio.sleep(1)
    async with condition:
        condition.notify_all()
    await asyncio.gather(*tasks, return_exceptions=True)


async def event_lets_all_through(trace: Tracer) -> None:
    event = asyncio.Event()

    async def waiter(name: int) -> None:
        trace(name, await event.wait())

    async with asyncio.TaskGroup() as group:
        for name in range(3):
            group.create_task(waiter(name))
        await asyncio.sleep(1)
        event.set()
        event.clear()
        group.create_task(waiter(9))
        await asyncio.sleep(1)
        event.set()


async def barrier_and_one_that_breaks(trace: Tracer) -> None:
    barrier = asyncio.Barrier(3)

    async def walker(name: int) -> None:
        try:
            await asyncio.sleep(name)
            async with barrier as position:
                trace(name, "passed as", position)
            await asyncio.wait_for(barrier.wait(), 2 if name == 1 else 9)
        except (asyncio.BrokenBarrierError, TimeoutError) as error:
            trace(name, type(error).__name__)

    walkers = [asyncio.create_task(walker(name)) for name in range(3)]
    await asyncio.sleep(6)
    trace(barrier.n_waiting, barrier.broken)
    await barrier.abort()
    await asyncio.wait(walkers)


async def queue_with_a_limit(trace: Tracer) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(2)

    async def producer(name: int) -> None:
        for item in range(3):
            await queue.put(10 * name + item)
            trace("put", 10 * name + item, queue.qsize())

    async def consumer() -> None:
        while True:
            item = await queue.get()
            await asyncio.sleep(1)
            trace("got", item)
            queue.task_done()

    consumers = [asyncio.create_task(consumer()) for _ in range(2)]
    await asyncio.gather(producer(1), producer(2))
    trace("all put")
    await queue.join()
    trace("all done")
    for each in consumers:
        each.cancel()
    await asyncio.gather(*consumers, return_exceptions=True)


async def queue_whose_getters_give_up(trace: Tracer) -> None:
    queue: asyncio.PriorityQueue[int] = asyncio.PriorityQueue()

    async def getter(name: str, patience_s: float) -> None:
        try:
            async with asyncio.timeout(patience_s):
                trace(name, "got", await queue.get())
        except TimeoutError:
            trace(name, "gave up")

    getters = [asyncio.create_task(getter(name, patience)) for name, patience in (("a", 1.0), ("b", 3.0), ("c", 9.0))]
    # Put in the very turn in which the first getter's patience ends.
    asyncio.get_running_loop().call_later(1, queue.put_nowait, 5)
    asyncio.get_running_loop().call_later(2, queue.put_nowait, 4)
    await asyncio.wait(getters)
    trace(queue.qsize())


async def callbacks_and_timers_in_turn(trace: Tracer) -> None:
    """No two timers are due at the same time: CPython leaves the order of those to its heap."""
    loop = asyncio.get_running_loop()
    overdue_s = (number / 64 for number in itertools.count())

    def again(name: str, depth: int) -> None:
        trace(name, depth)
        if depth:
            loop.call_later(-next(overdue_s), again, f"{name} overdue", depth - 1)
            loop.call_soon(again, f"{name} soon", depth - 1)
            loop.call_at(loop.time() - 1 + next(overdue_s) / 64, again, f"{name} more overdue", depth - 1)

    loop.call_soon(again, "root", 3)
    loop.call_later(1, again, "later", 2)
    await asyncio.sleep(2)


async def timers_due_together_come_before_what_they_make_ready(trace: Tracer) -> None:
    loop = asyncio.get_running_loop()

    def fire(name: str) -> None:
        trace(name)
        loop.call_soon(trace, f"after {name}")
        loop.call_later(0, trace, f"timer after {name}")

    moment = loop.time() + 1
    for name in ("one", "two"):
        loop.call_at(moment, fire, name)
    await asyncio.sleep(2)


async def handles_that_are_cancelled(trace: Tracer) -> None:
    loop = asyncio.get_running_loop()
    soon = loop.call_soon(trace, "never")
    later = loop.call_later(1, trace, "never")
    overdue = loop.call_later(0, trace, "never")
    kept = loop.call_later(1.5, trace, "kept")
    for handle in (soon, later, overdue):
        handle.cancel()
        trace(handle.cancelled())
    doomed: list[asyncio.Handle] = []

    def cancel_the_doomed() -> None:
        doomed[0].cancel()

    loop.call_soon(cancel_the_doomed)
    doomed.append(loop.call_soon(trace, "never, for it is cancelled in its own turn"))
    await asyncio.sleep(2)
    trace(kept.cancelled(), kept.when())
    kept.cancel()
    trace(kept.cancelled())


async def callbacks_that_raise(trace: Tracer) -> None:
    loop = asyncio.get_running_loop()

    def fail(kind: type[BaseException]) -> None:
        trace("raises", kind.__name__)
        raise kind("in a callback")

    loop.call_soon(fail, ValueError)
    loop.call_later(1, fail, LookupError)
    future = loop.create_future()
    future.add_done_callback(lambda _: fail(OSError))
    future.set_result(None)
    await asyncio.sleep(2)
    trace("goes on")
    loop.call_soon(fail, asyncio.CancelledError)
    await asyncio.sleep(1)
    loop.call_soon(fail, SystemExit)
    await asyncio.sleep(1)
    trace("never here")


async def failure_that_nobody_looks_at(trace: Tracer) -> None:
    async def fail() -> None:
        raise ValueError("unseen")

    task = asyncio.create_task(fail())
    await asyncio.sleep(1)
    trace(task.done())
    del task
    gc.collect()
    await asyncio.sleep(1)


async def done_callbacks_in_order(trace: Tracer) -> None:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[int] = loop.create_future()

    def removed(_: Any) -> None:
        trace("never")

    def tell(name: int, done: asyncio.Future[int]) -> None:
        trace(name, done.result())

    for name in range(3):
        future.add_done_callback(functools.partial(tell, name))
        future.add_done_callback(removed)
    trace(future.remove_done_callback(removed))
    future.set_result(7)
    trace("set", await future)
    future.add_done_callback(lambda done: trace("late", done.result()))
    await asyncio.sleep(0)
    trace("end")


async def counting(trace: Tracer, name: str, limit: int) -> AsyncGenerator[int, None]:
    try:
        for number in range(limit):
            await asyncio.sleep(1)
            yield number
    finally:
        trace(name, "closing")
        await asyncio.sleep(1)
        trace(name, "closed")


async def generator_that_is_left_early(trace: Tracer) -> None:
    async for number in counting(trace, "left", 5):
        trace(number)
        if number == 1:
            break
    gc.collect()
    await asyncio.sleep(3)
    trace("end")


async def generator_that_is_closed(trace: Tracer) -> None:
    async with contextlib.aclosing(counting(trace, "closed", 5)) as numbers:
        trace(await anext(numbers))
    trace("end")


async def generator_that_is_shut_down_with_the_loop(trace: Tracer) -> None:
    numbers = counting(trace, "unfinished", 5)
    trace(await anext(numbers))
    trace.keeps.append(numbers)


async def generator_in_a_cancelled_task(trace: Tracer) -> None:
    async def consumer() -> None:
        async for number in counting(trace, "consumed", 5):
            trace(number)

    task = asyncio.create_task(consumer())
    await asyncio.sleep(1.5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    gc.collect()
    await asyncio.sleep(3)


async def async_context_managers_unwind_in_order(trace: Tracer) -> None:
    @contextlib.asynccontextmanager
    async def resource(name: str) -> AsyncIterator[str]:
        await asyncio.sleep(1)
        trace("open", name)
        try:
            yield name
        finally:
            await asyncio.sleep(1)
            trace("close", name)

    try:
        async with contextlib.AsyncExitStack() as stack:
            for name in ("a", "b"):
                await stack.enter_async_context(resource(name))
            raise ValueError("inside")
    except ValueError as error:
        trace(error)
