"""Programs that nobody thought of run as on CPython's loop, too."""

import asyncio
import functools
from collections.abc import Iterator
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.asyncio_reference import Tracer, trace_in_cpython, trace_in_virtual_time

TASKS = 4
PATIENCE_S = 200.0

Step = tuple[str, Any]

small = st.integers(0, 3)
simple_steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("nap"), small),
    st.tuples(st.just("yield"), small),
    st.tuples(st.just("cancel"), st.integers(0, TASKS - 1)),
    st.tuples(st.just("put"), small),
    st.tuples(st.just("get"), small),
    st.tuples(st.just("set"), small),
    st.tuples(st.just("wait"), small),
    st.tuples(st.just("notify"), small),
    st.tuples(st.just("soon"), small),
    st.tuples(st.just("later"), small),
    st.tuples(st.just("fail"), small),
)
BLOCKS = ("lock", "semaphore", "condition", "timeout", "suppress", "shield", "child", "group", "gather", "finally")
steps: st.SearchStrategy[list[Step]] = st.recursive(
    st.lists(simple_steps, max_size=4),
    lambda inner: st.lists(simple_steps | st.tuples(st.sampled_from(BLOCKS), inner), max_size=5),
    max_leaves=6,
)


@attrs.define
class Shared:
    """What the tasks of one run share."""

    trace: Tracer
    fractions: Iterator[float]
    lock: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    semaphore: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(2))
    condition: asyncio.Condition = attrs.field(factory=asyncio.Condition)
    queue: asyncio.Queue[int] = attrs.field(factory=lambda: asyncio.Queue(2))
    event: asyncio.Event = attrs.field(factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = attrs.field(factory=list)

    def seconds(self, whole: int) -> float:
        """So many seconds and a fraction of its own, so that no two timers are due together.

        CPython leaves the order of such to its heap. Powers of two add up exactly, and never to the same sum.
        """
        return whole + next(self.fractions, 0.0)


@given(st.lists(steps, min_size=TASKS, max_size=TASKS))
@settings(max_examples=100)
def test_random_programs_run_as_on_cpythons_loop(scripts: list[list[Step]]) -> None:
    async def program(trace: Tracer) -> None:
        shared = Shared(trace, (2.0**-power for power in range(1, 36)))
        for number, script in enumerate(scripts):
            shared.tasks.append(asyncio.create_task(play(shared, f"t{number}", script)))
        await asyncio.wait(shared.tasks, timeout=PATIENCE_S)
        while left := [task for task in shared.tasks if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=PATIENCE_S)
        trace(await asyncio.gather(*shared.tasks, return_exceptions=True))

    assert trace_in_virtual_time(program) == trace_in_cpython(program)


async def play(shared: Shared, name: str, script: list[Step]) -> None:
    """Carry out the steps, telling of each."""
    try:
        for number, (step, detail) in enumerate(script):
            where = f"{name}.{number} {step}"
            shared.trace(where)
            await (block if step in BLOCKS else simple)(shared, where, step, detail)
    except asyncio.CancelledError:
        shared.trace(name, "is cancelled")
        raise


async def simple(shared: Shared, where: str, step: str, detail: int) -> None:  # noqa: C901, PLR0912
    loop = asyncio.get_running_loop()
    match step:
        case "nap":
            await asyncio.sleep(shared.seconds(detail))
        case "yield":
            for _ in range(detail):
                await asyncio.sleep(0)
        case "cancel":
            if detail < len(shared.tasks):
                shared.trace(shared.tasks[detail].cancel(where))
        case "put":
            await shared.queue.put(detail)
        case "get":
            shared.trace(await shared.queue.get())
        case "set":
            shared.event.set()
            if detail:
                shared.event.clear()
        case "wait":
            await shared.event.wait()
        case "notify":
            if shared.condition.locked():
                shared.condition.notify(detail)
        case "soon":
            loop.call_soon(shared.trace, f"{where} called")
        case "later":
            loop.call_later(shared.seconds(detail), shared.trace, f"{where} called")
        case "fail":
            raise ValueError(where)


async def block(shared: Shared, where: str, step: str, script: list[Step]) -> None:  # noqa: C901
    inside = functools.partial(play, shared, where, script)
    match step:
        case "lock":
            async with shared.lock:
                await inside()
        case "semaphore":
            async with shared.semaphore:
                await inside()
        case "condition":
            async with shared.condition:
                shared.condition.notify()
                await inside()
                await shared.condition.wait()
        case "timeout":
            async with asyncio.timeout(shared.seconds(2)):
                await inside()
        case "suppress":
            try:
                await inside()
            except (ValueError, TimeoutError, ExceptionGroup, asyncio.CancelledError) as error:
                shared.trace(where, "suppressed", type(error).__name__)
        case "shield":
            # Listed, to be cancelled in order at the end: CPython cancels those left now in one order, now another.
            shared.tasks.append(asyncio.create_task(inside()))
            await asyncio.shield(shared.tasks[-1])
        case "child":
            await asyncio.wait_for(asyncio.create_task(inside()), shared.seconds(3))
        case "group":
            # One child only: of several, CPython cancels now one first, now another.
            async with asyncio.TaskGroup() as group:
                group.create_task(inside())
        case "gather":
            sibling = asyncio.sleep(shared.seconds(1))
            shared.trace(await asyncio.gather(inside(), sibling, return_exceptions=True))
        case "finally":
            try:
                await asyncio.sleep(shared.seconds(1))
            finally:
                await inside()
