"""The circuit breaker's rules, one by one."""

import ast
import inspect
import math
from types import ModuleType

import attrs
import pytest

from bookdelivery.kernel.errors import HeldOff, InvalidField
from bookdelivery.resilience import (
    BreakerConfig,
    BreakerEvent,
    BreakerState,
    CallCancelled,
    CallRefused,
    CircuitBreaker,
    ClockWentBackwards,
    CountWindow,
    GrowingWait,
    SettledTwice,
    TimeWindow,
    breaker,
    breaker_config,
    breaker_events,
    breaker_news,
    breaker_snapshot,
    breaker_states,
    waits,
    windows,
)
from tests.resilience.driving import FAILURE, ask, call, calls, opened

FOUR = BreakerConfig(window=CountWindow(4), min_calls=4, half_open_permits=2, wait_open_s=10, longest_half_open_s=30)


def test_a_new_breaker_is_closed_and_lets_calls_in() -> None:
    breaker = CircuitBreaker(name="payment")
    call(breaker, 0.0)
    assert breaker.state is BreakerState.CLOSED
    assert repr(breaker) == "<CircuitBreaker payment closed>"


def test_it_judges_nothing_on_too_few_calls() -> None:
    breaker = CircuitBreaker(FOUR, name="payment")
    calls(breaker, 0.0, "---")
    assert breaker.state is BreakerState.CLOSED
    assert breaker.snapshot(0.0).failure_rate_percent is None


def test_it_opens_when_the_failure_rate_reaches_the_threshold() -> None:
    breaker = CircuitBreaker(FOUR, name="payment")
    calls(breaker, 0.0, "-+-+")
    assert breaker.state is BreakerState.OPEN
    assert breaker.snapshot(0.0).failure_rate_percent == 50.0


def test_a_success_too_makes_it_look_at_the_rates() -> None:
    """Three failures are too few calls to judge; the fourth call, which goes well, makes them enough."""
    breaker = CircuitBreaker(FOUR, name="payment")
    calls(breaker, 0.0, "---")
    call(breaker, 1.0)
    assert breaker.state is BreakerState.OPEN


def test_it_stays_closed_below_the_threshold_and_forgets_what_left_the_window() -> None:
    breaker = CircuitBreaker(FOUR, name="payment")
    calls(breaker, 0.0, "-+++" * 50)
    assert breaker.snapshot(0.0).state is BreakerState.CLOSED
    calls(breaker, 0.0, "--")
    assert breaker.state is BreakerState.OPEN


@pytest.mark.parametrize(("takes_s", "state"), [(2.0, BreakerState.CLOSED), (2.001, BreakerState.OPEN)])
def test_calls_are_slow_when_they_take_longer_than_the_limit_and_not_when_they_take_just_as_long(
    takes_s: float, state: BreakerState
) -> None:
    config = BreakerConfig(window=CountWindow(2), slow_call_duration_s=2.0)
    breaker = CircuitBreaker(config, name="payment")
    call(breaker, 0.0, takes_s=takes_s)
    call(breaker, 10.0, takes_s=takes_s)
    assert breaker.state is state


def test_a_call_can_be_slow_and_fail_and_then_counts_as_both() -> None:
    config = BreakerConfig(window=CountWindow(4), failure_rate_threshold_percent=100, slow_call_duration_s=1.0)
    breaker = CircuitBreaker(config, name="payment")
    call(breaker, 0.0, takes_s=2.0, fails=True)
    snapshot = breaker.snapshot(2.0)
    assert (snapshot.calls, snapshot.failed_calls, snapshot.slow_calls) == (1, 1, 1)


def test_a_window_of_calls_never_waits_for_more_calls_than_it_holds() -> None:
    breaker = CircuitBreaker(BreakerConfig(window=CountWindow(3), min_calls=100), name="payment")
    calls(breaker, 0.0, "---")
    assert breaker.state is BreakerState.OPEN


def test_a_window_of_time_waits_for_the_full_number_of_calls() -> None:
    breaker = CircuitBreaker(BreakerConfig(window=TimeWindow(3), min_calls=10), name="payment")
    calls(breaker, 0.0, "-" * 9)
    assert breaker.snapshot(0.0).state is BreakerState.CLOSED
    calls(breaker, 0.0, "-")
    assert breaker.state is BreakerState.OPEN


def test_a_window_of_time_forgets_failures_that_are_long_ago() -> None:
    breaker = CircuitBreaker(BreakerConfig(window=TimeWindow(3), min_calls=4), name="payment")
    calls(breaker, 0.0, "---")
    calls(breaker, 3.0, "-++")
    assert breaker.state is BreakerState.CLOSED
    assert breaker.snapshot(3.0).calls == 3
    assert breaker.snapshot(6.0).calls == 0


def test_an_open_breaker_refuses_and_says_how_long_to_wait() -> None:
    breaker = opened(FOUR, at_s=100.0)
    with pytest.raises(CallRefused) as refusal:
        breaker.admit(103.0)
    assert refusal.value.retry_after_s == 7.0
    assert refusal.value.state is BreakerState.OPEN
    assert breaker.snapshot(103.0).refused_calls == 1
    assert breaker.snapshot(103.0).retry_after_s == 7.0


def test_a_refusal_is_the_kernels_held_off_and_reads_as_a_sentence() -> None:
    with pytest.raises(HeldOff, match=r"payment is held off: its circuit breaker is open; .* 10\.000 s"):
        opened(FOUR, at_s=0.0).admit(0.0)


def test_it_becomes_half_open_with_the_first_call_after_the_wait_and_not_before() -> None:
    breaker = opened(FOUR, at_s=0.0)
    assert ask(breaker, math.nextafter(10.0, 0.0), 1) == []
    assert breaker.snapshot(10.0).state is BreakerState.OPEN
    assert breaker.snapshot(10.0).retry_after_s is None
    breaker.admit(10.0)
    assert breaker.state is BreakerState.HALF_OPEN


def test_half_open_lets_no_more_than_its_permits_in_at_once() -> None:
    breaker = opened(FOUR, at_s=0.0)
    assert len(ask(breaker, 10.0, 50)) == 2


def test_half_open_closes_when_the_probes_go_well() -> None:
    breaker = opened(FOUR, at_s=0.0)
    calls(breaker, 10.0, "++")
    assert breaker.state is BreakerState.CLOSED
    assert breaker.snapshot(10.0).calls == 0


def test_half_open_opens_again_when_too_many_probes_fail() -> None:
    breaker = opened(FOUR, at_s=0.0)
    calls(breaker, 10.0, "+-")
    assert breaker.state is BreakerState.OPEN
    assert breaker.snapshot(10.0).retry_after_s == 10.0


def test_half_open_opens_again_when_too_many_probes_are_slow() -> None:
    breaker = opened(BreakerConfig(window=CountWindow(4), half_open_permits=2, slow_call_duration_s=1), at_s=0.0)
    first, second = ask(breaker, 60.0, 2)
    first.succeeded(62.0)
    second.succeeded(62.0)
    assert breaker.state is BreakerState.OPEN


def test_half_open_judges_by_calls_even_when_the_window_is_one_of_time() -> None:
    breaker = opened(BreakerConfig(window=TimeWindow(1), min_calls=2, half_open_permits=2), at_s=0.0)
    call(breaker, 60.0)
    call(breaker, 90.0)
    assert breaker.state is BreakerState.CLOSED


def test_a_saturated_half_open_breaker_says_to_ask_again_after_a_wait_or_when_its_stay_ends() -> None:
    breaker = opened(FOUR, at_s=0.0)
    ask(breaker, 10.0, 2)
    assert breaker.snapshot(11.0).retry_after_s == 10.0
    assert breaker.snapshot(39.0).retry_after_s == 1.0


def test_the_wait_grows_while_it_keeps_opening_and_starts_anew_once_it_has_closed() -> None:
    config = BreakerConfig(
        window=CountWindow(1),
        half_open_permits=1,
        wait_open_s=GrowingWait(first_s=1.0, factor=3.0, longest_s=20.0),
    )
    breaker = opened(config, at_s=0.0)
    now, waited = 0.0, []
    for _ in range(5):
        wait_s = breaker.snapshot(now).retry_after_s
        assert wait_s is not None
        waited.append(wait_s)
        now += wait_s
        calls(breaker, now, "-")
    assert waited == [1.0, 3.0, 9.0, 20.0, 20.0]
    assert breaker.snapshot(now).opened_in_a_row == 6
    calls(breaker, now + 20.0, "+-")
    assert breaker.snapshot(now + 20.0).retry_after_s == 1.0


def test_an_ignored_error_counts_as_nothing_even_when_it_is_also_recorded() -> None:
    config = BreakerConfig(window=CountWindow(1), ignores=lambda error: error is FAILURE, records=lambda _: True)
    breaker = CircuitBreaker(config, name="payment")
    call(breaker, 0.0, fails=True)
    assert breaker.state is BreakerState.CLOSED
    assert breaker.snapshot(0.0).calls == 0


def test_an_error_that_is_neither_ignored_nor_recorded_counts_as_a_success() -> None:
    breaker = CircuitBreaker(BreakerConfig(window=CountWindow(1), records=lambda _: False), name="payment")
    call(breaker, 0.0, fails=True)
    snapshot = breaker.snapshot(0.0)
    assert (snapshot.calls, snapshot.failed_calls) == (1, 0)


def test_a_cancelled_call_is_no_failure_and_gives_its_permit_back() -> None:
    breaker = opened(FOUR, at_s=0.0)
    first, _ = ask(breaker, 10.0, 2)
    first.cancelled(11.0)
    assert breaker.snapshot(11.0).calls == 0
    assert len(ask(breaker, 11.0, 50)) == 1


def test_a_cancelled_call_of_an_earlier_state_gives_no_permit_to_a_newer_one() -> None:
    breaker = CircuitBreaker(FOUR, name="payment")
    early = breaker.admit(0.0)
    calls(breaker, 0.0, "----")
    ask(breaker, 10.0, 2)
    early.cancelled(10.0)
    assert ask(breaker, 10.0, 1) == []


@pytest.mark.parametrize(
    "broken",
    [
        BreakerConfig(ignores=lambda error: {FAILURE: False}[error]),
        BreakerConfig(records=lambda error: {FAILURE: True}[error]),
    ],
    ids=["ignores", "records"],
)
def test_a_predicate_that_breaks_is_heard_of_and_loses_no_permit(broken: BreakerConfig) -> None:
    heard: list[BreakerEvent] = []
    config = attrs.evolve(broken, window=CountWindow(1), half_open_permits=1)
    breaker = opened(config, 0.0, heard)
    admission = breaker.admit(60.0)
    with pytest.raises(KeyError):
        admission.failed(60.0, ConnectionError("of another kind"))
    assert isinstance(heard[-1], CallCancelled)
    assert len(ask(breaker, 60.0, 1)) == 1


def test_disabled_it_lets_everything_in_and_records_nothing() -> None:
    breaker = CircuitBreaker(FOUR, name="payment")
    breaker.disable(0.0)
    calls(breaker, 0.0, "-" * 20)
    assert breaker.state is BreakerState.DISABLED
    assert breaker.snapshot(0.0).calls == 0


def test_forced_open_it_refuses_until_told_otherwise() -> None:
    breaker = CircuitBreaker(FOUR, name="payment")
    breaker.force_open(0.0)
    with pytest.raises(CallRefused) as refusal:
        breaker.admit(1e9)
    assert refusal.value.retry_after_s == 10.0
    assert refusal.value.state is BreakerState.FORCED_OPEN
    breaker.reset(1e9)
    call(breaker, 1e9)
    assert breaker.state is BreakerState.CLOSED


def test_metrics_only_it_lets_everything_in_and_still_knows_the_rates() -> None:
    breaker = CircuitBreaker(FOUR, name="payment")
    breaker.measure_only(0.0)
    calls(breaker, 0.0, "-" * 20)
    assert breaker.state is BreakerState.METRICS_ONLY
    assert breaker.snapshot(0.0).failure_rate_percent == 100.0


def test_reset_forgets_what_was_recorded() -> None:
    breaker = CircuitBreaker(FOUR, name="payment")
    calls(breaker, 0.0, "---")
    breaker.reset(0.0)
    calls(breaker, 0.0, "---")
    assert breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize("now", [9.999, -1.0, math.nan, math.inf])
def test_a_time_before_the_latest_or_no_time_at_all_is_refused(now: float) -> None:
    breaker = CircuitBreaker(FOUR, name="payment")
    admission = breaker.admit(10.0)
    for use in (breaker.admit, breaker.snapshot, breaker.reset, admission.succeeded, admission.cancelled):
        with pytest.raises(ClockWentBackwards, match=r"now is .* at least 10\.0") as error:
            use(now)
        assert isinstance(error.value, ValueError)
    admission.succeeded(10.0)


def test_an_admission_is_good_for_one_call() -> None:
    breaker = opened(FOUR, at_s=0.0)
    admission = breaker.admit(10.0)
    admission.cancelled(10.0)
    for again in (admission.succeeded, admission.cancelled, lambda now: admission.failed(now, FAILURE)):
        with pytest.raises(SettledTwice, match="settled before"):
            again(10.0)
    assert len(ask(breaker, 10.0, 50)) == 2


@pytest.mark.parametrize("wait_s", [0.0, -1.0, math.inf, math.nan, None])
def test_a_wait_policy_that_gives_no_wait_is_refused_before_anything_changes(wait_s: float) -> None:
    breaker = CircuitBreaker(BreakerConfig(window=CountWindow(1), wait_open_s=lambda _: wait_s), name="payment")
    with pytest.raises(InvalidField, match=r"wait_open_s\(1\) is .* finite number of seconds above 0"):
        call(breaker, 0.0, fails=True)
    assert breaker.state is BreakerState.CLOSED


def test_two_breakers_that_hear_the_same_tell_the_same() -> None:
    def tell() -> list[BreakerEvent]:
        heard: list[BreakerEvent] = []
        breaker = opened(FOUR, 0.0, heard)
        calls(breaker, 10.0, "+-")
        calls(breaker, 20.0, "++")
        return heard

    assert tell() == tell()


@pytest.mark.parametrize(
    "module",
    [breaker, breaker_config, breaker_events, breaker_news, breaker_snapshot, breaker_states, waits, windows],
    ids=lambda module: module.__name__,
)
def test_the_core_knows_neither_asyncio_nor_a_clock(module: ModuleType) -> None:
    imported: set[str | None] = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    assert imported
    assert not imported & {"asyncio", "time", "datetime", "threading"}
