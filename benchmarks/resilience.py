"""What each policy but the breaker costs a call that it lets in, and what all of them together cost an `await`.

The promise is under 3 us a call for each, as for the breaker (see `benchmarks.breaker`), so that nobody has a reason to
leave one out; and under 30 us for a call through everything there is.
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
    LoadShedder,
    Protection,
    RateLimitConfig,
    RateLimiter,
    Resilience,
    Retry,
    RetryConfig,
    SheddingConfig,
)

PROMISED_US = 3.0
PROMISED_FOR_ALL_US = 30.0
CALLS_PER_ROUND = 10_000
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


def rows(*, short: bool = False) -> Sequence[Row]:
    """The microseconds a call takes through each policy, and through all of them."""
    rounds = 5 if short else 31
    gates: dict[str, Callable[[], RateLimiter | Bulkhead | LoadShedder]] = {
        "rate limiter": lambda: RateLimiter(RateLimitConfig(per_second=2 * CALLS_PER_SECOND), name="payment"),
        "bulkhead": lambda: Bulkhead(name="payment"),
        "load shedding": lambda: LoadShedder(SheddingConfig(max_concurrent=10), name="payment"),
    }
    measured = [
        duration(
            f"{name}, let in (peer: its budget)",
            statistics.median(_gate_us(make()) for _ in range(rounds)),
            PROMISED_US,
            unit="us/call",
            floor=1.0,
        )
        for name, make in gates.items()
    ]
    retry_us = statistics.median(_retry_us() for _ in range(rounds))
    measured.append(
        duration("retry, nothing to retry (peer: its budget)", retry_us, PROMISED_US, unit="us/call", floor=1.0)
    )
    bare_us = statistics.median(asyncio.run(_awaited_us(None)) for _ in range(rounds))
    all_us = statistics.median(asyncio.run(_awaited_us(EVERYTHING)) for _ in range(rounds))
    measured.append(
        duration(
            "all policies around an await (peer: its budget)", all_us, PROMISED_FOR_ALL_US, unit="us/call", floor=1.0
        )
    )
    return [*measured, figure("the bare await", bare_us, unit="us/call")]


def _gate_us(gate: RateLimiter | Bulkhead | LoadShedder) -> float:
    began = time.perf_counter()
    for call in range(CALLS_PER_ROUND):
        now = call / CALLS_PER_SECOND
        gate.ask(now).left(now)
    return (time.perf_counter() - began) / CALLS_PER_ROUND * 1e6


def _retry_us() -> float:
    retry = Retry(name="payment", rng=random.Random(1))
    began = time.perf_counter()
    for call in range(CALLS_PER_ROUND):
        retry.begin(call / CALLS_PER_SECOND)
    return (time.perf_counter() - began) / CALLS_PER_ROUND * 1e6


async def _awaited_us(policies: Resilience | None) -> float:
    async def answer() -> str:
        return "answered"

    call = Protection(policies, name="payment", rng=random.Random(1)).call if policies else None
    began = time.perf_counter()
    for _ in range(CALLS_PER_ROUND):
        await (answer() if call is None else call(answer))
    return (time.perf_counter() - began) / CALLS_PER_ROUND * 1e6
