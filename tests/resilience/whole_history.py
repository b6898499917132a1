"""The circuit breaker's rules once more, the slow and obvious way.

It keeps every call, every result and every state it was ever in, and works each answer out from all of them. It
shares no code with the breaker: no ring, no buckets, no totals, no epochs, no table of moves.
"""

import math
from collections.abc import Callable
from fractions import Fraction

import attrs

JUDGED = {"succeeded", "failed"}
RECORDING = {"closed", "half-open", "metrics-only"}

Heard = tuple[object, ...]
"""An event as a plain tuple: what happened, when, and the figures that belong to it."""


@attrs.frozen(kw_only=True)
class Rules:
    """What the model is told in place of a `BreakerConfig`; durations are in seconds."""

    failure_percent: float
    slow_percent: float
    slow_after_s: float
    last_calls: int | None
    last_seconds: int | None
    min_calls: int
    permits: int
    wait: Callable[[int], float]
    longest_half_open_s: float


@attrs.define(eq=False)
class Call:
    stay: int
    began_s: float
    ended_s: float | None = None
    fate: str | None = None
    late: bool = False


@attrs.frozen
class Stay:
    state: str
    since_s: float
    first_heard: int


class WholeHistory:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.stays = [Stay("closed", -math.inf, 0)]
        self.calls: list[Call] = []
        self.ended: list[Call] = []
        self.heard: list[Heard] = []
        self.waits_s: list[float] = []

    @property
    def state(self) -> str:
        return self.stays[-1].state

    def ask(self, now: float) -> Call | float:
        """Return the call that was let in, or the seconds after which to ask again."""
        self.let_time_pass(now)
        if self.state == "open" and now >= self.stays[-1].since_s + self.waits_s[-1]:
            self.enter("half-open", now)
        retry_after_s = self.retry_after_s(now)
        if retry_after_s is not None:
            self.heard.append(("refused", now, self.state, retry_after_s))
            return retry_after_s
        self.calls.append(Call(len(self.stays) - 1, now))
        return self.calls[-1]

    def end(self, call: Call, now: float, fate: str) -> None:
        """`fate` is succeeded, failed, ignored or cancelled."""
        self.let_time_pass(now)
        call.ended_s, call.fate = now, fate
        self.ended.append(call)
        call.late = call.stay != len(self.stays) - 1
        self.heard.append((fate, now, now - call.began_s, self.was_slow(call), call.late))
        if call.late or fate not in JUDGED or self.state not in RECORDING:
            return
        counted = self.counted(now)
        if len(counted) >= self.fewest():
            failed = sum(call.fate == "failed" for call in counted)
            slow = sum(self.was_slow(call) for call in counted)
            self.judge(now, len(counted), failed, slow)

    def order(self, state: str, now: float) -> None:
        self.let_time_pass(now)
        self.enter(state, now)

    def let_time_pass(self, now: float) -> None:
        ends_s = self.stays[-1].since_s + self.rules.longest_half_open_s
        if self.state != "half-open" or now < ends_s:
            return
        probes = [call for call in self.of_this_stay() if call.fate not in {"ignored", "cancelled"}]
        if not probes:
            self.enter("open", ends_s)
            return
        hung = [call for call in probes if call.fate is None]
        failed = len(hung) + sum(call.fate == "failed" for call in probes)
        slow = len(hung) + sum(call.fate is not None and self.was_slow(call) for call in probes)
        self.judge(ends_s, len(probes), failed, slow)

    def judge(self, at_s: float, calls: int, failed: int, slow: int) -> None:
        bad = False
        for what, count, limit in (
            ("failure rate", failed, self.rules.failure_percent),
            ("slow rate", slow, self.rules.slow_percent),
        ):
            if Fraction(count * 100, calls) >= Fraction(limit):
                bad = True
                said = {heard[0] for heard in self.heard[self.stays[-1].first_heard :]}
                if what not in said:
                    self.heard.append((what, at_s, float(Fraction(count * 100, calls))))
        if self.state == "metrics-only":
            return
        if bad:
            self.enter("open", at_s)
        elif self.state == "half-open":
            self.enter("closed", at_s)

    def enter(self, state: str, at_s: float) -> None:
        self.heard.append(("changed", at_s, self.state, state))
        self.stays.append(Stay(state, at_s, len(self.heard)))
        if state == "open":
            self.waits_s.append(self.rules.wait(self.opened_in_a_row()))

    def opened_in_a_row(self) -> int:
        count = 0
        for stay in reversed(self.stays):
            if stay.state not in {"open", "half-open"}:
                break
            count += stay.state == "open"
        return count

    def retry_after_s(self, now: float) -> float | None:
        stay = self.stays[-1]
        if stay.state == "open":
            left_s = stay.since_s + self.waits_s[-1] - now
            return left_s if left_s > 0 else None
        if stay.state == "half-open":
            taken = [call for call in self.of_this_stay() if call.fate not in {"ignored", "cancelled"}]
            if len(taken) < self.rules.permits:
                return None
            return min(stay.since_s + self.rules.longest_half_open_s - now, self.waits_s[-1])
        return self.rules.wait(1) if stay.state == "forced-open" else None

    def counted(self, now: float) -> list[Call]:
        """The calls in the window, oldest first; while open, in the window of the stay before."""
        stay = len(self.stays) - (2 if self.state == "open" else 1)
        mine = [call for call in self.ended if call.stay == stay and not call.late and call.fate in JUDGED]
        if self.stays[stay].state not in RECORDING:
            return []
        if self.stays[stay].state == "half-open":
            return mine[-self.rules.permits :]
        if self.rules.last_calls is not None:
            return mine[-self.rules.last_calls :]
        assert self.rules.last_seconds is not None
        oldest = math.floor(now) - self.rules.last_seconds + 1
        return [call for call in mine if call.ended_s is not None and math.floor(call.ended_s) >= oldest]

    def fewest(self) -> int:
        """How many calls a judgement needs, in the window that `counted` looks at."""
        watched = self.stays[-2] if self.state == "open" else self.stays[-1]
        if watched.state == "half-open":
            return min(self.rules.min_calls, self.rules.permits)
        if self.rules.last_calls is not None:
            return min(self.rules.min_calls, self.rules.last_calls)
        return self.rules.min_calls

    def of_this_stay(self) -> list[Call]:
        return [call for call in self.calls if call.stay == len(self.stays) - 1]

    def was_slow(self, call: Call) -> bool:
        assert call.ended_s is not None
        return call.ended_s - call.began_s > self.rules.slow_after_s
