"""The circuit breaker: whether a call may be made now, judged by how the calls before it went.

Plain code: it reads no clock and starts no timer. Every method takes `now`, in monotonic seconds, and does
first what has fallen due by then. The rules are those of Resilience4j's `CircuitBreakerStateMachine` (changes
of state) and `CircuitBreakerMetrics` (when there are calls enough, which rate is too high), but for three:

- A result judges nothing but the very state that let its call in.
- A call given up by its caller is no failure.
- The longest stay in half-open ends with a verdict on what is known. Resilience4j reopens whatever the probes
  have said, so that a service with few callers can stay shut out for good after it has healed.
"""

from __future__ import annotations

import math

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.breaker_config import BreakerConfig
from bookdelivery.resilience.breaker_events import (
    AdmissionRefused,
    BreakerEvent,
    BreakerListener,
    CallCancelled,
    CallEnded,
    CallFailed,
    CallSucceeded,
    ErrorIgnored,
    FailureRateExceeded,
    SlowCallRateExceeded,
    StateChanged,
)
from bookdelivery.resilience.breaker_news import News
from bookdelivery.resilience.breaker_snapshot import BreakerSnapshot
from bookdelivery.resilience.breaker_states import BREAKER_LIFECYCLE, BreakerState
from bookdelivery.resilience.errors import CallRefused, ClockWentBackwards, SettledTwice
from bookdelivery.resilience.waits import A_WAIT, is_wait_s
from bookdelivery.resilience.windows import CountWindow, Tally, TimeWindow

_CLOSED, _OPEN, _HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN
_LETS_ALL_IN = frozenset({_CLOSED, BreakerState.DISABLED, BreakerState.METRICS_ONLY})
_RECORDS = frozenset({_CLOSED, _HALF_OPEN, BreakerState.METRICS_ONLY})


@attrs.define(eq=False, weakref_slot=False)
class Admission:
    """Leave to make one call; tell it how the call ended, once.

    Attributes:
        admitted_at_s: When the call was let in, in the caller's monotonic seconds.
    """

    _breaker: CircuitBreaker = attrs.field(repr=False)
    _epoch: int
    admitted_at_s: float
    _settled: bool = False

    def succeeded(self, now: float) -> None:
        """Record that the call ended well at `now` (monotonic seconds).

        Raises:
            SettledTwice: When it was told how the call ended before.
            ClockWentBackwards: When `now` is before a time the breaker was given earlier.
        """
        self._breaker._settle(self, now, CallSucceeded)

    def failed(self, now: float, error: Exception) -> None:
        """Record that the call ended with `error` at `now` (monotonic seconds), for the config to class.

        Raises:
            SettledTwice: When it was told how the call ended before.
            ClockWentBackwards: When `now` is before a time the breaker was given earlier.
        """
        config = self._breaker.config
        try:
            if config.ignores(error):
                how: type[CallEnded] = ErrorIgnored
            else:
                how = CallFailed if config.records(error) else CallSucceeded
        except BaseException:
            # Nobody knows what the error counts as, so it counts as nothing; but its permit must not be lost.
            self._breaker._settle(self, now, CallCancelled)
            raise
        self._breaker._settle(self, now, how, error)

    def cancelled(self, now: float) -> None:
        """Return the permit of a call that its caller gave up at `now` (monotonic seconds); it is no failure.

        Raises:
            SettledTwice: When it was told how the call ended before.
            ClockWentBackwards: When `now` is before a time the breaker was given earlier.
        """
        self._breaker._settle(self, now, CallCancelled)


class CircuitBreaker:
    """Holds calls off from a service that fails or is slow, and lets them in again when it has recovered.

    Not for use by several threads at once. `on_event` is called after the breaker has made its change, in the
    order of events, and may use the breaker; an error it raises reaches whoever called the breaker.

    Args:
        config: When to open and when to try again.
        name: What the breaker guards, for its events and refusals.
        on_event: Told of everything that happens; None for nobody.
    """

    __slots__ = (
        "_epoch",
        "_half_open_ends_s",
        "_latest_s",
        "_lets_all_in",
        "_min_calls",
        "_news",
        "_opened_in_a_row",
        "_permits_left",
        "_probe_from_s",
        "_records",
        "_refused",
        "_said",
        "_state",
        "_tally",
        "_wait_s",
        "config",
        "name",
    )

    def __init__(
        self, config: BreakerConfig | None = None, *, name: str, on_event: BreakerListener | None = None
    ) -> None:
        self.config = BreakerConfig() if config is None else config
        self.name = name
        self._news = None if on_event is None else News(on_event)
        self._latest_s = -math.inf
        self._refused = 0
        self._epoch = 0
        self._opened_in_a_row = 0
        self._permits_left = 0
        self._wait_s = self._probe_from_s = math.inf
        self._enter(_CLOSED, self._latest_s)

    def __repr__(self) -> str:
        return f"<CircuitBreaker {self.name} {self._state}>"

    @property
    def state(self) -> BreakerState:
        """The state it was in when it was last given the time; `snapshot` gives the time first."""
        return self._state

    def admit(self, now: float) -> Admission:
        """Let a call in at `now` (monotonic seconds).

        Raises:
            CallRefused: When it may not be made; says for how long at least.
            ClockWentBackwards: When `now` is before a time the breaker was given earlier.
        """
        if self._latest_s <= now < self._half_open_ends_s:
            self._latest_s = now
        else:
            self._pass_time(now)
        if self._news is not None:
            self._news.tell()
        if not self._lets_all_in:
            self._take_permit(now)
        return Admission(self, self._epoch, now)

    def snapshot(self, now: float) -> BreakerSnapshot:
        """Return how it stands at `now` (monotonic seconds).

        Raises:
            ClockWentBackwards: When `now` is before a time the breaker was given earlier.
        """
        self._pass_time(now)
        if self._news is not None:
            self._news.tell()
        tally = self._tally
        tally.forget(now)
        enough = tally.calls >= self._min_calls
        return BreakerSnapshot(
            breaker=self.name,
            at_s=now,
            state=self._state,
            opened_in_a_row=self._opened_in_a_row,
            calls=tally.calls,
            failed_calls=tally.failed,
            slow_calls=tally.slow,
            failure_rate_percent=tally.failed * 100 / tally.calls if enough else None,
            slow_call_rate_percent=tally.slow * 100 / tally.calls if enough else None,
            refused_calls=self._refused,
            retry_after_s=self._retry_after_s(now),
        )

    def reset(self, now: float) -> None:
        """Close it at `now` (monotonic seconds), whatever state it is in, and forget what was recorded.

        Raises:
            ClockWentBackwards: When `now` is before a time the breaker was given earlier.
        """
        self._order("reset", now)

    def disable(self, now: float) -> None:
        """Let every call in and record nothing from `now` (monotonic seconds) until told otherwise.

        Raises:
            ClockWentBackwards: When `now` is before a time the breaker was given earlier.
        """
        self._order("disable", now)

    def force_open(self, now: float) -> None:
        """Let no call in from `now` (monotonic seconds) until told otherwise.

        As nobody knows how long that is, callers are told to ask again after the first wait of the config.

        Raises:
            ClockWentBackwards: When `now` is before a time the breaker was given earlier.
        """
        self._order("force_open", now)

    def measure_only(self, now: float) -> None:
        """Let every call in and record it, but never open, from `now` (monotonic seconds) until told otherwise.

        That a rate is too high is still told to the listener, once for each of the two rates.

        Raises:
            ClockWentBackwards: When `now` is before a time the breaker was given earlier.
        """
        self._order("measure_only", now)

    def _settle(self, admission: Admission, now: float, how: type[CallEnded], error: Exception | None = None) -> None:
        if self._latest_s <= now < self._half_open_ends_s:
            self._latest_s = now
        else:
            self._pass_time(now)
        if admission._settled:
            raise SettledTwice(self.name)
        admission._settled = True
        late = admission._epoch != self._epoch
        duration_s = now - admission.admitted_at_s
        slow = duration_s > self.config.slow_call_duration_s
        news = self._news
        if news is not None:
            ended = how(breaker=self.name, at_s=now, duration_s=duration_s, slow=slow, late=late, error=error)
            news.note(ended)
        if not late:
            if how is CallSucceeded or how is CallFailed:
                self._record(now, how is CallFailed, slow)
            elif self._state is _HALF_OPEN:
                self._permits_left += 1
        if news is not None:
            news.tell()

    def _record(self, now: float, failed: bool, slow: bool) -> None:
        if self._records:
            tally = self._tally
            tally.record(now, failed, slow)
            if tally.calls >= self._min_calls:
                self._judge(now, tally.calls, tally.failed, tally.slow)

    def _pass_time(self, now: float) -> None:
        if not self._latest_s <= now < math.inf:
            raise ClockWentBackwards(now, self._latest_s)
        self._latest_s = now
        if now >= self._half_open_ends_s:
            self._end_half_open(self._half_open_ends_s)

    def _end_half_open(self, at_s: float) -> None:
        """Judge as of when the longest stay ended, as a timer would have; unanswered probes have failed."""
        admitted = self.config.half_open_permits - self._permits_left
        if admitted == 0:
            self._move("trip", at_s)
            return
        tally = self._tally
        hung = admitted - tally.calls
        self._judge(at_s, admitted, tally.failed + hung, tally.slow + hung)

    def _judge(self, at_s: float, calls: int, failed: int, slow: int) -> None:
        failure_percent = failed * 100 / calls
        slow_percent = slow * 100 / calls
        too_many_failed = failure_percent >= self.config.failure_rate_threshold_percent
        too_many_slow = slow_percent >= self.config.slow_call_rate_threshold_percent
        if too_many_failed:
            self._exceeded(FailureRateExceeded, at_s, failure_percent)
        if too_many_slow:
            self._exceeded(SlowCallRateExceeded, at_s, slow_percent)
        if too_many_failed or too_many_slow:
            if self._state is not BreakerState.METRICS_ONLY:
                self._move("trip", at_s)
        elif self._state is _HALF_OPEN:
            self._move("recover", at_s)

    def _exceeded(self, rate: type[FailureRateExceeded | SlowCallRateExceeded], at_s: float, percent: float) -> None:
        """Say so once in a stay in a state; only metrics-only gets to go on exceeding."""
        if self._news is not None and rate not in self._said:
            self._said.add(rate)
            self._news.note(rate(breaker=self.name, at_s=at_s, percent=percent))

    def _take_permit(self, now: float) -> None:
        if self._state is _OPEN and now >= self._probe_from_s:
            self._move("probe", now)
            if self._news is not None:
                self._news.tell()
        retry_after_s = self._retry_after_s(now)
        if retry_after_s is None:
            self._permits_left -= 1
            return
        self._refused += 1
        state = self._state
        if self._news is not None:
            refused = AdmissionRefused(breaker=self.name, at_s=now, state=state, retry_after_s=retry_after_s)
            self._news.note(refused)
            self._news.tell()
        raise CallRefused(self.name, state, retry_after_s)

    def _retry_after_s(self, now: float) -> float | None:
        if self._lets_all_in:
            return None
        if self._state is _OPEN:
            return self._probe_from_s - now if now < self._probe_from_s else None
        if self._state is _HALF_OPEN:
            # The verdict may fall at any moment, but to say 0 would have callers ask in a busy loop.
            return None if self._permits_left > 0 else min(self._half_open_ends_s - now, self._wait_s)
        return self._wait_s

    def _order(self, trigger: str, now: float) -> None:
        self._pass_time(now)
        self._move(trigger, now)
        if self._news is not None:
            self._news.tell()

    def _move(self, trigger: str, at_s: float) -> None:
        source = self._state
        self._enter(BREAKER_LIFECYCLE.next(source, trigger), at_s)
        if self._news is not None:
            self._news.note(StateChanged(breaker=self.name, at_s=at_s, source=source, target=self._state))

    def _enter(self, state: BreakerState, at_s: float) -> None:
        half_open_ends_s = math.inf
        if state is _OPEN:
            self._wait_s = self._wait_after(self._opened_in_a_row + 1)
            self._probe_from_s = at_s + self._wait_s
            self._opened_in_a_row += 1
        elif state is _HALF_OPEN:
            half_open_ends_s = at_s + self.config.longest_half_open_s
            self._permits_left = self.config.half_open_permits
            self._look_at(CountWindow(self.config.half_open_permits))
        else:
            if state is BreakerState.FORCED_OPEN:
                self._wait_s = self._wait_after(1)
            self._opened_in_a_row = 0
            self._look_at(self.config.window)
        self._half_open_ends_s = half_open_ends_s
        self._state = state
        self._epoch += 1
        self._lets_all_in = state in _LETS_ALL_IN
        self._records = state in _RECORDS
        self._said: set[type[BreakerEvent]] = set()

    def _look_at(self, window: CountWindow | TimeWindow) -> None:
        self._tally: Tally = window.start()
        self._min_calls = window.fewest_to_judge(self.config.min_calls)

    def _wait_after(self, attempt: int) -> float:
        wait_s = self.config.wait_open_s(attempt)
        if not is_wait_s(wait_s):
            raise InvalidField(type(self.config).__name__, f"wait_open_s({attempt})", wait_s, A_WAIT)
        return wait_s
