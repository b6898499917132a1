"""What a circuit breaker costs a call: leave to make it, and the record of how it went.

The promise is under 3 us a call, so that nobody has a reason to leave it out.
"""

import statistics
import time
from collections.abc import Callable, Sequence

from benchmarks.rows import Row, duration, figure
from bookdelivery.resilience import BreakerConfig, CallRefused, CircuitBreaker, CountWindow, TimeWindow

PROMISED_US = 3.0
CALLS_PER_ROUND = 10_000
CALLS_PER_SECOND = 1000.0
"""How often a call comes, in the breaker's time: what it has to forget a second depends on it."""


def rows(*, short: bool = False) -> Sequence[Row]:
    """The microseconds a call takes through the breaker, in each situation."""
    situations: dict[str, Callable[[], CircuitBreaker]] = {
        "last 100 calls": lambda: _breaker(BreakerConfig(window=CountWindow(100))),
        "last 60 seconds": lambda: _breaker(BreakerConfig(window=TimeWindow(60))),
    }
    rounds = 5 if short else 31
    measured: list[Row] = []
    for failing, every in (("all well", 0), ("every third fails", 3)):
        for window, make in situations.items():
            us = statistics.median(_let_in_us(make(), every) for _ in range(rounds))
            name = f"breaker, {window}, {failing} (peer: its budget)"
            measured.append(duration(name, us, PROMISED_US, unit="us/call", floor=1.0))
    refused_us = statistics.median(_refused_us(_breaker(BreakerConfig())) for _ in range(rounds))
    return [*measured, figure("breaker, refused and caught", refused_us, unit="us/call")]


def _breaker(config: BreakerConfig) -> CircuitBreaker:
    return CircuitBreaker(config, name="payment")


def _let_in_us(breaker: CircuitBreaker, every: int) -> float:
    """The time of a call when each `every`th fails, which is too few to open; 0 for none."""
    error = ConnectionError("no answer")
    began = time.perf_counter()
    for call in range(CALLS_PER_ROUND):
        now = call / CALLS_PER_SECOND
        admission = breaker.admit(now)
        if every and call % every == 0:
            admission.failed(now, error)
        else:
            admission.succeeded(now)
    return (time.perf_counter() - began) / CALLS_PER_ROUND * 1e6


def _refused_us(breaker: CircuitBreaker) -> float:
    breaker.force_open(0.0)
    began = time.perf_counter()
    for call in range(CALLS_PER_ROUND):
        try:
            breaker.admit(call / CALLS_PER_SECOND)
        except CallRefused:
            continue
    return (time.perf_counter() - began) / CALLS_PER_ROUND * 1e6
