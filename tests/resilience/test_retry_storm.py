"""A metastable failure: ten bad seconds, after which retries alone keep the callee down; a budget lets it recover.

After Bronson et al., "Metastable Failures in Distributed Systems" (HotOS 2021).
"""

import asyncio
import random

from bookdelivery.kernel.errors import HeldOff, NotAnswered
from bookdelivery.resilience import Backoff, Protection, Resilience, RetryBudgetConfig, RetryConfig
from tests.virtual import run_virtual

CALLS_PER_SECOND = 50.0
WORK_S = 0.01
"""What one call costs the callee: it can do 100 a second, one after the other."""
TRIGGER_S = (10.0, 20.0)
"""When everything costs it four times as much."""
LASTS_S = 90.0


class Callee:
    """Works calls off in order, also those whose callers have long given up, as it cannot know."""

    def __init__(self) -> None:
        self._free_at_s = 0.0

    async def answer(self) -> None:
        now = asyncio.get_running_loop().time()
        work_s = 4 * WORK_S if TRIGGER_S[0] <= now < TRIGGER_S[1] else WORK_S
        self._free_at_s = max(now, self._free_at_s) + work_s
        await asyncio.sleep(self._free_at_s - now)


def answered(retry: RetryConfig | None) -> list[float]:
    """Return the share of calls that were answered: of those before the trouble, and of those in the last 20 s."""
    protection = Protection(Resilience(retry=retry, timeout_s=1.0), name="payment", rng=random.Random(2))
    callee = Callee()
    fates: list[tuple[float, bool]] = []

    async def call() -> None:
        began_s = asyncio.get_running_loop().time()
        try:
            await protection.call(callee.answer)
        except (HeldOff, NotAnswered):
            fates.append((began_s, False))
        else:
            fates.append((began_s, True))

    async def main() -> None:
        async with asyncio.TaskGroup() as calls:
            for _ in range(int(LASTS_S * CALLS_PER_SECOND)):
                calls.create_task(call())
                await asyncio.sleep(1 / CALLS_PER_SECOND)

    run_virtual(main())
    early = [well for began_s, well in fates if began_s < TRIGGER_S[0] - 2]
    late = [well for began_s, well in fates if began_s > LASTS_S - 20]
    return [sum(early) / len(early), sum(late) / len(late)]


BACKOFF = Backoff(first_s=0.1, longest_s=0.4)


def test_without_retries_the_callee_recovers_from_the_trouble() -> None:
    assert answered(None) == [1.0, 1.0]


def test_with_retries_and_no_budget_it_never_does() -> None:
    before, after = answered(RetryConfig(max_attempts=4, backoff=BACKOFF, budget=None))
    assert before == 1.0
    assert after < 0.1


def test_with_a_budget_it_recovers_in_spite_of_retries() -> None:
    budget = RetryBudgetConfig(share=0.2, min_per_second=1.0)
    assert answered(RetryConfig(max_attempts=4, backoff=BACKOFF, budget=budget)) == [1.0, 1.0]
