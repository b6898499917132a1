"""Many waits with one timer: each ends at its own time all the same."""

import asyncio
from typing import Any

import pytest

from bookdelivery.simulation._limits import TimeLimit
from bookdelivery.simulation._waits import Answer
from bookdelivery.simulation.loop import VirtualLoop
from tests.virtual import run_virtual


def limit(seconds: float) -> TimeLimit:
    return TimeLimit(asyncio.get_running_loop(), seconds, lambda _: TimeoutError("too long"))


async def ask(limited: TimeLimit, answered_after_s: float | None) -> tuple[str, float]:
    """Wait for an answer that comes after so many seconds, or never; say how it ended, and when."""
    loop = asyncio.get_running_loop()
    answer: Answer[str] = Answer(loop)
    if answered_after_s is not None:
        loop.call_later(answered_after_s, answer.give, "answered")
    limited.begins(answer)
    try:
        return await answer, loop.time()
    except TimeoutError:
        return "gave up", loop.time()


def test_each_wait_ends_when_its_own_time_is_over() -> None:
    async def main() -> list[tuple[str, float]]:
        limited = limit(10.0)
        waits = []
        for answered_after_s in (None, 2.0, None, 9.5, 10.5):
            waits.append(asyncio.create_task(ask(limited, answered_after_s)))
            await asyncio.sleep(1.0)
        return await asyncio.gather(*waits)

    ends = [("gave up", 10.0), ("answered", 3.0), ("gave up", 12.0), ("answered", 12.5), ("gave up", 14.0)]
    assert run_virtual(main()) == ends


def test_a_task_that_gave_up_may_ask_again_at_once_and_disturbs_no_other() -> None:
    async def insist(limited: TimeLimit) -> list[tuple[str, float]]:
        return [await ask(limited, None) for _ in range(3)]

    async def main() -> Any:
        limited = limit(10.0)
        first = asyncio.create_task(insist(limited))
        await asyncio.sleep(4.0)
        return await asyncio.gather(first, insist(limited))

    first, second = run_virtual(main())
    assert first == [("gave up", 10.0), ("gave up", 20.0), ("gave up", 30.0)]
    assert second == [("gave up", 14.0), ("gave up", 24.0), ("gave up", 34.0)]


def test_answers_that_came_are_forgotten_though_an_earlier_one_never_comes() -> None:
    async def main() -> int:
        limited = limit(1e6)
        waiting = asyncio.create_task(ask(limited, None))
        for _ in range(1_000):
            await ask(limited, 1.0)
        remembered = len(limited._waits)
        waiting.cancel()
        return remembered

    assert run_virtual(main()) <= 65


@pytest.mark.parametrize("number", [1, 500])
def test_there_is_one_timer_however_many_wait(number: int) -> None:
    loop = VirtualLoop()

    async def main() -> int:
        limited = limit(100.0)
        waits = [asyncio.create_task(ask(limited, None)) for _ in range(number)]
        await asyncio.sleep(1.0)
        timers = len(loop.env._queue)
        for wait in waits:
            wait.cancel()
        return timers

    assert loop.run_until_complete(main()) == 1
    loop.close()
