"""Whatever calls do and whenever their callers give up, in the end nothing is held, and every count fits the calls."""

import asyncio
import random
from collections.abc import Iterator

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given

from bookdelivery.kernel.errors import HeldOff, NotAnswered, Refused, Unavailable
from bookdelivery.resilience import (
    Backoff,
    BreakerConfig,
    BreakerState,
    BulkheadConfig,
    CallRefused,
    CircuitBreaker,
    CountWindow,
    Protection,
    RateLimitConfig,
    Resilience,
    Retry,
    RetryBudgetConfig,
    RetryConfig,
    SheddingConfig,
)
from tests.virtual import run_virtual

TICKS_S = st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0, 1.0, 2.0, 5.0])
EXPECTED = (HeldOff, NotAnswered, Unavailable, Refused, asyncio.CancelledError)
ERRORS = {"gone": Unavailable("gone"), "silent": NotAnswered("silence"), "refused": Refused("Pay", "no")}

POLICIES = st.builds(
    Resilience,
    retry=st.none()
    | st.builds(
        RetryConfig,
        max_attempts=st.integers(1, 4),
        backoff=st.just(Backoff(first_s=0.5, longest_s=2.0)),
        budget=st.none() | st.just(RetryBudgetConfig(share=0.5, min_per_second=0.2)),
    ),
    breaker=st.none()
    | st.builds(
        BreakerConfig,
        window=st.builds(CountWindow, st.integers(2, 6)),
        half_open_permits=st.integers(1, 2),
        wait_open_s=st.just(2.0),
    ),
    rate_limit=st.none()
    | st.builds(
        RateLimitConfig,
        per_second=st.sampled_from([0.5, 2.0]),
        burst=st.integers(1, 3),
        max_wait_s=st.sampled_from([0.0, 2.0, 100.0]),
    ),
    timeout_s=st.none() | st.sampled_from([0.25, 1.0, 3.0]),
    bulkhead=st.none()
    | st.builds(
        BulkheadConfig,
        max_concurrent=st.integers(1, 3),
        max_waiting=st.integers(0, 3),
        max_wait_s=st.sampled_from([0.5, 2.0]),
    ),
    shedding=st.none()
    | st.builds(
        SheddingConfig,
        max_concurrent=st.integers(1, 2),
        target_wait_s=st.just(0.25),
        interval_s=st.sampled_from([0.5, 1.0]),
    ),
)


@attrs.frozen
class Plan:
    """A call: when it comes, how its attempts go, and how long after it came its caller gives up; in seconds."""

    at_s: float
    attempts: list[tuple[float, str]]
    patience_s: float | None


PLANS = st.lists(
    st.builds(
        Plan,
        at_s=st.sampled_from([0.0, 0.0, 0.25, 1.0, 1.5, 3.0, 6.0]),
        attempts=st.lists(st.tuples(TICKS_S, st.sampled_from(["well", "well", *ERRORS])), min_size=1, max_size=4),
        patience_s=st.none() | TICKS_S,
    ),
    min_size=1,
    max_size=14,
)


class Callee:
    """Does as the plans say, counts how often it was called, and sees that no more are inside than should be."""

    def __init__(self, policies: Resilience) -> None:
        rooms = [room.max_concurrent for room in (policies.bulkhead, policies.shedding) if room is not None]
        self._most = min(rooms, default=1000)
        self._inside = 0
        self.calls = 0

    async def attempt(self, fates: Iterator[tuple[float, str]]) -> None:
        self.calls += 1
        self._inside += 1
        try:
            assert self._inside <= self._most
            takes_s, how = next(fates)
            await asyncio.sleep(takes_s)
            if how in ERRORS:
                raise ERRORS[how]
        finally:
            self._inside -= 1


async def play(protection: Protection, callee: Callee, plans: list[Plan]) -> float:
    """Make all the calls; return when the last one was over, in seconds."""
    loop = asyncio.get_running_loop()

    async def make(plan: Plan) -> None:
        await asyncio.sleep(plan.at_s)
        await protection.call(callee.attempt, iter([*plan.attempts, *plan.attempts[-1:] * 4]))

    calls = [loop.create_task(make(plan)) for plan in plans]
    for plan, call in zip(plans, calls, strict=True):
        if plan.patience_s is not None:
            loop.call_at(plan.at_s + plan.patience_s, call.cancel)
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        assert outcome is None or isinstance(outcome, EXPECTED)
    return loop.time()


@given(POLICIES, PLANS)
def test_in_the_end_nothing_is_held_and_every_count_fits_the_calls(policies: Resilience, plans: list[Plan]) -> None:
    protection, callee = Protection(policies, name="payment", rng=random.Random(1)), Callee(policies)
    now = run_virtual(play(protection, callee, plans))
    for room in (protection.bulkhead, protection.shedder):
        assert room is None or (room.inside, room.waiting) == (0, 0)
    for gate in (protection.shedder, protection.rate_limiter):
        assert gate is None or (gate.admitted, gate.waiting) == (callee.calls, 0)
    if protection.retry is not None:
        assert_the_budget_was_kept(protection.retry, now)
    if protection.breaker is not None:
        assert_no_permit_is_kept(protection.breaker, now)


def assert_the_budget_was_kept(retry: Retry, now: float) -> None:
    """See that no more was retried than all windows together allow, and that it is all forgotten in time."""
    if retry.budget is None:
        return
    config = retry.budget.config
    assert retry.retried <= config.share * retry.calls + config.min_per_second * config.window_s * (now // 10 + 1)
    assert retry.budget.balance(now + 2 * config.window_s) == config.min_per_second * config.window_s


def assert_no_permit_is_kept(breaker: CircuitBreaker, now: float) -> None:
    """See that a breaker that probes has a permit left for each probe that has not been answered."""
    if breaker.snapshot(now).state is not BreakerState.HALF_OPEN:
        return
    answered = breaker.snapshot(now).calls
    for _ in range(breaker.config.half_open_permits - answered):
        breaker.admit(now)
    with pytest.raises(CallRefused):
        breaker.admit(now)
