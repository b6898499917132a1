"""Cases that went wrong, or surprised people, in other breakers; each names the discussion it comes from."""

import pytest

from bookdelivery.resilience import (
    BreakerConfig,
    BreakerEvent,
    BreakerState,
    CallFailed,
    CallRefused,
    CallSucceeded,
    CircuitBreaker,
    CountWindow,
    StateChanged,
    TimeWindow,
)
from tests.resilience.driving import FAILURE, ask, call, calls, opened


class Declined(Exception):
    pass


def test_an_ignored_error_of_the_last_probe_does_not_leave_half_open_stuck() -> None:
    """resilience4j#544: the last permit was never returned, so that no verdict could ever fall."""
    config = BreakerConfig(
        window=CountWindow(4), half_open_permits=2, ignores=lambda error: isinstance(error, Declined)
    )
    breaker = opened(config, at_s=0.0)
    first, last = ask(breaker, 60.0, 2)
    first.succeeded(60.0)
    last.failed(60.0, Declined())
    assert breaker.snapshot(60.0).state is BreakerState.HALF_OPEN
    call(breaker, 60.0)
    assert breaker.state is BreakerState.CLOSED


def test_probes_that_never_answer_do_not_keep_it_half_open() -> None:
    """resilience4j#903, #935: with every permit held by a call that hangs, it refused for good."""
    breaker = opened(BreakerConfig(window=CountWindow(4), half_open_permits=2), at_s=0.0)
    hung = ask(breaker, 60.0, 50)
    assert len(hung) == 2
    with pytest.raises(CallRefused):
        breaker.admit(119.999)
    assert breaker.snapshot(119.999).state is BreakerState.HALF_OPEN
    with pytest.raises(CallRefused) as refusal:
        breaker.admit(120.0)
    assert refusal.value.state is BreakerState.OPEN
    calls(breaker, 180.0, "++")
    assert breaker.state is BreakerState.CLOSED


def test_a_hung_probe_is_given_up_when_its_time_was_up_and_not_when_somebody_next_looks() -> None:
    """The wait runs from the end of the stay, as if a timer had been set, so a late caller need not wait again."""
    heard: list[BreakerEvent] = []
    breaker = opened(BreakerConfig(window=CountWindow(4), half_open_permits=2), 0.0, heard)
    breaker.admit(60.0)
    heard.clear()
    breaker.admit(500.0)
    changes = [(event.at_s, str(event.target)) for event in heard if isinstance(event, StateChanged)]
    assert changes == [(120.0, "open"), (500.0, "half-open")]


def test_a_hung_probe_among_good_ones_is_outvoted() -> None:
    breaker = opened(BreakerConfig(window=CountWindow(4), half_open_permits=3), at_s=0.0)
    good, better, _hung = ask(breaker, 60.0, 3)
    good.succeeded(61.0)
    better.succeeded(61.0)
    assert breaker.snapshot(120.0).state is BreakerState.CLOSED


def test_a_service_with_few_callers_is_not_shut_out_after_it_has_healed() -> None:
    """resilience4j#2028, #2289: the stay ended in open, for want of calls, although every probe had gone well."""
    breaker = opened(BreakerConfig(window=CountWindow(4), half_open_permits=10), at_s=0.0)
    calls(breaker, 60.0, "++")
    assert breaker.snapshot(120.0).state is BreakerState.CLOSED


def test_a_stay_in_half_open_in_which_nothing_was_learnt_ends_in_open() -> None:
    breaker = opened(BreakerConfig(window=CountWindow(4), half_open_permits=2), at_s=0.0)
    breaker.admit(60.0).cancelled(60.0)
    assert breaker.snapshot(119.0).state is BreakerState.HALF_OPEN
    assert breaker.snapshot(120.0).state is BreakerState.OPEN


def test_fewer_calls_to_judge_than_permits_bring_the_verdict_on_half_open_forward() -> None:
    """resilience4j#1351: the verdict falls at min(min_calls, permits), so that min_calls=1 asks one probe alone."""
    breaker = opened(BreakerConfig(window=CountWindow(4), min_calls=1, half_open_permits=4), at_s=0.0)
    first, *others = ask(breaker, 60.0, 4)
    first.succeeded(60.0)
    assert breaker.state is BreakerState.CLOSED
    for other in others:
        other.failed(60.0, FAILURE)
    assert breaker.state is BreakerState.CLOSED


def test_a_window_of_time_judges_as_soon_as_there_are_calls_enough() -> None:
    """resilience4j#842: some expect it to wait until the window has run for its whole length; it does not."""
    breaker = CircuitBreaker(
        BreakerConfig(window=TimeWindow(20), min_calls=5, failure_rate_threshold_percent=100), name="payment"
    )
    calls(breaker, 1.0, "---")
    calls(breaker, 2.0, "--")
    assert breaker.state is BreakerState.OPEN


@pytest.mark.parametrize("fails", [True, False])
def test_an_answer_to_a_call_of_an_earlier_state_never_judges_a_newer_one(fails: bool) -> None:
    """Polly#217: a call let in while closed answers when half-open, where probes alone should decide."""
    heard: list[BreakerEvent] = []
    breaker = CircuitBreaker(
        BreakerConfig(window=CountWindow(2), half_open_permits=1), name="payment", on_event=heard.append
    )
    overdue = breaker.admit(0.0)
    calls(breaker, 0.0, "--")
    probe = breaker.admit(60.0)
    if fails:
        overdue.failed(61.0, FAILURE)
    else:
        overdue.succeeded(61.0)
    assert breaker.snapshot(61.0).state is BreakerState.HALF_OPEN
    assert breaker.snapshot(61.0).calls == 0
    assert isinstance(heard[-1], CallFailed if fails else CallSucceeded)
    assert heard[-1].late
    probe.succeeded(62.0)
    assert breaker.state is BreakerState.CLOSED


def test_an_overdue_answer_does_not_make_an_open_breaker_open_again() -> None:
    """Polly#218: each failure that came in late announced the opening once more, and began the wait anew."""
    heard: list[BreakerEvent] = []
    breaker = CircuitBreaker(BreakerConfig(window=CountWindow(2)), name="payment", on_event=heard.append)
    overdue = breaker.admit(0.0)
    calls(breaker, 0.0, "--")
    heard.clear()
    overdue.failed(30.0, FAILURE)
    assert not [event for event in heard if isinstance(event, StateChanged)]
    assert breaker.snapshot(30.0).retry_after_s == 30.0


def test_an_answer_from_before_a_reset_does_not_count_after_it() -> None:
    breaker = CircuitBreaker(BreakerConfig(window=CountWindow(1)), name="payment")
    overdue = breaker.admit(0.0)
    breaker.reset(1.0)
    overdue.failed(2.0, FAILURE)
    assert breaker.state is BreakerState.CLOSED
