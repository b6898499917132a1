"""All policies around one call: their order, what each hears of the others, and that who gives up keeps nothing."""

import asyncio
import math
import pickle
import random
from collections.abc import Coroutine
from typing import Any

import pytest

from bookdelivery.kernel.errors import HeldOff, InvalidField, NotAnswered, Unavailable
from bookdelivery.resilience import (
    Backoff,
    BreakerConfig,
    BreakerEvent,
    BreakerState,
    BulkheadConfig,
    BulkheadFull,
    CallRefused,
    CallTimedOut,
    CountWindow,
    Jitter,
    LoadShed,
    Protection,
    RateLimitConfig,
    RateLimited,
    Resilience,
    RetryBudgetConfig,
    RetryConfig,
    SheddingConfig,
    StateChanged,
)
from tests.virtual import run_virtual

AT_ONCE = Backoff(first_s=0.001, longest_s=0.001)
TOUCHY = BreakerConfig(window=CountWindow(1), wait_open_s=60.0)


def protection(**settings: Any) -> Protection:
    return Protection(Resilience(**settings), name="payment", rng=random.Random(1))


class Callee:
    """Answers after a while, or fails as often as it is told to."""

    def __init__(self, takes_s: float = 0.0, *errors: Exception) -> None:
        self.takes_s = takes_s
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self, amount: int = 1, *, currency: str = "KRW") -> str:
        self.calls += 1
        await asyncio.sleep(self.takes_s)
        if self.errors:
            raise self.errors.pop(0)
        return f"{amount} {currency}"


def outcomes(*calls: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run the calls at the same time, in virtual time; give their answers and errors."""

    async def main() -> list[Any]:
        return await asyncio.gather(*calls, return_exceptions=True)

    return run_virtual(main())


def kinds(results: list[Any]) -> list[str]:
    return [type(result).__name__ for result in results]


async def ended_by_cancelling(call: Coroutine[Any, Any, Any], after_s: float) -> None:
    task = asyncio.create_task(call)
    await asyncio.sleep(after_s)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_without_policies_a_call_is_just_made() -> None:
    assert outcomes(protection().call(Callee(), 25_000, currency="won")) == ["25000 won"]


EVERYTHING: dict[str, Any] = {
    "retry": RetryConfig(),
    "breaker": BreakerConfig(),
    "rate_limit": RateLimitConfig(per_second=10.0),
    "timeout_s": 5.0,
    "bulkhead": BulkheadConfig(),
    "shedding": SheddingConfig(max_concurrent=5),
}


@pytest.mark.parametrize("left_out", [None, *EVERYTHING])
def test_with_any_of_the_policies_the_answer_comes_through(left_out: str | None) -> None:
    policies = {name: policy for name, policy in EVERYTHING.items() if name != left_out}
    assert outcomes(protection(**policies).call(Callee(0.5), 25_000, currency="won")) == ["25000 won"]


def test_a_retry_repeats_a_call_that_went_unanswered() -> None:
    callee = Callee(0.0, Unavailable("gone"), NotAnswered("silence"))
    policy = protection(retry=RetryConfig(backoff=AT_ONCE))
    assert outcomes(policy.call(callee)) == ["1 KRW"]
    assert callee.calls == 3
    assert policy.retry is not None
    assert policy.retry.retried == 2


def test_each_attempt_has_the_whole_time_limit() -> None:
    async def main() -> float:
        policy = protection(retry=RetryConfig(backoff=AT_ONCE, max_attempts=3), timeout_s=2.0)
        with pytest.raises(CallTimedOut):
            await policy.call(Callee(math.inf))
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == pytest.approx(6.0, abs=0.01)


def test_the_breaker_hears_of_every_attempt_and_retries_end_when_it_opens() -> None:
    callee = Callee(0.0, *[Unavailable("gone")] * 9)
    policy = protection(retry=RetryConfig(backoff=AT_ONCE, max_attempts=9), breaker=TOUCHY)
    assert kinds(outcomes(policy.call(callee))) == ["CallRefused"]
    assert callee.calls == 1


def test_a_refusal_by_the_breaker_does_not_hide_an_attempt_that_may_have_had_its_effect() -> None:
    callee = Callee(0.0, *[NotAnswered("silence")] * 9)
    policy = protection(retry=RetryConfig(backoff=AT_ONCE, max_attempts=9), breaker=TOUCHY)
    (error,) = outcomes(policy.call(callee))
    assert str(error) == "silence"
    assert isinstance(error.__cause__, CallRefused)


def test_an_open_breaker_takes_no_token() -> None:
    policy = protection(breaker=TOUCHY, rate_limit=RateLimitConfig(per_second=1.0, burst=1))
    assert policy.breaker is not None
    policy.breaker.force_open(0.0)
    assert kinds(outcomes(policy.call(Callee()))) == ["CallRefused"]
    assert policy.rate_limiter is not None
    assert policy.rate_limiter.admitted == 0


@pytest.mark.parametrize(
    ("policies", "refusal"),
    [
        ({"rate_limit": RateLimitConfig(per_second=1.0, burst=1)}, RateLimited),
        ({"bulkhead": BulkheadConfig(max_concurrent=1)}, BulkheadFull),
        ({"shedding": SheddingConfig(max_concurrent=1, max_waiting=0)}, LoadShed),
    ],
)
def test_what_is_refused_on_the_way_is_held_off_and_not_made_and_the_breaker_records_it(
    policies: dict[str, Any], refusal: type[HeldOff]
) -> None:
    """As in Hystrix and Resilience4j, where a full bulkhead opens the breaker unless it is told to ignore that."""
    callee = Callee(1.0)
    policy = protection(breaker=BreakerConfig(window=CountWindow(2), min_calls=1), **policies)
    answer, error = outcomes(policy.call(callee), policy.call(callee))
    assert answer == "1 KRW"
    assert type(error) is refusal
    assert callee.calls == 1
    assert policy.breaker is not None
    assert policy.breaker.state is BreakerState.OPEN


def test_a_breaker_may_be_told_to_ignore_such_refusals() -> None:
    ignoring = BreakerConfig(window=CountWindow(2), min_calls=1, ignores=lambda error: isinstance(error, HeldOff))
    policy = protection(breaker=ignoring, bulkhead=BulkheadConfig(max_concurrent=1))
    assert kinds(outcomes(policy.call(Callee(1.0)), policy.call(Callee(1.0)))) == ["str", "BulkheadFull"]
    assert policy.breaker is not None
    assert policy.breaker.state is BreakerState.CLOSED


def test_waiting_for_a_token_is_not_part_of_the_time_limit_and_waiting_in_the_bulkhead_is() -> None:
    at_its_rate = protection(rate_limit=RateLimitConfig(per_second=0.1, burst=1, max_wait_s=20.0), timeout_s=2.0)
    assert kinds(outcomes(at_its_rate.call(Callee(1.0)), at_its_rate.call(Callee(1.0)))) == ["str", "str"]
    in_line = protection(bulkhead=BulkheadConfig(max_concurrent=1, max_waiting=1), timeout_s=2.0)
    assert kinds(outcomes(in_line.call(Callee(1.5)), in_line.call(Callee(1.5)))) == ["str", "CallTimedOut"]
    assert in_line.bulkhead is not None
    assert (in_line.bulkhead.inside, in_line.bulkhead.waiting) == (0, 0)


def test_a_call_that_the_bulkhead_refuses_gives_its_token_back() -> None:
    policy = protection(
        rate_limit=RateLimitConfig(per_second=0.001, burst=3), bulkhead=BulkheadConfig(max_concurrent=1)
    )
    results = outcomes(*(policy.call(Callee(1.0)) for _ in range(5)))
    assert kinds(results) == ["str", "BulkheadFull", "BulkheadFull", "BulkheadFull", "BulkheadFull"]
    assert policy.rate_limiter is not None
    assert policy.rate_limiter.admitted == 1


def test_whoever_gives_up_gives_everything_back_wherever_it_stands() -> None:
    async def main() -> None:
        policy = protection(
            breaker=BreakerConfig(window=CountWindow(9)),
            rate_limit=RateLimitConfig(per_second=0.5, burst=3, max_wait_s=100.0),
            bulkhead=BulkheadConfig(max_concurrent=1, max_waiting=1),
        )
        assert policy.rate_limiter is not None
        assert policy.bulkhead is not None
        inside = asyncio.create_task(policy.call(Callee(math.inf)))
        await asyncio.sleep(0)
        # In the line of the bulkhead; refused by it; inside; in the line of the rate limiter.
        await ended_by_cancelling(policy.call(Callee()), 0.0)
        in_line = asyncio.create_task(policy.call(Callee()))
        await asyncio.sleep(0)
        with pytest.raises(BulkheadFull):
            await policy.call(Callee())
        assert policy.rate_limiter.admitted == 2
        inside.cancel()
        assert await in_line == "1 KRW"
        assert (policy.bulkhead.inside, policy.bulkhead.waiting) == (0, 0)
        await policy.call(Callee())
        await ended_by_cancelling(policy.call(Callee()), 0.0)
        assert (policy.rate_limiter.waiting, policy.rate_limiter.admitted) == (0, 3)

    run_virtual(main())


def test_who_gives_up_while_it_rests_before_a_retry_gives_that_retry_back() -> None:
    async def main() -> None:
        backoff = Backoff(first_s=5.0, longest_s=5.0, jitter=Jitter.NONE)
        budget = RetryBudgetConfig(share=0.0, min_per_second=0.1)
        policy = protection(retry=RetryConfig(backoff=backoff, budget=budget))
        callee = Callee(0.0, Unavailable("gone"), Unavailable("gone"))
        await ended_by_cancelling(policy.call(callee), 1.0)
        assert callee.calls == 1
        assert await policy.call(callee) == "1 KRW"
        assert callee.calls == 3

    run_virtual(main())


def test_the_listener_hears_what_the_breaker_does() -> None:
    heard: list[BreakerEvent] = []
    policy = Protection(Resilience(breaker=TOUCHY), name="payment", on_breaker=heard.append)
    outcomes(policy.call(Callee(0.0, Unavailable("gone"))))
    assert [event.target for event in heard if isinstance(event, StateChanged)] == [BreakerState.OPEN]


def test_false_and_none_both_add_no_breaker() -> None:
    assert protection(breaker=False).breaker is None
    assert protection(breaker=None).breaker is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("retry", 3),
        ("breaker", True),
        ("breaker", 0),
        ("rate_limit", 10.0),
        ("timeout_s", 0.0),
        ("timeout_s", math.nan),
        ("bulkhead", 10),
        ("shedding", SheddingConfig),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_the_name_of_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidField, match=rf"Resilience\.{field} is .*, but must be "):
        Resilience(**{field: value})


@pytest.mark.parametrize(
    "refusal",
    [
        BulkheadFull("Pay", 1.5),
        RateLimited("Pay", 1.5),
        LoadShed("Pay", 1.5),
        CallRefused("Pay", BreakerState.OPEN, 1.5),
    ],
)
def test_a_refusal_crosses_process_boundaries_whole(refusal: HeldOff) -> None:
    copy = pickle.loads(pickle.dumps(refusal))  # noqa: S301
    assert type(copy) is type(refusal)
    assert (str(copy), copy.what, copy.retry_after_s, copy.why) == (str(refusal), "Pay", 1.5, refusal.why)


def test_settings_cross_process_boundaries_and_stay_equal() -> None:
    settings = Resilience(**EVERYTHING)
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301
