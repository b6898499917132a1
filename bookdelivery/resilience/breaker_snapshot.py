"""How a circuit breaker stands at one moment."""

import attrs

from bookdelivery.resilience.breaker_states import BreakerState


@attrs.frozen(kw_only=True)
class BreakerSnapshot:
    """How a breaker stands at one moment.

    Attributes:
        breaker: The breaker's name.
        at_s: The moment, in the caller's monotonic seconds.
        state: The state it is in. An open breaker whose wait is over is open until a call asks.
        opened_in_a_row: How many times it has opened since it was last closed.
        calls: How many calls the window holds; while open, it is the window that made it open.
        failed_calls: How many of them failed.
        slow_calls: How many of them were slow.
        failure_rate_percent: The part that failed; None while there are too few calls to judge.
        slow_call_rate_percent: The part that was slow; None while there are too few calls to judge.
        refused_calls: How many calls it has refused in its life.
        retry_after_s: What a call would be told now if it were refused; None if it would be let in.
    """

    breaker: str
    at_s: float
    state: BreakerState
    opened_in_a_row: int
    calls: int
    failed_calls: int
    slow_calls: int
    failure_rate_percent: float | None
    slow_call_rate_percent: float | None
    refused_calls: int
    retry_after_s: float | None
