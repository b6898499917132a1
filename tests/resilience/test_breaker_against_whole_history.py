"""The breaker does at every step what its rules say when they are worked out from the whole history."""

import random
from collections.abc import Callable, Iterable

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given

from bookdelivery.resilience import (
    BREAKER_LIFECYCLE,
    Admission,
    AdmissionRefused,
    BreakerConfig,
    BreakerEvent,
    BreakerState,
    CallCancelled,
    CallEnded,
    CallFailed,
    CallRefused,
    CallSucceeded,
    CircuitBreaker,
    CountWindow,
    ErrorIgnored,
    FailureRateExceeded,
    GrowingWait,
    SlowCallRateExceeded,
    StateChanged,
    TimeWindow,
)
from tests.resilience.whole_history import Call, Heard, Rules, WholeHistory


class Recorded(Exception):
    pass


class Ignored(Exception):
    pass


class Neither(Exception):
    pass


STEPS_S = (0.0, 0.0, 0.0, 0.25, 0.25, 0.5, 1.0, 1.25, 2.0, 4.0, 7.75)
ENDINGS = ("well", "well", "recorded", "recorded", "ignored", "neither", "cancelled")
ORDERS = {
    "reset": "closed",
    "disable": "disabled",
    "force_open": "forced-open",
    "measure_only": "metrics-only",
}
WAITS: dict[str, tuple[float | GrowingWait, Callable[[int], float]]] = {
    "constant": (3.0, lambda _: 3.0),
    "growing": (
        GrowingWait(first_s=1.0, factor=2.0, longest_s=6.0),
        lambda attempt: [1.0, 2.0, 4.0, 6.0][min(attempt, 4) - 1],
    ),
}


@attrs.frozen
class Step:
    """After some seconds, do one thing; `which` chooses among the calls under way."""

    after_s: float
    what: str
    which: int = 0


@attrs.frozen
class Setup:
    failure_percent: float
    slow_percent: float
    slow_after_s: float
    window: CountWindow | TimeWindow
    min_calls: int
    permits: int
    wait: str
    longest_half_open_s: float

    def config(self) -> BreakerConfig:
        return BreakerConfig(
            failure_rate_threshold_percent=self.failure_percent,
            slow_call_rate_threshold_percent=self.slow_percent,
            slow_call_duration_s=self.slow_after_s,
            window=self.window,
            min_calls=self.min_calls,
            half_open_permits=self.permits,
            wait_open_s=WAITS[self.wait][0],
            longest_half_open_s=self.longest_half_open_s,
            ignores=lambda error: isinstance(error, Ignored),
            # Says yes to an ignored error as well, so that it shows which of the two is asked first.
            records=lambda error: isinstance(error, Recorded | Ignored),
        )

    def rules(self) -> Rules:
        return Rules(
            failure_percent=self.failure_percent,
            slow_percent=self.slow_percent,
            slow_after_s=self.slow_after_s,
            last_calls=self.window.calls if isinstance(self.window, CountWindow) else None,
            last_seconds=self.window.seconds if isinstance(self.window, TimeWindow) else None,
            min_calls=self.min_calls,
            permits=self.permits,
            wait=WAITS[self.wait][1],
            longest_half_open_s=self.longest_half_open_s,
        )


PERCENTAGES = st.sampled_from([1.0, 25.0, 33.3, 50.0, 66.7, 100.0])
SETUPS = st.builds(
    Setup,
    failure_percent=PERCENTAGES,
    slow_percent=PERCENTAGES,
    slow_after_s=st.sampled_from([0.25, 1.0, 3.0, float("inf")]),
    window=st.builds(CountWindow, st.integers(1, 6)) | st.builds(TimeWindow, st.integers(1, 4)),
    min_calls=st.integers(1, 6),
    permits=st.integers(1, 4),
    wait=st.sampled_from(sorted(WAITS)),
    longest_half_open_s=st.sampled_from([0.25, 2.0, 5.0, float("inf")]),
)
STEPS = st.builds(
    Step,
    after_s=st.sampled_from(STEPS_S),
    what=st.sampled_from(["ask"] * 6 + list(ENDINGS) + ["look"]) | st.sampled_from(sorted(ORDERS)),
    which=st.integers(0, 3),
)


def retell(event: BreakerEvent) -> Heard:
    """Say an event in the model's words."""
    match event:
        case StateChanged():
            return "changed", event.at_s, str(event.source), str(event.target)
        case AdmissionRefused():
            return "refused", event.at_s, str(event.state), event.retry_after_s
        case FailureRateExceeded():
            return "failure rate", event.at_s, event.percent
        case SlowCallRateExceeded():
            return "slow rate", event.at_s, event.percent
        case CallEnded():
            fates = {
                CallSucceeded: "succeeded",
                CallFailed: "failed",
                ErrorIgnored: "ignored",
                CallCancelled: "cancelled",
            }
            return fates[type(event)], event.at_s, event.duration_s, event.slow, event.late
    raise AssertionError(event)


def walk(setup: Setup, steps: Iterable[Step], start_s: float = 0.0) -> list[Heard]:
    """Take the steps with the breaker and the model side by side; return what was heard of the breaker."""
    heard: list[Heard] = []
    breaker = CircuitBreaker(setup.config(), name="payment", on_event=lambda event: heard.append(retell(event)))
    model = WholeHistory(setup.rules())
    under_way: list[tuple[Admission, Call]] = []
    now = start_s
    for step in steps:
        now += step.after_s
        if step.what == "ask":
            expected = model.ask(now)
            if isinstance(expected, Call):
                under_way.append((breaker.admit(now), expected))
            else:
                with pytest.raises(CallRefused) as refusal:
                    breaker.admit(now)
                assert refusal.value.retry_after_s == expected
                assert str(refusal.value.state) == model.state
        elif step.what in ORDERS:
            model.order(ORDERS[step.what], now)
            getattr(breaker, step.what)(now)
        elif step.what in ENDINGS and under_way:
            end(*under_way.pop(step.which % len(under_way)), now, step.what, model)
        check(breaker, model, now)
        assert heard == model.heard
    return heard


def end(admission: Admission, call: Call, now: float, how: str, model: WholeHistory) -> None:
    match how:
        case "well":
            model.end(call, now, "succeeded")
            admission.succeeded(now)
        case "recorded":
            model.end(call, now, "failed")
            admission.failed(now, Recorded())
        case "ignored":
            model.end(call, now, "ignored")
            admission.failed(now, Ignored())
        case "neither":
            model.end(call, now, "succeeded")
            admission.failed(now, Neither())
        case "cancelled":
            model.end(call, now, "cancelled")
            admission.cancelled(now)


def check(breaker: CircuitBreaker, model: WholeHistory, now: float) -> None:
    model.let_time_pass(now)
    snapshot = breaker.snapshot(now)
    counted = model.counted(now)
    failed = sum(call.fate == "failed" for call in counted)
    slow = sum(model.was_slow(call) for call in counted)
    enough = len(counted) >= model.fewest()
    assert str(snapshot.state) == str(breaker.state) == model.state
    assert snapshot.opened_in_a_row == model.opened_in_a_row()
    assert (snapshot.calls, snapshot.failed_calls, snapshot.slow_calls) == (len(counted), failed, slow)
    assert snapshot.failure_rate_percent == (failed * 100 / len(counted) if enough else None)
    assert snapshot.slow_call_rate_percent == (slow * 100 / len(counted) if enough else None)
    assert snapshot.refused_calls == sum(heard[0] == "refused" for heard in model.heard)
    assert snapshot.retry_after_s == model.retry_after_s(now)
    assert snapshot.at_s == now


@given(SETUPS, st.lists(STEPS, min_size=1, max_size=80), st.sampled_from([0.0, 17.75, -100.5]))
def test_a_breaker_does_what_its_rules_say_whatever_happens(setup: Setup, steps: list[Step], start_s: float) -> None:
    walk(setup, steps, start_s)


def test_a_breaker_does_what_its_rules_say_in_long_walks_that_take_every_legal_move() -> None:
    rng = random.Random(20)
    moves: set[tuple[object, object]] = set()
    for _ in range(60):
        setup = Setup(
            failure_percent=rng.choice([25.0, 50.0, 100.0]),
            slow_percent=rng.choice([50.0, 100.0]),
            slow_after_s=rng.choice([1.0, 3.0]),
            window=CountWindow(rng.randint(1, 8)) if rng.random() < 0.5 else TimeWindow(rng.randint(1, 5)),
            min_calls=rng.randint(1, 6),
            permits=rng.randint(1, 4),
            wait=rng.choice(sorted(WAITS)),
            longest_half_open_s=rng.choice([2.0, 5.0, float("inf")]),
        )
        heard = walk(setup, random_steps(rng, 200))
        moves |= {(told[2], told[3]) for told in heard if told[0] == "changed"}
    by_itself = {("closed", "open"), ("open", "half-open"), ("half-open", "open"), ("half-open", "closed")}
    by_order = {(state, target) for state in map(str, BreakerState) for target in ORDERS.values()}
    assert moves == by_itself | by_order
    assert moves == {(source, step[0][1]) for (source, _), step in BREAKER_LIFECYCLE.table.items()}


def random_steps(rng: random.Random, count: int) -> Iterable[Step]:
    for _ in range(count):
        what = rng.choice(sorted(ORDERS)) if rng.random() < 0.03 else rng.choice(("ask",) * 7 + ENDINGS)
        yield Step(rng.choice(STEPS_S), what, rng.randrange(4))
