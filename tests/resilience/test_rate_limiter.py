"""The rate limiter does at every step what a bucket of tokens does whose whole history is gone through each time."""

import contextlib
import math
from fractions import Fraction
from typing import Any

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given

from bookdelivery.kernel.errors import HeldOff, InvalidField
from bookdelivery.resilience import (
    ClockWentBackwards,
    Pass,
    PassState,
    RateLimitConfig,
    RateLimited,
    RateLimiter,
    SettledTwice,
)


@attrs.define(eq=False)
class Caller:
    """One that asked; `token_at` is when it got its token, `gone_at` when it gave up or gave the token back."""

    asked_at: Fraction
    refused: bool = False
    token_at: Fraction | None = None
    gone_at: Fraction | None = None


class Bucket:
    """Tokens, counted as fractions, from the first event to the last, each time anew."""

    def __init__(self, per_second: Fraction, burst: int, max_wait: Fraction | None) -> None:
        self.per_second, self.burst, self.max_wait = per_second, burst, max_wait
        self.events: list[tuple[Fraction, str, Caller]] = []

    def ask(self, now: Fraction) -> Caller:
        tokens, line = self.replay(now)
        caller = Caller(now)
        wait = (len(line) + 1 - tokens) / self.per_second
        if wait > 0 and self.max_wait is not None and wait > self.max_wait:
            caller.refused = True
        else:
            self.events.append((now, "ask", caller))
            self.replay(now)
        return caller

    def retry_after(self, now: Fraction) -> Fraction:
        tokens, line = self.replay(now)
        assert self.max_wait is not None
        return (len(line) + 1 - tokens) / self.per_second - self.max_wait

    def go(self, caller: Caller, now: Fraction) -> None:
        self.replay(now)
        self.events.append((now, "give up" if caller.token_at is None else "give back", caller))
        caller.gone_at = now
        self.replay(now)

    def replay(self, now: Fraction) -> tuple[Fraction, list[Caller]]:
        """Return the tokens there are at `now`, and who waits for one."""
        tokens, at = Fraction(self.burst), Fraction(-1000)
        line: list[Caller] = []
        for when, what, caller in [*self.events, (now, "look", Caller(now))]:
            while line and at + (1 - tokens) / self.per_second <= when:
                comes_at = at + max(Fraction(0), (1 - tokens) / self.per_second)
                tokens, at = tokens + (comes_at - at) * self.per_second - 1, comes_at
                line.pop(0).token_at = comes_at
            tokens, at = min(Fraction(self.burst), tokens + (when - at) * self.per_second), when
            if what == "ask":
                line.append(caller)
            elif what == "give up":
                line.remove(caller)
            elif what == "give back":
                tokens = min(Fraction(self.burst), tokens + 1)
            while line and tokens >= 1:
                tokens -= 1
                line.pop(0).token_at = when
        return tokens, line


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["0", "0", "0", "0.125", "0.25", "0.5", "1", "3.25"]),
        st.sampled_from(["ask", "ask", "ask", "give up", "give back", "leave", "look"]),
        st.integers(0, 3),
    ),
    max_size=60,
)


@given(
    st.sampled_from(["0.5", "1", "2", "4"]),
    st.integers(1, 4),
    st.sampled_from(["0", "0.25", "1", "3", None]),
    STEPS,
    st.sampled_from(["0", "-100.5", "1024"]),
)
def test_a_rate_limiter_is_a_bucket_of_tokens(
    per_second: str, burst: int, max_wait_s: str | None, steps: list[tuple[str, str, int]], start: str
) -> None:
    longest_s = math.inf if max_wait_s is None else float(max_wait_s)
    limiter = RateLimiter(RateLimitConfig(per_second=float(per_second), burst=burst, max_wait_s=longest_s), name="pay")
    model = Bucket(Fraction(per_second), burst, None if max_wait_s is None else Fraction(max_wait_s))
    now = Fraction(start)
    callers: list[tuple[Pass, Caller]] = []
    refused = 0
    for after_s, what, which in steps:
        now += Fraction(after_s)
        wanted = {"give up": PassState.WAITING, "give back": PassState.INSIDE, "leave": PassState.INSIDE}.get(what)
        there = [(ticket, caller) for ticket, caller in callers if ticket.state is wanted]
        if what == "ask":
            retry_after = None if model.max_wait is None else model.retry_after(now)
            caller = model.ask(now)
            if caller.refused:
                refused += 1
                with pytest.raises(RateLimited) as refusal:
                    limiter.ask(float(now))
                assert refusal.value.retry_after_s == retry_after
            else:
                callers.append((limiter.ask(float(now)), caller))
        elif there:
            ticket, caller = there[which % len(there)]
            if what == "leave":
                ticket.left(float(now))
                model.replay(now)
            else:
                ticket.given_back(float(now))
                model.go(caller, now)
        elif what == "look":
            limiter.let_time_pass(float(now))
        else:
            continue
        check(limiter, model, now, callers, refused)


def check(limiter: RateLimiter, model: Bucket, now: Fraction, callers: list[tuple[Pass, Caller]], refused: int) -> None:
    tokens, line = model.replay(now)
    assert limiter.waiting == len(line)
    assert limiter.refused == refused
    assert limiter.admitted == sum(caller.token_at is not None and caller.gone_at is None for _, caller in callers)
    for ticket, caller in callers:
        if caller.gone_at is None and ticket.state is not PassState.ENDED:
            assert (ticket.state is PassState.WAITING) is (caller.token_at is None)
    assert limiter.due_s == (now + (1 - tokens) / model.per_second if line else math.inf)


@given(
    st.floats(0.01, 1000.0),
    st.integers(1, 20),
    st.floats(0.0, 5.0),
    st.lists(st.floats(0.0, 2.0), min_size=1, max_size=100),
)
def test_never_do_more_calls_pass_than_the_burst_and_the_rate_allow_in_any_span(
    per_second: float, burst: int, max_wait_s: float, gaps_s: list[float]
) -> None:
    limiter = RateLimiter(RateLimitConfig(per_second=per_second, burst=burst, max_wait_s=max_wait_s), name="pay")
    passed: list[float] = []
    now = 0.0

    def pass_until(until_s: float) -> None:
        while limiter.due_s <= until_s:
            before, due_s = limiter.admitted, limiter.due_s
            limiter.let_time_pass(due_s)
            passed.extend([due_s] * (limiter.admitted - before))

    for gap_s in gaps_s:
        now += gap_s
        pass_until(now)
        before = limiter.admitted
        with contextlib.suppress(RateLimited):
            limiter.ask(now)
        passed.extend([now] * (limiter.admitted - before))
    pass_until(now + 2 * max_wait_s)
    assert limiter.waiting == 0
    for first, since_s in enumerate(passed):
        for count, until_s in enumerate(passed[first:], 1):
            assert count <= burst + (until_s - since_s) * per_second * (1 + 1e-9) + 1e-6


def test_those_who_wait_get_their_tokens_in_order_and_to_the_moment_however_late_somebody_looks() -> None:
    limiter = RateLimiter(RateLimitConfig(per_second=2.0, burst=1, max_wait_s=10.0), name="payment")
    told: list[int] = []
    for number in range(4):
        ticket = limiter.ask(0.0)
        ticket.on_turn = lambda number=number: told.append(number)
    limiter.let_time_pass(1.25)
    assert told == [1, 2]
    assert limiter.due_s == 1.5
    assert limiter.ask(1.75).state is PassState.WAITING
    assert limiter.due_s == 2.0


def test_a_token_given_back_fills_the_bucket_to_its_brim_and_no_further() -> None:
    limiter = RateLimiter(RateLimitConfig(per_second=1.0, burst=1, max_wait_s=10.0), name="payment")
    inside, first = limiter.ask(0.0), limiter.ask(0.5)
    inside.given_back(0.5)
    assert first.state is PassState.INSIDE
    limiter.ask(0.5)
    assert limiter.due_s == 1.5


def test_a_refusal_says_after_how_long_the_call_would_be_let_in() -> None:
    limiter = RateLimiter(RateLimitConfig(per_second=0.5, burst=1), name="payment")
    limiter.ask(0.0)
    with pytest.raises(RateLimited, match=r"payment is held off: its rate limit is reached; .* 1\.500 s") as refusal:
        limiter.ask(0.5)
    assert isinstance(refusal.value, HeldOff)
    limiter.ask(0.5 + refusal.value.retry_after_s)


def test_by_default_the_burst_is_one_seconds_worth_and_at_least_one_call() -> None:
    assert RateLimitConfig(per_second=12.5).burst == 12
    assert RateLimitConfig(per_second=0.1).burst == 1


def test_a_pass_ends_once() -> None:
    limiter = RateLimiter(RateLimitConfig(per_second=1.0), name="payment")
    ticket = limiter.ask(0.0)
    ticket.left(1.0)
    for end in (ticket.left, ticket.given_back):
        with pytest.raises(SettledTwice, match="payment was settled before"):
            end(1.0)


def test_a_clock_that_goes_backwards_is_found_out() -> None:
    limiter = RateLimiter(RateLimitConfig(per_second=1.0), name="payment")
    ticket = limiter.ask(5.0)
    for wrong in (4.0, math.nan, math.inf):
        for use in (limiter.ask, limiter.let_time_pass, ticket.left, ticket.given_back):
            with pytest.raises(ClockWentBackwards):
                use(wrong)
    ticket.left(5.0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("per_second", 0),
        ("per_second", -1.0),
        ("per_second", math.inf),
        ("per_second", math.nan),
        ("per_second", "5"),
        ("per_second", 1e-320),
        ("burst", 0),
        ("burst", 1.5),
        ("max_wait_s", -0.1),
        ("max_wait_s", None),
    ],
)
def test_a_rate_that_makes_no_sense_is_refused_by_the_name_of_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidField, match=rf"RateLimitConfig\.{field} is .*, but must be "):
        RateLimitConfig(**{"per_second": 1.0, field: value})
