"""What a listener hears, and when."""

import pytest

from bookdelivery.resilience import (
    AdmissionRefused,
    BreakerConfig,
    BreakerEvent,
    BreakerState,
    CallCancelled,
    CallFailed,
    CallRefused,
    CallSucceeded,
    CircuitBreaker,
    CountWindow,
    ErrorIgnored,
    FailureRateExceeded,
    SlowCallRateExceeded,
    StateChanged,
)
from tests.resilience.driving import FAILURE, ask, call, calls, opened

ONE = BreakerConfig(window=CountWindow(1), half_open_permits=1, slow_call_duration_s=5.0)


def test_opening_is_told_in_order_the_call_first_then_the_rates_then_the_change() -> None:
    heard: list[BreakerEvent] = []
    breaker = CircuitBreaker(ONE, name="payment", on_event=heard.append)
    call(breaker, 1.0, takes_s=6.0, fails=True)
    assert heard == [
        CallFailed(breaker="payment", at_s=7.0, duration_s=6.0, slow=True, late=False, error=FAILURE),
        FailureRateExceeded(breaker="payment", at_s=7.0, percent=100.0),
        SlowCallRateExceeded(breaker="payment", at_s=7.0, percent=100.0),
        StateChanged(breaker="payment", at_s=7.0, source=BreakerState.CLOSED, target=BreakerState.OPEN),
    ]


def test_refusals_probes_and_closing_are_told() -> None:
    heard: list[BreakerEvent] = []
    breaker = opened(ONE, 0.0, heard)
    heard.clear()
    ask(breaker, 20.0, 1)
    breaker.admit(60.0).succeeded(61.0)
    assert heard == [
        AdmissionRefused(breaker="payment", at_s=20.0, state=BreakerState.OPEN, retry_after_s=40.0),
        StateChanged(breaker="payment", at_s=60.0, source=BreakerState.OPEN, target=BreakerState.HALF_OPEN),
        CallSucceeded(breaker="payment", at_s=61.0, duration_s=1.0, slow=False, late=False, error=None),
        StateChanged(breaker="payment", at_s=61.0, source=BreakerState.HALF_OPEN, target=BreakerState.CLOSED),
    ]


def test_calls_that_count_as_nothing_are_told_apart() -> None:
    heard: list[BreakerEvent] = []
    breaker = CircuitBreaker(BreakerConfig(ignores=lambda _: True), name="payment", on_event=heard.append)
    breaker.admit(0.0).failed(1.0, FAILURE)
    breaker.admit(1.0).cancelled(3.0)
    assert heard == [
        ErrorIgnored(breaker="payment", at_s=1.0, duration_s=1.0, slow=False, late=False, error=FAILURE),
        CallCancelled(breaker="payment", at_s=3.0, duration_s=2.0, slow=False, late=False, error=None),
    ]


def test_metrics_only_tells_of_each_rate_once_until_it_is_set_anew() -> None:
    heard: list[BreakerEvent] = []
    breaker = CircuitBreaker(ONE, name="payment", on_event=heard.append)

    def exceeded() -> list[str]:
        kinds = (FailureRateExceeded, SlowCallRateExceeded)
        return [type(event).__name__ for event in heard if isinstance(event, kinds)]

    breaker.measure_only(0.0)
    calls(breaker, 0.0, "-----")
    assert exceeded() == ["FailureRateExceeded"]
    call(breaker, 0.0, takes_s=6.0)
    call(breaker, 6.0, takes_s=6.0)
    assert exceeded() == ["FailureRateExceeded", "SlowCallRateExceeded"]
    breaker.measure_only(12.0)
    calls(breaker, 12.0, "--")
    assert exceeded() == ["FailureRateExceeded", "SlowCallRateExceeded", "FailureRateExceeded"]


def test_a_listener_meets_a_breaker_that_has_already_changed_and_may_use_it() -> None:
    states: list[tuple[str, BreakerState]] = []

    def listen(event: BreakerEvent) -> None:
        states.append((type(event).__name__, breaker.state))
        if isinstance(event, StateChanged) and event.target is BreakerState.OPEN:
            breaker.reset(event.at_s)

    breaker = CircuitBreaker(ONE, name="payment", on_event=listen)
    calls(breaker, 0.0, "-")
    assert states == [
        ("CallFailed", BreakerState.OPEN),
        ("FailureRateExceeded", BreakerState.OPEN),
        ("StateChanged", BreakerState.OPEN),
        ("StateChanged", BreakerState.CLOSED),
    ]


def test_a_listener_that_takes_the_only_permit_leaves_none_to_the_caller() -> None:
    def listen(event: BreakerEvent) -> None:
        if isinstance(event, StateChanged) and event.target is BreakerState.HALF_OPEN:
            breaker.admit(event.at_s)

    breaker = CircuitBreaker(ONE, name="payment", on_event=listen)
    calls(breaker, 0.0, "-")
    with pytest.raises(CallRefused):
        breaker.admit(60.0)


def test_an_error_of_the_listener_is_heard_and_costs_neither_a_result_nor_a_permit_nor_an_event() -> None:
    heard: list[BreakerEvent] = []

    def listen(event: BreakerEvent) -> None:
        heard.append(event)
        if isinstance(event, CallFailed | StateChanged):
            raise OSError("no space left")

    breaker = CircuitBreaker(ONE, name="payment", on_event=listen)
    with pytest.raises(OSError, match="no space left"):
        call(breaker, 0.0, fails=True)
    assert breaker.state is BreakerState.OPEN
    with pytest.raises(OSError, match="no space left"):
        breaker.snapshot(0.0)
    with pytest.raises(OSError, match="no space left"):
        breaker.admit(60.0)
    assert [type(event).__name__ for event in heard] == [
        "CallFailed",
        "FailureRateExceeded",
        "StateChanged",
        "StateChanged",
    ]
    assert len(ask(breaker, 60.0, 5)) == 1
