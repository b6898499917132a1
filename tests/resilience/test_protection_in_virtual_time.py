"""The same program behind the same policies: real time and virtual time tell the same story."""

import asyncio
import random

import attrs
import pytest

from bookdelivery.kernel.errors import HeldOff, NotAnswered, Unavailable
from bookdelivery.resilience import (
    Backoff,
    BreakerConfig,
    BulkheadConfig,
    CountWindow,
    Jitter,
    Protection,
    RateLimitConfig,
    Resilience,
    RetryBudgetConfig,
    RetryConfig,
    SheddingConfig,
)
from bookdelivery.simulation.loop import VirtualLoop

TICKS_S = (0.02, 0.08, 0.3)
"""Whole ticks lie between what must not change places. A machine too busy to keep to short ones gets longer ones."""


def crowded(tick_s: float) -> Resilience:
    bulkhead = BulkheadConfig(max_concurrent=2, max_waiting=3, max_wait_s=11 * tick_s)
    return Resilience(timeout_s=28 * tick_s, bulkhead=bulkhead)


def paced(tick_s: float) -> Resilience:
    return Resilience(rate_limit=RateLimitConfig(per_second=1 / (6 * tick_s), burst=2, max_wait_s=10 * tick_s))


def shedding(tick_s: float) -> Resilience:
    return Resilience(
        shedding=SheddingConfig(max_concurrent=1, target_wait_s=3 * tick_s, interval_s=12 * tick_s, max_waiting=6)
    )


def stubborn(tick_s: float) -> Resilience:
    backoff = Backoff(first_s=4 * tick_s, longest_s=8 * tick_s, jitter=Jitter.NONE)
    budget = RetryBudgetConfig(share=0.0, min_per_second=3.5 / (50 * tick_s), window_s=50 * tick_s)
    return Resilience(
        retry=RetryConfig(max_attempts=4, backoff=backoff, budget=budget),
        breaker=BreakerConfig(window=CountWindow(6), wait_open_s=20 * tick_s),
    )


@attrs.frozen
class Plan:
    """A call after some ticks, its length in ticks, and when its caller gives up; `fails`: its first attempts fail."""

    name: str
    at: float
    takes: float
    fails: int = 0
    cancelled_at: float | None = None


Story = list[tuple[float, str]]
"""What happened, and at which tick."""


async def program(protection: Protection, plans: list[Plan], tick_s: float) -> Story:
    """Make all the calls; tell what happened."""
    story: Story = []
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    def tell(what: str) -> None:
        story.append(((loop.time() - began_s) / tick_s, what))

    async def make(plan: Plan) -> None:
        failures = plan.fails

        async def work() -> None:
            nonlocal failures
            tell(f"{plan.name} begins")
            await asyncio.sleep(plan.takes * tick_s)
            if failures:
                failures -= 1
                raise Unavailable("gone")

        await asyncio.sleep(plan.at * tick_s)
        try:
            await protection.call(work)
        except (HeldOff, NotAnswered, Unavailable, asyncio.CancelledError) as error:
            tell(f"{plan.name} {type(error).__name__}")
        else:
            tell(f"{plan.name} answered")

    async with asyncio.TaskGroup() as calls:
        for plan in plans:
            call = calls.create_task(make(plan))
            if plan.cancelled_at is not None:
                loop.call_later(plan.cancelled_at * tick_s, call.cancel)
    return story


CASES = {
    "crowded": (
        crowded,
        [
            Plan("a", at=0, takes=8),
            Plan("b", at=2, takes=40),
            Plan("c", at=4, takes=16),
            Plan("d", at=6, takes=1, cancelled_at=10),
            Plan("e", at=12, takes=1),
            Plan("f", at=14, takes=2),
            Plan("g", at=16, takes=2),
            Plan("h", at=18, takes=1),
            Plan("i", at=32, takes=1),
        ],
        "0 a begins, 2 b begins, 8 a answered, 8 c begins, 10 d CancelledError, 18 h BulkheadFull, 23 e BulkheadFull,"
        " 24 c answered, 24 f begins, 26 f answered, 26 g begins, 28 g answered, 30 b CallTimedOut, 32 i begins,"
        " 33 i answered",
    ),
    "paced": (
        paced,
        [
            Plan("a", at=0, takes=2),
            Plan("b", at=1, takes=6),
            Plan("c", at=3, takes=3),
            Plan("d", at=4, takes=1, cancelled_at=8),
            Plan("e", at=5, takes=1),
            Plan("f", at=10, takes=2),
        ],
        "0 a begins, 1 b begins, 2 a answered, 5 e RateLimited, 6 c begins, 7 b answered, 8 d CancelledError,"
        " 9 c answered, 12 f begins, 14 f answered",
    ),
    "shedding": (
        shedding,
        [
            Plan("a", at=0, takes=8),
            Plan("b", at=1, takes=9),
            Plan("c", at=2, takes=1),
            Plan("d", at=6, takes=1),
            Plan("e", at=16, takes=4),
            Plan("f", at=19, takes=2),
        ],
        "0 a begins, 8 a answered, 8 b begins, 14 c LoadShed, 17 b answered, 17 e begins, 18 d LoadShed, 21 e answered,"
        " 21 f begins, 23 f answered",
    ),
    "stubborn": (
        stubborn,
        [
            Plan("a", at=0, takes=2, fails=2),
            Plan("b", at=1, takes=2, fails=9, cancelled_at=5),
            Plan("c", at=11, takes=2, fails=9),
            Plan("d", at=21, takes=1),
            Plan("e", at=41, takes=1),
        ],
        "0 a begins, 1 b begins, 5 b CancelledError, 6 a begins, 11 c begins, 16 a begins, 17 c begins, 18 a answered,"
        " 19 c Unavailable, 21 d CallRefused, 41 e begins, 42 e answered",
    ),
}


def run(runner: asyncio.Runner, case: str, tick_s: float) -> Story:
    settings, plans, _ = CASES[case]
    with runner:
        protection = Protection(settings(tick_s), name="payment", rng=random.Random(1))
        return runner.run(program(protection, plans, tick_s))


@pytest.mark.parametrize("case", CASES)
def test_in_virtual_time_everything_happens_to_the_moment(case: str) -> None:
    story = run(asyncio.Runner(loop_factory=VirtualLoop), case, TICKS_S[0])
    # What happens at one moment has no order of its own.
    told = sorted(f"{ticks:05.2f} {what}" for ticks, what in story)
    assert told == [f"{float(line.split()[0]):05.2f} {line.split(' ', 1)[1]}" for line in CASES[case][2].split(", ")]


@pytest.mark.parametrize("case", CASES)
def test_the_same_program_tells_the_same_story_in_real_and_in_virtual_time(case: str) -> None:
    virtual = [what for _, what in run(asyncio.Runner(loop_factory=VirtualLoop), case, TICKS_S[0])]
    real: list[str] = []
    for tick_s in TICKS_S:
        real = [what for _, what in run(asyncio.Runner(), case, tick_s)]
        if real == virtual:
            break
    assert real == virtual
