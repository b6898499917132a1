"""Many loops on one environment, beside SimPy's processes and resources."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest
import simpy

from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.loop_errors import Deadlock


def test_each_pod_sees_its_own_loop_running() -> None:
    env = simpy.Environment()
    loops = [VirtualLoop(env, name=name) for name in "abc"]
    seen: list[tuple[float, str]] = []

    async def pod(loop: VirtualLoop, every_s: float) -> None:
        for _ in range(3):
            await asyncio.sleep(every_s)
            assert asyncio.get_running_loop() is loop
            task = asyncio.current_task()
            assert task is not None
            assert task.get_loop() is loop
            seen.append((env.now, loop.name))

    for number, loop in enumerate(loops):
        loop.create_task(pod(loop, 1 + number / 4))
    env.run()

    assert sorted(seen) == sorted((nap * (1 + number / 4), "abc"[number]) for nap in (1, 2, 3) for number in range(3))
    assert [moment for moment, _ in seen] == sorted(moment for moment, _ in seen)


def test_running_one_loop_runs_all_on_its_environment() -> None:
    env = simpy.Environment()
    mine, other = VirtualLoop(env), VirtualLoop(env)
    log: list[str] = []

    async def ticking() -> None:
        while True:
            await asyncio.sleep(1)
            assert asyncio.get_running_loop() is other
            log.append(f"other at {env.now:g}")

    def process() -> Generator[simpy.Event, Any, None]:
        yield env.timeout(1.5)
        log.append("process")

    other.create_task(ticking())
    other.call_later(0.25, lambda: log.append(f"called on {asyncio.get_running_loop()!r}"))
    env.process(process())
    mine.run_until_complete(asyncio.sleep(2.5))

    assert log == ["called on <VirtualLoop 'loop-2' open at 0.25 s>", "other at 1", "process", "other at 2"]
    other.crash()


def test_loops_that_wait_for_the_same_moment_come_in_the_order_they_asked() -> None:
    env = simpy.Environment()
    loops = [VirtualLoop(env) for _ in range(3)]
    log: list[str] = []

    async def pod(name: str) -> None:
        await asyncio.sleep(1)
        log.append(f"{name} wakes")
        await asyncio.sleep(0)
        log.append(f"{name} goes on")

    for loop in loops:
        loop.create_task(pod(loop.name))
    env.run()

    assert log == [f"loop-{number} {what}" for what in ("wakes", "goes on") for number in (1, 2, 3)]


def test_future_of_another_loop_cannot_be_awaited() -> None:
    env = simpy.Environment()
    one, other = VirtualLoop(env), VirtualLoop(env)
    future = other.create_future()

    async def trespass() -> None:
        await future

    with pytest.raises(RuntimeError, match="attached to a different loop"):
        one.run_until_complete(trespass())


def test_another_loop_can_be_given_a_callback() -> None:
    env = simpy.Environment()
    sender, receiver = VirtualLoop(env), VirtualLoop(env)
    inbox: asyncio.Queue[str] = asyncio.Queue()

    async def receive() -> tuple[float, str]:
        return receiver.time(), await inbox.get()

    async def send() -> None:
        await asyncio.sleep(1)
        receiver.call_later(0.5, inbox.put_nowait, "packet")

    received = receiver.create_task(receive())
    sender.create_task(send())
    env.run()

    assert received.result() == (0, "packet")
    assert env.now == 1.5


def test_two_loops_on_one_environment_cannot_both_be_run() -> None:
    env = simpy.Environment()
    driver, other = VirtualLoop(env), VirtualLoop(env)

    async def inside() -> None:
        with pytest.raises(RuntimeError, match="another loop is running"):
            other.run_forever()

    driver.run_until_complete(inside())


def test_deadlock_names_the_waiting_tasks_of_all_loops() -> None:
    env = simpy.Environment()
    loops = [VirtualLoop(env, name=name) for name in ("order", "payment")]

    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    loops[1].create_task(wait_for_ever())
    with pytest.raises(Deadlock) as caught:
        loops[0].run_until_complete(wait_for_ever())

    assert [each.loop for each in caught.value.waiting] == ["order", "payment"]
    for loop in loops:
        loop.crash()


def test_simpy_event_can_be_awaited() -> None:
    env = simpy.Environment()
    loop = VirtualLoop(env)

    def process() -> Generator[simpy.Event, Any, str]:
        yield env.timeout(3)
        return "packed"

    async def main() -> list[Any]:
        running = env.process(process())
        first = await loop.wait_for_event(running)
        assert env.now == 3
        return [first, await loop.wait_for_event(running), await loop.wait_for_event(env.timeout(1, "value"))]

    assert loop.run_until_complete(main()) == ["packed", "packed", "value"]


def test_event_that_fails_raises_where_it_is_awaited() -> None:
    env = simpy.Environment()
    loop = VirtualLoop(env)

    def process() -> Generator[simpy.Event, Any, None]:
        yield env.timeout(1)
        raise LookupError("no courier")

    async def main() -> str:
        try:
            await loop.wait_for_event(env.process(process()))
        except LookupError as error:
            return str(error)
        return "nothing was raised"

    assert loop.run_until_complete(main()) == "no courier"


def test_event_that_fails_when_nobody_awaits_it_any_more_stops_the_simulation_as_ever() -> None:
    env = simpy.Environment()
    loop = VirtualLoop(env)
    event = env.event()

    async def impatient() -> None:
        await asyncio.wait_for(loop.wait_for_event(event), 1)

    task = loop.create_task(impatient())
    env.run()
    assert isinstance(task.exception(), TimeoutError)
    assert event.callbacks == []
    event.fail(LookupError("too late"))
    with pytest.raises(LookupError, match="too late"):
        env.run()


def test_resource_of_simpy_is_shared_between_a_pod_and_a_process() -> None:
    env = simpy.Environment()
    loop = VirtualLoop(env)
    courier = simpy.Resource(env, capacity=1)
    log: list[tuple[str, float]] = []

    def process() -> Generator[simpy.Event, Any, None]:
        with courier.request() as request:
            yield request
            log.append(("process", env.now))
            yield env.timeout(5)

    async def pod() -> None:
        with courier.request() as request:
            await loop.wait_for_event(request)
            log.append(("pod", env.now))
            await asyncio.sleep(2)

    env.process(process())
    loop.create_task(pod())
    loop.create_task(pod())
    env.run()

    assert log == [("process", 0), ("pod", 5), ("pod", 7)]


def test_event_of_another_environment_is_refused() -> None:
    with pytest.raises(ValueError, match="another environment"):
        VirtualLoop().wait_for_event(simpy.Environment().event())


def test_simpy_process_can_wait_for_a_coroutine() -> None:
    env = simpy.Environment()
    loop = VirtualLoop(env)
    seen: list[Any] = []

    async def pack(fails: bool) -> str:
        await asyncio.sleep(2)
        if fails:
            raise LookupError("no such book")
        return "packed"

    def process() -> Generator[simpy.Event, Any, None]:
        seen.append((yield loop.event_of(pack(fails=False))))
        try:
            yield loop.event_of(pack(fails=True))
        except LookupError as error:
            seen.append(str(error))
        task = loop.create_task(pack(fails=False))
        loop.call_later(1, task.cancel)
        try:
            yield loop.event_of(task)
        except asyncio.CancelledError:
            seen.append(env.now)

    env.process(process())
    env.run()

    assert seen == ["packed", "no such book", 5]


def test_generator_dropped_in_a_pod_is_closed_by_that_pod() -> None:
    env = simpy.Environment()
    loops = [VirtualLoop(env), VirtualLoop(env)]
    closed_on: list[Any] = []

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            while True:
                yield 1
        finally:
            await asyncio.sleep(1)
            closed_on.append(asyncio.get_running_loop())

    async def pod() -> None:
        async for _ in numbers():
            await asyncio.sleep(1)
            break

    for loop in loops:
        loop.create_task(pod())
    env.run()

    assert closed_on == loops
