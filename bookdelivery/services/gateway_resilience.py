"""The library's resilience put around what the gateway does: rate limits per caller, and a protection per service."""

from __future__ import annotations

import math
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeVar

import attrs

from bookdelivery.kernel.errors import HeldOff, Unavailable
from bookdelivery.resilience import (
    BreakerConfig,
    BulkheadConfig,
    CountWindow,
    GrowingWait,
    Protection,
    RateLimitConfig,
    RateLimiter,
    Resilience,
    RetryConfig,
    is_transient,
)

T = TypeVar("T")

MOST_KEYS = 20_000
"""Rate limiters kept at the same time, so that nobody can fill the memory with addresses."""


class RateLimits:
    """A rate limiter for each key: an address, a caller. The one that was asked longest ago makes room for a new one.

    Args:
        config: of each.
        name: what they stand before, for refusals.
        clock: monotonic seconds.
        most_keys: how many are kept.
    """

    def __init__(
        self, config: RateLimitConfig, *, name: str, clock: Callable[[], float], most_keys: int = MOST_KEYS
    ) -> None:
        self._config = config
        self._name = name
        self._clock = clock
        self._most_keys = most_keys
        self._limiters: OrderedDict[str, RateLimiter] = OrderedDict()

    def admit(self, key: str) -> None:
        """Let a request in.

        Raises:
            HeldOff: it comes too early; says after how long it would not.
        """
        limiter = self._limiters.get(key)
        if limiter is None:
            limiter = self._limiters[key] = RateLimiter(self._config, name=self._name)
            if len(self._limiters) > self._most_keys:
                self._limiters.popitem(last=False)
        else:
            self._limiters.move_to_end(key)
        limiter.ask(self._clock())


@attrs.frozen(kw_only=True)
class ServiceResilience:
    """What is put around a service behind the gateway.

    Attributes:
        timeout_s: seconds that it has to begin its answer.
        breaker: holds off while it does not answer.
        bulkhead: how many of its answers may be waited for at once.
        retry: repeats what changes nothing; what may, only where there was no connection to send it by.
    """

    timeout_s: float = 15.0
    breaker: BreakerConfig = attrs.field(
        default=BreakerConfig(
            window=CountWindow(50),
            min_calls=20,
            wait_open_s=GrowingWait(first_s=1.0, longest_s=15.0),
            records=is_transient,
        )
    )
    bulkhead: BulkheadConfig = attrs.field(default=BulkheadConfig(max_concurrent=100, max_waiting=100, max_wait_s=2.0))
    retry: RetryConfig = attrs.field(factory=RetryConfig)


class ServiceProtection:
    """Protects one service, as the gateway's `Protect` asks for.

    Args:
        settings: how.
        name: the service's.
        rng: for the jitter of retries.
    """

    def __init__(self, settings: ServiceResilience, *, name: str, rng: random.Random) -> None:
        inside = Resilience(breaker=settings.breaker, timeout_s=settings.timeout_s, bulkhead=settings.bulkhead)
        unsent = attrs.evolve(settings.retry, retries=was_not_sent)
        self._inside = Protection(inside, name=name)
        self._reads = Protection(Resilience(retry=settings.retry, timeout_s=math.inf), name=name, rng=rng)
        self._writes = Protection(Resilience(retry=unsent, timeout_s=math.inf), name=name, rng=rng)

    async def call(self, attempt: Callable[[], Awaitable[T]], *, repeatable: bool) -> T:
        """Make an attempt, or several; see `Protect.call`."""
        retries = self._reads if repeatable else self._writes
        return await retries.call(self._inside.call, attempt)


def was_not_sent(error: Exception) -> bool:
    """Say whether a request certainly never reached its service, and asking again at once may well help."""
    return isinstance(error, Unavailable) and not isinstance(error, HeldOff)
