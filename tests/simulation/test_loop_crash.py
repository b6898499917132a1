"""A crashed loop is as dead as a process after kill -9: not a line of its code runs, then or ever."""

import asyncio
import contextlib
import gc
import logging
import sys
import warnings
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from typing import Any

import attrs
import pytest
import simpy

from bookdelivery.simulation import _burial
from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.loop_errors import LoopCrashed


@attrs.define(eq=False)
class Pod:
    """A loop, what its coroutines share, and what they said that only the living say."""

    env: simpy.Environment = attrs.field(factory=simpy.Environment)
    loop: VirtualLoop = attrs.field(init=False)
    said: list[str] = attrs.field(factory=list)
    lock: asyncio.Lock = attrs.field(factory=asyncio.Lock)

    def __attrs_post_init__(self) -> None:
        self.loop = VirtualLoop(self.env, name="pod")

    @contextlib.contextmanager
    def managed(self) -> Iterator[None]:
        try:
            yield
        finally:
            self.said.append("left the manager")

    @contextlib.asynccontextmanager
    async def managed_async(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self.said.append("left the asynchronous manager")
            await asyncio.sleep(1)

    def generator(self) -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            self.said.append("closed the generator")

    async def async_generator(self) -> AsyncGenerator[int, None]:
        try:
            while True:
                yield 1
                await self.nap()
        finally:
            self.said.append("closed the asynchronous generator")

    async def nap(self) -> None:
        try:
            await asyncio.sleep(50)
        except BaseException as error:
            self.said.append(f"caught {error!r}")
            raise
        finally:
            self.said.append("tidied up")
            await asyncio.sleep(1)
            self.said.append("tidied up after a while")


async def in_a_nap(pod: Pod) -> None:
    await pod.nap()


async def in_a_context_manager(pod: Pod) -> None:
    with pod.managed():
        await pod.nap()


async def in_a_context_manager_that_was_looked_into(pod: Pod) -> None:
    manager = pod.managed()
    assert "gen" in vars(manager)
    with manager:
        await pod.nap()


async def in_an_async_context_manager(pod: Pod) -> None:
    async with pod.managed_async():
        await pod.nap()


async def in_an_exit_stack(pod: Pod) -> None:
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(pod.managed())
        await stack.enter_async_context(pod.managed_async())
        await pod.nap()


async def in_a_loop_over_a_generator(pod: Pod) -> None:
    for _ in pod.generator():
        await pod.nap()


async def in_an_async_generator(pod: Pod) -> None:
    async for _ in pod.async_generator():
        """It sleeps inside the generator."""


async def between_two_items_of_an_async_generator(pod: Pod) -> None:
    async for _ in pod.async_generator():
        await pod.nap()


async def holding_a_lock(pod: Pod) -> None:
    async with pod.lock:
        await pod.nap()


async def waiting_for_a_lock(pod: Pod) -> None:
    pod.loop.create_task(holding_a_lock(pod))
    await asyncio.sleep(0)
    await holding_a_lock(pod)


async def in_a_task_group(pod: Pod) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(pod.nap())
        group.create_task(in_a_context_manager(pod))


async def in_timeouts(pod: Pod) -> None:
    async with asyncio.timeout(60):
        await asyncio.wait_for(pod.nap(), 70)


async def in_a_gather(pod: Pod) -> None:
    await asyncio.gather(pod.nap(), asyncio.shield(pod.nap()))


async def waiting_for_simpy(pod: Pod) -> None:
    try:
        await pod.loop.wait_for_event(pod.env.timeout(30))
    finally:
        pod.said.append("stopped waiting for SimPy")


async def tidying_up_after_a_cancel(pod: Pod) -> None:
    task = asyncio.create_task(asyncio.sleep(50))
    try:
        await asyncio.wait_for(task, 1)
    finally:
        with contextlib.suppress(TimeoutError):
            await pod.nap()


async def spinning(pod: Pod) -> None:
    try:
        while pod.env.now < 20:
            await asyncio.sleep(0)
            await asyncio.sleep(0.25)
    finally:
        pod.said.append("stopped spinning")


PLACES: list[Callable[[Pod], Coroutine[Any, Any, None]]] = [
    in_a_nap,
    in_a_context_manager,
    in_a_context_manager_that_was_looked_into,
    in_an_async_context_manager,
    in_an_exit_stack,
    in_a_loop_over_a_generator,
    in_an_async_generator,
    between_two_items_of_an_async_generator,
    holding_a_lock,
    waiting_for_a_lock,
    in_a_task_group,
    in_timeouts,
    in_a_gather,
    waiting_for_simpy,
    tidying_up_after_a_cancel,
    spinning,
]


def from_a_process(pod: Pod) -> None:
    def kill() -> Generator[simpy.Event, Any, None]:
        yield pod.env.timeout(10)
        pod.loop.crash()

    pod.env.process(kill())


def from_another_pod(pod: Pod) -> None:
    async def kill() -> None:
        await asyncio.sleep(10)
        pod.loop.crash()

    VirtualLoop(pod.env, name="killer").create_task(kill())


def from_outside(pod: Pod) -> None:
    pod.env.run(until=10)
    pod.loop.crash()


def from_within(pod: Pod) -> None:
    async def die() -> None:
        await asyncio.sleep(10)
        pod.loop.crash()
        try:
            asyncio.get_running_loop().create_task(pod.nap())
            await asyncio.sleep(0)
        finally:
            pod.said.append("the killer tidied up")

    pod.loop.create_task(die())


def from_a_callback_of_its_own(pod: Pod) -> None:
    pod.loop.call_at(10, pod.loop.crash)
    pod.loop.call_at(10, pod.said.append, "called in the same turn")


KILLERS = [from_a_process, from_another_pod, from_outside, from_within, from_a_callback_of_its_own]


@pytest.mark.parametrize("kill", KILLERS)
def test_nothing_runs_after_a_crash(kill: Callable[[Pod], None], caplog: pytest.LogCaptureFixture) -> None:
    said: dict[str, list[str]] = {}
    environments: list[weakref.ref[simpy.Environment]] = []

    def crash_a_pod(place: Callable[[Pod], Coroutine[Any, Any, None]]) -> None:
        pod = Pod(said=said.setdefault(place.__name__, []))
        environments.append(weakref.ref(pod.env))
        pod.loop.create_task(place(pod))
        kill(pod)
        pod.env.run(until=200)

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for place in PLACES:
            crash_a_pod(place)
        gc.collect()

    assert said == {place.__name__: [] for place in PLACES}
    assert [environment() for environment in environments] == [None] * len(PLACES)
    assert [str(each.message) for each in warned] == []
    assert caplog.records == []
    assert _burial._unburied == []


def test_pod_that_is_left_alive_has_something_to_say() -> None:
    """Or the test above could not fail."""
    for place in PLACES:
        pod = Pod()
        pod.loop.create_task(place(pod))
        pod.env.run(until=200)
        assert pod.said, place
        pod.loop.crash()


def test_pods_beside_it_go_on() -> None:
    env = simpy.Environment()
    doomed, neighbour = VirtualLoop(env), VirtualLoop(env)
    shared: list[str] = []

    async def work(name: str) -> None:
        try:
            for _ in range(5):
                await asyncio.sleep(1)
        finally:
            shared.append(f"{name} at {env.now:g}")

    doomed.create_task(work("doomed"))
    neighbour.create_task(work("neighbour"))
    env.run(until=2.5)
    doomed.crash()
    env.run()

    assert shared == ["neighbour at 5"]


def test_coroutine_and_generator_that_live_elsewhere_survive_the_crash_of_who_knows_them() -> None:
    env = simpy.Environment()
    doomed, neighbour = VirtualLoop(env), VirtualLoop(env)
    log: list[str] = []

    async def guest() -> None:
        await asyncio.sleep(5)
        log.append("the guest is well")

    def process() -> Generator[simpy.Event, Any, None]:
        yield env.timeout(5)
        log.append("the process is well")

    async def host() -> None:
        coroutine, generator = guest(), process()
        neighbour.create_task(coroutine)
        env.process(generator)
        await asyncio.sleep(50)
        log.append(f"never: {coroutine}, {generator}")

    doomed.create_task(host())
    env.run(until=1)
    doomed.crash()
    gc.collect()
    env.run()

    assert sorted(log) == ["the guest is well", "the process is well"]


def test_packets_to_a_dead_host_are_dropped() -> None:
    env = simpy.Environment()
    loop = VirtualLoop(env)
    got: list[str] = []
    reply = loop.create_future()
    reply.add_done_callback(lambda _: got.append("reply"))
    loop.crash()
    reply.set_result("too late")
    handles = [
        loop.call_soon(got.append, "soon"),
        loop.call_soon_threadsafe(got.append, "soon"),
        loop.call_later(1, got.append, "later"),
        loop.call_at(0, got.append, "overdue"),
    ]
    env.run()

    assert got == []
    assert all(handle.cancelled() for handle in handles)
    assert env.now == 0


def test_work_for_a_dead_host_is_refused() -> None:
    loop = VirtualLoop(name="payment-1")
    loop.crash()
    work = asyncio.sleep(1)

    for refused in (lambda: loop.create_task(work), loop.run_forever, lambda: loop.run_until_complete(work)):
        with pytest.raises(LoopCrashed, match="'payment-1' has crashed"):
            refused()
    assert loop.is_crashed()
    assert not loop.is_closed()


def test_run_of_a_loop_that_crashes_ends_with_an_error() -> None:
    loop = VirtualLoop()

    async def main() -> None:
        loop.call_later(1, loop.crash)
        await asyncio.sleep(2)

    with pytest.raises(LoopCrashed):
        loop.run_until_complete(main())
    assert loop.time() == 1


def test_failure_nobody_looked_at_before_the_crash_is_not_logged_after_it(caplog: pytest.LogCaptureFixture) -> None:
    loop = VirtualLoop()

    async def fail() -> None:
        raise LookupError

    task = loop.create_task(fail())
    loop.env.run()
    loop.crash()
    del task
    gc.collect()

    assert caplog.records == []


def test_crash_frees_what_only_the_dead_held() -> None:
    loop = VirtualLoop()
    noticed: list[str] = []

    class Connection:
        """Something that a process loses, and that notices."""

        def __del__(self) -> None:
            noticed.append("connection lost")

    async def hold(connection: Connection) -> None:
        await asyncio.sleep(50)
        raise AssertionError(connection)

    loop.create_task(hold(Connection()))
    loop.env.run(until=1)
    assert noticed == []
    loop.crash()

    assert noticed == ["connection lost"]


def test_callbacks_of_the_turn_in_which_it_crashes_are_not_called() -> None:
    loop = VirtualLoop()
    called: list[str] = []
    loop.call_soon(loop.call_later, 0, called.append, "in the next turn")
    loop.call_soon(loop.crash)
    loop.call_soon(called.append, "in the same turn")
    loop.env.run()

    assert called == []


def test_crash_leaves_the_interpreter_as_it_was() -> None:
    loop = VirtualLoop()
    before = (sys.getrecursionlimit(), gc.isenabled(), sys.unraisablehook, logging.root.level)
    loop.create_task(in_a_nap(Pod()))
    loop.env.run(until=1)
    loop.crash()

    assert (sys.getrecursionlimit(), gc.isenabled(), sys.unraisablehook, logging.root.level) == before


def test_many_coroutines_deep_in_calls_are_ended_too() -> None:
    pod = Pod()

    async def descend(depth: int) -> None:
        with pod.managed():
            await (descend(depth - 1) if depth else pod.nap())

    for _ in range(20):
        pod.loop.create_task(descend(100))
    pod.env.run(until=1)
    pod.loop.crash()
    gc.collect()
    pod.env.run()

    assert pod.said == []


def test_coroutine_that_cannot_be_ended_is_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an interpreter that finds room for one more frame."""
    monkeypatch.setattr(_burial, "_close_at_the_bottom", len)
    unburied: list[Any] = []
    monkeypatch.setattr(_burial, "_unburied", unburied)
    pod = Pod()
    said = pod.said
    pod.loop.create_task(in_a_context_manager(pod))
    pod.env.run(until=1)
    pod.loop.crash()
    del pod
    gc.collect()

    assert said == []
    kept = [each.__name__ for each in unburied]
    monkeypatch.undo()
    _burial.bury(unburied)
    assert kept == ["in_a_context_manager", "nap", "sleep", "managed"]
