"""A retried call ends when, after so many attempts, and as its rules say when they are gone through one by one."""

import asyncio
import random

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given

from bookdelivery.kernel.errors import HeldOff, NotAnswered, Overloaded, Refused, Unavailable
from bookdelivery.resilience import Backoff, Jitter, Protection, Resilience, RetryBudgetConfig, RetryConfig
from tests.virtual import run_virtual

KINDS = ("gone", "silent", "refused", "held off", "overloaded", "defect")
WITHOUT_EFFECT = {"gone", "held off", "overloaded"}


def error_of(kind: str, number: int) -> Exception:
    """Make an error that can be told from all others."""
    match kind:
        case "gone":
            return Unavailable(f"gone {number}")
        case "silent":
            return NotAnswered(f"silent {number}")
        case "refused":
            return Refused(f"Pay {number}", "no")
        case "held off":
            return HeldOff(f"Pay {number}", 3.5)
        case "overloaded":
            return Overloaded(f"Pay {number}", 3.5)
        case _:
            return ValueError(f"defect {number}")


@attrs.frozen
class Setup:
    """The rules in other words; `retried` names the kinds of errors that are worth another attempt."""

    attempts: int
    first_s: float
    longest_s: float
    factor: float
    retried: frozenset[str]
    within_s: float
    retries_left: int

    def policy(self) -> RetryConfig:
        kinds = {type(error_of(kind, 0)) for kind in self.retried}
        return RetryConfig(
            max_attempts=self.attempts,
            backoff=Backoff(first_s=self.first_s, longest_s=self.longest_s, factor=self.factor, jitter=Jitter.NONE),
            retries=lambda error: type(error) in kinds,
            budget=RetryBudgetConfig(share=0.0, min_per_second=self.retries_left / 1000, window_s=1000.0),
            within_s=self.within_s,
        )

    def expected(self, fates: list[tuple[float, str]]) -> tuple[float, int, str]:
        """Return when the call ends, in seconds, after how many attempts, and its answer or error."""
        now, left, errors = 0.0, self.retries_left, list[tuple[str, str]]()
        for number, (takes_s, kind) in enumerate(fates, 1):
            now += takes_s
            if kind == "well":
                return now, number, "answered"
            errors.append((kind, str(error_of(kind, number))))
            wait_s = self.first_s
            for _ in range(number - 1):
                wait_s = wait_s * self.factor
            wait_s = min(wait_s, self.longest_s)
            if kind in {"held off", "overloaded"}:
                wait_s = max(wait_s, 3.5)
            last = number == self.attempts or kind not in self.retried or left == 0 or now + wait_s > self.within_s
            if last:
                break
            left -= 1
            now += wait_s
        perhaps_done = [text for kind, text in errors if kind not in WITHOUT_EFFECT]
        return now, len(errors), perhaps_done[-1] if perhaps_done else errors[-1][1]


SETUPS = st.builds(
    Setup,
    attempts=st.integers(1, 6),
    first_s=st.sampled_from([0.25, 1.0]),
    longest_s=st.sampled_from([1.0, 4.0, 16.0]),
    factor=st.sampled_from([1.0, 2.0, 3.0]),
    retried=st.frozensets(st.sampled_from(KINDS)),
    within_s=st.sampled_from([2.0, 6.0, float("inf")]),
    retries_left=st.integers(1, 6),
)
FATES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([*KINDS, *KINDS, "well"])), min_size=6, max_size=6
)


@given(SETUPS, FATES)
def test_a_retried_call_ends_as_its_rules_say(setup: Setup, fates: list[tuple[float, str]]) -> None:
    calls = 0

    async def attempt() -> str:
        nonlocal calls
        calls += 1
        takes_s, kind = fates[calls - 1]
        await asyncio.sleep(takes_s)
        if kind != "well":
            raise error_of(kind, calls)
        return "answered"

    async def main() -> tuple[float, int, str]:
        protection = Protection(Resilience(retry=setup.policy()), name="payment", rng=random.Random(1))
        try:
            ended = await protection.call(attempt)
        except (HeldOff, NotAnswered, Refused, Unavailable, ValueError) as error:
            ended = str(error)
        return asyncio.get_running_loop().time(), calls, ended

    ended_at_s, attempts, ended = run_virtual(main())
    expected_at_s, expected_attempts, expected = setup.expected(fates)
    assert (attempts, ended) == (expected_attempts, expected)
    assert ended_at_s == pytest.approx(expected_at_s)
