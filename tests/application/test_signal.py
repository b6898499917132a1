"""A flag to wait for: who is woken by it, and when a wait ends by time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from bookdelivery.application.signal import Signal
from bookdelivery.simulation import VirtualLoop


def run(program: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(program)


async def ended_at(signal: Signal, at_most_s: float | None) -> float:
    await signal.wait(at_most_s)
    return asyncio.get_running_loop().time()


def test_the_flag_wakes_all_who_wait() -> None:
    async def body() -> list[float]:
        signal = Signal()
        asyncio.get_running_loop().call_later(2.0, signal.set)
        return await asyncio.gather(*(ended_at(signal, seconds) for seconds in (None, 5.0, 1.0)))

    assert run(body()) == [2.0, 2.0, 1.0]


def test_nobody_waits_for_a_flag_that_is_up() -> None:
    async def body() -> float:
        signal = Signal()
        signal.set()
        return await ended_at(signal, 5.0)

    assert run(body()) == 0.0


def test_each_wait_has_its_own_time() -> None:
    async def body() -> list[float]:
        signal = Signal()
        return await asyncio.gather(*(ended_at(signal, seconds) for seconds in (3.0, 1.0, 2.0, 3.0)))

    assert run(body()) == [3.0, 1.0, 2.0, 3.0]


def test_a_wait_after_one_that_the_flag_ended_takes_its_whole_time() -> None:
    async def body() -> list[float]:
        signal = Signal()
        times = []
        for seconds in (10.0, 10.0, 4.0):
            asyncio.get_running_loop().call_later(3.0, signal.set)
            times.append(await ended_at(signal, seconds))
            signal.clear()
        times.append(await ended_at(signal, 10.0))
        times.append(await ended_at(signal, 0.5))
        return times

    assert run(body()) == [3.0, 6.0, 9.0, 19.0, 19.5]


def test_a_wait_that_is_cancelled_disturbs_no_other() -> None:
    async def body() -> tuple[float, bool]:
        signal = Signal()
        first = asyncio.create_task(ended_at(signal, 1.0))
        second = asyncio.create_task(ended_at(signal, 2.0))
        await asyncio.sleep(0.5)
        first.cancel()
        return await second, first.cancelled()

    assert run(body()) == (2.0, True)
