"""Whether a call that failed is worth another attempt, and what the caller is told in the end."""

import random
from typing import Any

import pytest

from bookdelivery.kernel.errors import HeldOff, InvalidField, NotAnswered, Overloaded, Refused, Unavailable
from bookdelivery.resilience import (
    Backoff,
    BreakerState,
    BulkheadFull,
    CallRefused,
    CallTimedOut,
    Jitter,
    Retry,
    RetryBudgetConfig,
    RetryConfig,
    had_no_effect,
    is_transient,
)

PLAIN = Backoff(first_s=1.0, longest_s=10.0, jitter=Jitter.NONE)
GONE = Unavailable("nobody is there")
SILENT = NotAnswered("silence")


def retry(**settings: Any) -> Retry:
    return Retry(RetryConfig(**{"backoff": PLAIN, **settings}), name="payment", rng=random.Random(1))


def test_a_call_is_tried_again_after_growing_waits_until_its_attempts_are_used_up() -> None:
    policy = retry(max_attempts=4)
    attempts = policy.begin(0.0)
    waits = []
    for now in (0.5, 2.0, 5.0):
        waits.append(attempts.failed(now, GONE))
        attempts.again()
    assert waits == [1.0, 2.0, 4.0]
    assert attempts.failed(10.0, SILENT) is None
    assert attempts.error is SILENT
    assert (attempts.number, policy.calls, policy.retried) == (4, 1, 3)


def test_with_one_attempt_there_is_no_second() -> None:
    assert retry(max_attempts=1).begin(0.0).failed(0.0, GONE) is None


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (GONE, True),
        (SILENT, True),
        (CallTimedOut(1.0), True),
        (Refused("Pay", "no"), False),
        (HeldOff("Pay", 1.0), False),
        (CallRefused("Pay", BreakerState.OPEN, 1.0), False),
        (BulkheadFull("Pay", 1.0), False),
        (Overloaded("Pay", 1.0), False),
        (ValueError("a defect"), False),
    ],
)
def test_by_default_only_what_went_unanswered_is_tried_again(error: Exception, transient: bool) -> None:
    assert is_transient(error) is transient
    assert (retry().begin(0.0).failed(0.0, error) is not None) is transient


def test_whoever_says_so_retries_other_errors() -> None:
    policy = retry(retries=lambda error: isinstance(error, ValueError))
    assert policy.begin(0.0).failed(0.0, ValueError()) == 1.0
    assert policy.begin(0.0).failed(0.0, GONE) is None


def test_who_is_told_when_to_come_back_does_not_come_earlier() -> None:
    policy = retry(retries=lambda _: True)
    assert policy.begin(0.0).failed(0.0, Overloaded("Pay", 7.5)) == 7.5
    assert policy.begin(0.0).failed(0.0, Overloaded("Pay", 0.5)) == 1.0


def test_no_attempt_begins_after_the_time_for_all_of_them_is_over() -> None:
    attempts = retry(within_s=3.0, max_attempts=9).begin(10.0)
    assert attempts.failed(12.0, GONE) == 1.0
    attempts.again()
    assert attempts.failed(13.0, GONE) is None


def test_all_calls_together_keep_to_their_budget() -> None:
    policy = retry(budget=RetryBudgetConfig(share=0.5, min_per_second=0.0), max_attempts=10)
    calls = [policy.begin(0.0) for _ in range(7)]
    assert [call.failed(1.0, GONE) is not None for call in calls] == [True] * 3 + [False] * 4
    assert policy.budget is not None
    assert policy.budget.denied == 4


def test_without_a_budget_nothing_bounds_them() -> None:
    policy = retry(budget=None)
    assert policy.budget is None
    assert all(policy.begin(0.0).failed(0.0, GONE) is not None for _ in range(1000))
    attempts = policy.begin(0.0)
    attempts.failed(0.0, GONE)
    attempts.given_up(0.0)


def test_a_retry_that_is_given_up_while_it_waits_costs_no_budget() -> None:
    policy = retry(budget=RetryBudgetConfig(share=0.0, min_per_second=0.1))
    first, second = policy.begin(0.0), policy.begin(0.0)
    assert first.failed(0.0, GONE) is not None
    assert second.failed(0.0, GONE) is None
    first.given_up(0.5)
    first.given_up(0.5)
    assert policy.begin(0.5).failed(0.5, GONE) is not None
    assert policy.begin(0.5).failed(0.5, GONE) is None


def test_a_later_refusal_does_not_hide_that_an_earlier_attempt_may_have_had_its_effect() -> None:
    """The charge may have gone through: to say that nothing was sent would be a lie."""
    attempts = retry().begin(0.0)
    attempts.failed(0.0, SILENT)
    attempts.again()
    refusal = CallRefused("Pay", BreakerState.OPEN, 5.0)
    assert attempts.failed(1.0, refusal) is None
    assert attempts.error is SILENT


def test_where_no_attempt_can_have_had_an_effect_the_last_error_is_told() -> None:
    attempts = retry().begin(0.0)
    attempts.failed(0.0, GONE)
    attempts.again()
    refusal = CallRefused("Pay", BreakerState.OPEN, 5.0)
    assert attempts.failed(1.0, refusal) is None
    assert attempts.error is refusal


def test_of_two_attempts_that_may_have_had_their_effect_the_last_error_is_told() -> None:
    attempts = retry().begin(0.0)
    attempts.failed(0.0, SILENT)
    attempts.again()
    last = NotAnswered("silence again")
    attempts.failed(1.0, last)
    assert attempts.error is last


def test_what_was_held_off_or_not_reached_had_no_effect() -> None:
    assert all(had_no_effect(error) for error in (GONE, HeldOff("Pay", 1.0), Overloaded("Pay", 1.0)))
    assert not any(had_no_effect(error) for error in (SILENT, CallTimedOut(1.0), Refused("Pay", "no"), OSError()))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_attempts", 0),
        ("max_attempts", 2.0),
        ("backoff", 1.0),
        ("retries", None),
        ("budget", 0.2),
        ("within_s", 0.0),
    ],
)
def test_retries_that_make_no_sense_are_refused_by_the_name_of_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidField, match=rf"RetryConfig\.{field} is .*, but must be "):
        RetryConfig(**{field: value})
