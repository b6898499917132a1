"""The original bookstore under siege, call by call: what its bulkhead and its breaker do to one another."""

import asyncio
import random

import pytest

from bookdelivery.kernel.errors import HeldOff, NotAnswered
from bookdelivery.resilience import (
    BreakerConfig,
    BreakerEvent,
    BreakerState,
    BulkheadConfig,
    Protection,
    Resilience,
    StateChanged,
    TimeWindow,
)
from tests.virtual import run_virtual

USERS = 100
LASTS_S = 60.0
REST_OF_THE_REQUEST_S = 0.05
"""What a request takes besides its payment, refused or not; without it, users who are refused would ask for ever."""

HYSTRIX = BreakerConfig(
    window=TimeWindow(10), min_calls=20, failure_rate_threshold_percent=50.0, wait_open_s=5.0, half_open_permits=1
)


def siege(bulkhead: BulkheadConfig | None) -> tuple[list[tuple[float, BreakerState]], dict[str, int]]:
    """Return the breaker's changes of state, and how the payments ended."""
    rng = random.Random(8)
    heard: list[BreakerEvent] = []
    settings = Resilience(breaker=HYSTRIX, bulkhead=bulkhead, timeout_s=0.61)
    protection = Protection(settings, name="payment", on_breaker=heard.append)
    ended = {"paid": 0, "timed out": 0, "held off": 0}

    async def pay() -> None:
        await asyncio.sleep(0.4 + 0.22 * rng.random())

    async def user() -> None:
        while asyncio.get_running_loop().time() < LASTS_S:
            await asyncio.sleep(REST_OF_THE_REQUEST_S)
            try:
                await protection.call(pay)
            except HeldOff:
                ended["held off"] += 1
            except NotAnswered:
                ended["timed out"] += 1
            else:
                ended["paid"] += 1

    async def main() -> None:
        async with asyncio.TaskGroup() as users:
            for _ in range(USERS):
                users.create_task(user())

    run_virtual(main())
    return [(event.at_s, event.target) for event in heard if isinstance(event, StateChanged)], ended


def test_with_a_bulkhead_of_ten_the_breaker_opens_and_closes_again_and_again() -> None:
    changes, ended = siege(BulkheadConfig(max_concurrent=10))
    states = [state for _, state in changes]
    assert states.count(BreakerState.OPEN) >= 5
    assert states.count(BreakerState.CLOSED) >= 4
    assert ended["held off"] > ended["paid"]


def test_without_it_one_call_in_twenty_two_times_out_and_the_breaker_never_opens() -> None:
    changes, ended = siege(None)
    assert changes == []
    assert ended["held off"] == 0
    calls = ended["paid"] + ended["timed out"]
    # 10,000 calls and more: four standard deviations are 0.8 % of them.
    assert calls > 10_000
    assert ended["timed out"] / calls == pytest.approx(1 / 22, abs=0.009)
