"""What each policy costs a call that it lets in, and what all of them together add to an `await`.

The breaker has a budget of its own (see `benchmarks.breaker`); the others are held against it, measured in turn with
it: whoever can afford a breaker can afford any of them.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Sequence

from benchmarks.rows import Row, duration, figure
from bookdelivery.resilience import (
    BreakerConfig,
    Bulkhead,
    BulkheadConfig,
    CircuitBreaker,
    LoadShedder,
    Protection,
    RateLimitConfig,
    RateLimiter,
    Resilience,
    Retry,
    RetryConfig,
    SheddingConfig,
)

FLOOR = 0.75
"""The least part of a breaker's speed. They are as fast or faster; the rest is left to the noise of a busy machine."""

CALLS_PER_ROUND = 5000
CALLS_PER_SECOND = 1000.0
"""How often a call comes, in the policies' time: what a budget has to forget a second depends on it."""

EVERYTHING = Resilience(
    retry=RetryConfig(),
    breaker=BreakerConfig(),
    rate_limit=RateLimitConfig(per_second=1e9),
    timeout_s=1.0,
    bulkhead=BulkheadConfig(),
    shedding=SheddingConfig(max_concurrent=10),
)

Call = Callable[[float], None]
"""One call, let in and over at this time in seconds."""


def rows(*, short: bool = False) -> Sequence[Row]:
    """The microseconds a call takes through each policy, and through all of them."""
    policies: dict[str, Callable[[], Call]] = {
        "rate limiter": lambda: _through(RateLimiter(RateLimitConfig(per_second=2 * CALLS_PER_SECOND), name="payment")),
        "bulkhead": lambda: _through(Bulkhead(name="payment")),
        "load shedding": lambda: _through(LoadShedder(SheddingConfig(max_concurrent=10), name="payment")),
        "retry, with nothing to retry": _retried,
    }
    rounds = 11 if short else 61
    measured: list[Row] = []
    for name, make in policies.items():
        pairs = [(_us(make()), _us(_through_a_breaker())) for _ in range(rounds)]
        ours, peer = (statistics.median(each) for each in zip(*pairs, strict=True))
        measured.append(duration(f"{name} (peer: the breaker)", ours, peer, unit="us/call", floor=FLOOR))
    for name, settings in (("all policies around an await", EVERYTHING), ("the same await, bare", None)):
        us = statistics.median(asyncio.run(_awaited_us(settings)) for _ in range(rounds))
        measured.append(figure(name, us, unit="us/call"))
    return measured


def _through(gate: RateLimiter | Bulkhead | LoadShedder) -> Call:
    return lambda now: gate.ask(now).left(now)


def _through_a_breaker() -> Call:
    breaker = CircuitBreaker(name="payment")
    return lambda now: breaker.admit(now).succeeded(now)


def _retried() -> Call:
    retry = Retry(name="payment", rng=random.Random(1))

    def call(now: float) -> None:
        retry.begin(now)

    return call


def _us(call: Call) -> float:
    began = time.perf_counter()
    for number in range(CALLS_PER_ROUND):
        call(number / CALLS_PER_SECOND)
    return (time.perf_counter() - began) / CALLS_PER_ROUND * 1e6


async def _awaited_us(policies: Resilience | None) -> float:
    async def answer() -> str:
        return "answered"

    call = Protection(policies, name="payment", rng=random.Random(1)).call if policies else None
    began = time.perf_counter()
    for _ in range(CALLS_PER_ROUND):
        await (answer() if call is None else call(answer))
    return (time.perf_counter() - began) / CALLS_PER_ROUND * 1e6
