"""What is put around the gateway's calls: limits by key, and retries of what does no harm."""

from __future__ import annotations

import asyncio
import random

import pytest

from bookdelivery.kernel.errors import HeldOff, NotAnswered, Unavailable
from bookdelivery.resilience import Backoff, RateLimitConfig, RetryConfig
from bookdelivery.services.gateway_resilience import RateLimits, ServiceProtection, ServiceResilience


def test_each_key_has_a_limit_of_its_own() -> None:
    now = [0.0]
    limits = RateLimits(RateLimitConfig(per_second=1, burst=2), name="a caller", clock=lambda: now[0])
    limits.admit("minsu")
    limits.admit("minsu")
    limits.admit("yongsun")
    with pytest.raises(HeldOff) as held_off:
        limits.admit("minsu")
    assert held_off.value.retry_after_s == 1.0
    now[0] = 1.0
    limits.admit("minsu")


def test_new_keys_take_the_place_of_those_asked_longest_ago() -> None:
    limits = RateLimits(RateLimitConfig(per_second=0.001, burst=1), name="x", clock=lambda: 0.0, most_keys=2)
    limits.admit("one")
    limits.admit("two")
    with pytest.raises(HeldOff):
        limits.admit("one")
    limits.admit("three")
    limits.admit("two")
    with pytest.raises(HeldOff):
        limits.admit("two")


@pytest.mark.parametrize(
    ("error", "repeatable", "attempts"),
    [
        (Unavailable("no connection"), True, 3),
        (Unavailable("no connection"), False, 3),
        (NotAnswered("broke off"), True, 3),
        (NotAnswered("broke off"), False, 1),
        (HeldOff("order", 1.0), True, 1),
    ],
)
def test_only_what_does_no_harm_twice_is_sent_twice(error: Exception, repeatable: bool, attempts: int) -> None:
    made = 0

    async def attempt() -> None:
        nonlocal made
        made += 1
        raise error

    async def body() -> None:
        settings = ServiceResilience(retry=RetryConfig(backoff=Backoff(first_s=0.001, longest_s=0.002)))
        protection = ServiceProtection(settings, name="order", rng=random.Random(1))
        with pytest.raises(type(error)):
            await protection.call(attempt, repeatable=repeatable)

    asyncio.run(body())
    assert made == attempts
