"""Callers that wait at a gate, on a real event loop: who is let in, who is turned away, and who gives up."""

import asyncio

import pytest

from bookdelivery.resilience import (
    Bulkhead,
    BulkheadConfig,
    BulkheadFull,
    Doorway,
    LoadShed,
    LoadShedder,
    RateLimitConfig,
    RateLimiter,
    SheddingConfig,
)
from tests.virtual import run_virtual

SHORT_S = 0.002
LONG_S = 30.0


def bulkhead(max_wait_s: float = LONG_S) -> Doorway:
    return Doorway(Bulkhead(BulkheadConfig(max_concurrent=1, max_waiting=9, max_wait_s=max_wait_s), name="payment"))


def test_who_waits_is_let_in_when_a_place_is_free() -> None:
    async def main() -> list[str]:
        doorway, story = bulkhead(), []

        async def come(name: str) -> None:
            place = await doorway.enter()
            story.append(f"{name} in")
            await asyncio.sleep(0)
            story.append(f"{name} out")
            doorway.leave(place, made=True)

        await asyncio.gather(come("a"), come("b"), come("c"))
        return story

    assert asyncio.run(main()) == ["a in", "a out", "b in", "b out", "c in", "c out"]


def test_who_has_waited_as_long_as_allowed_is_turned_away_without_anybody_leaving() -> None:
    async def main() -> int:
        doorway = bulkhead(SHORT_S)
        await doorway.enter()
        with pytest.raises(BulkheadFull):
            await doorway.enter()
        return doorway.gate.waiting  # type: ignore[attr-defined, no-any-return]

    assert asyncio.run(main()) == 0


def test_who_is_cancelled_while_waiting_leaves_the_line() -> None:
    async def main() -> None:
        doorway = bulkhead()
        place = await doorway.enter()
        waiting = [asyncio.create_task(doorway.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.wait(waiting[:1])
        doorway.leave(place, made=True)
        doorway.leave(await waiting[1], made=True)
        await waiting[2]

    asyncio.run(main())


def test_who_is_cancelled_at_the_moment_of_being_let_in_passes_the_place_on() -> None:
    async def main() -> None:
        doorway = bulkhead()
        place = await doorway.enter()
        first, second = (asyncio.create_task(doorway.enter()) for _ in range(2))
        await asyncio.sleep(0)
        doorway.leave(place, made=True)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await second

    asyncio.run(main())


def test_who_is_cancelled_at_the_moment_of_being_turned_away_has_nothing_to_give_back() -> None:
    async def main() -> None:
        doorway = bulkhead(SHORT_S)
        place = await doorway.enter()
        waiting = asyncio.create_task(doorway.enter())
        await asyncio.sleep(0)
        while asyncio.get_running_loop().time() < doorway.gate.due_s:
            pass
        doorway.gate.let_time_pass(asyncio.get_running_loop().time())
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        doorway.leave(place, made=True)
        await doorway.enter()

    asyncio.run(main())


def test_one_timer_at_a_time_serves_all_who_wait() -> None:
    async def main() -> list[float]:
        doorway = Doorway(RateLimiter(RateLimitConfig(per_second=500.0, burst=1, max_wait_s=LONG_S), name="payment"))
        loop = asyncio.get_running_loop()

        async def come() -> float:
            await doorway.enter()
            return loop.time()

        began = loop.time()
        return [at_s - began for at_s in await asyncio.gather(*(come() for _ in range(5)))]

    waited_s = asyncio.run(main())
    assert waited_s == sorted(waited_s)
    assert all(at_s >= number * SHORT_S * 0.999 for number, at_s in enumerate(waited_s))


def test_a_timer_that_runs_a_little_early_is_set_anew() -> None:
    """As asyncio's do, by the resolution of the clock."""

    async def main() -> None:
        asyncio.get_running_loop()._clock_resolution = 0.005  # type: ignore[attr-defined]
        doorway = Doorway(RateLimiter(RateLimitConfig(per_second=50.0, burst=1, max_wait_s=LONG_S), name="payment"))
        for _ in range(3):
            await asyncio.wait_for(doorway.enter(), 2.0)

    asyncio.run(main())


def test_who_may_not_wait_as_long_as_those_before_is_turned_away_first() -> None:
    async def main() -> list[str]:
        shedding = SheddingConfig(max_concurrent=1, target_wait_s=0.5, interval_s=4.0)
        doorway, story = Doorway(LoadShedder(shedding, name="payment")), []
        await doorway.enter()

        async def come(name: str, at_s: float) -> None:
            await asyncio.sleep(at_s)
            with pytest.raises(LoadShed):
                await doorway.enter()
            story.append(f"{name} at {asyncio.get_running_loop().time()}")

        await asyncio.gather(come("a", 0.0), come("b", 3.0), come("c", 5.0))
        return story

    assert run_virtual(main()) == ["a at 4.0", "c at 5.5", "b at 7.0"]


def test_a_token_given_back_goes_to_the_next_in_line_at_once() -> None:
    async def main() -> None:
        limiter = RateLimiter(RateLimitConfig(per_second=0.01, burst=1, max_wait_s=1000.0), name="payment")
        doorway = Doorway(limiter)
        token = await doorway.enter()
        waiting = asyncio.create_task(doorway.enter())
        await asyncio.sleep(0)
        doorway.leave(token, made=False)
        await asyncio.wait_for(waiting, LONG_S)

    asyncio.run(main())
