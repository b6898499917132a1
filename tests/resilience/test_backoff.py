"""How long a retry waits."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience import Backoff, Jitter

ATTEMPTS = (1, 2, 3, 4, 5, 6)


def waits(backoff: Backoff, seed: int = 1, count: int = 6) -> list[float]:
    rng, before, drawn = random.Random(seed), None, []
    for attempt in range(1, count + 1):
        before = backoff.wait_s(attempt, before, rng)
        drawn.append(before)
    return drawn


def test_without_jitter_the_waits_grow_by_the_factor_up_to_the_cap() -> None:
    backoff = Backoff(first_s=1.0, longest_s=20.0, factor=3.0, jitter=Jitter.NONE)
    assert waits(backoff) == [1.0, 3.0, 9.0, 20.0, 20.0, 20.0]


def test_the_cap_is_kept_after_more_attempts_than_a_float_can_count() -> None:
    assert Backoff(longest_s=7.0, jitter=Jitter.NONE).wait_s(100_000, 7.0, random.Random(1)) == 7.0


@given(st.floats(0.001, 1.0), st.floats(1.0, 10.0), st.integers(1, 3000), st.integers(0, 9))
def test_each_kind_of_jitter_stays_within_its_bounds(first_s: float, factor: float, attempt: int, seed: int) -> None:
    def wait_s(jitter: Jitter, previous_s: float | None = None) -> float:
        backoff = Backoff(first_s=first_s, longest_s=8.0, factor=factor, jitter=jitter)
        return backoff.wait_s(attempt, previous_s, random.Random(seed))

    bound_s = wait_s(Jitter.NONE)
    assert 0 <= wait_s(Jitter.FULL) <= bound_s <= 8.0
    assert bound_s / 2 <= wait_s(Jitter.EQUAL) <= bound_s
    assert first_s <= wait_s(Jitter.DECORRELATED) <= min(8.0, max(first_s, factor * first_s) * (1 + 1e-12))
    assert min(first_s, 5.0) <= wait_s(Jitter.DECORRELATED, 5.0) <= min(8.0, 5.0 * factor * (1 + 1e-12))


@pytest.mark.parametrize(
    ("jitter", "least", "most", "mean"),
    [(Jitter.FULL, 0.02, 3.98, 2.0), (Jitter.EQUAL, 2.02, 3.98, 3.0), (Jitter.DECORRELATED, 1.03, 6.97, 4.0)],
)
def test_each_kind_of_jitter_spreads_evenly_over_its_whole_range(
    jitter: Jitter, least: float, most: float, mean: float
) -> None:
    rng = random.Random(5)
    backoff = Backoff(first_s=1.0, longest_s=8.0, jitter=jitter)
    drawn = [backoff.wait_s(3, 3.5, rng) for _ in range(4000)]
    assert min(drawn) < least
    assert max(drawn) > most
    assert sum(drawn) / len(drawn) == pytest.approx(mean, rel=0.04)


def test_the_same_seed_gives_the_same_waits_and_another_seed_others() -> None:
    for jitter in (Jitter.FULL, Jitter.EQUAL, Jitter.DECORRELATED):
        assert waits(Backoff(jitter=jitter), 3) == waits(Backoff(jitter=jitter), 3)
        assert waits(Backoff(jitter=jitter), 3) != waits(Backoff(jitter=jitter), 4)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_s", 0.0),
        ("first_s", float("nan")),
        ("first_s", True),
        ("longest_s", float("inf")),
        ("longest_s", 0.05),
        ("factor", 0.9),
        ("factor", "2"),
        ("jitter", "full"),
    ],
)
def test_a_backoff_that_makes_no_sense_is_refused_by_the_name_of_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidField, match=rf"Backoff\.{field} is .*, but must be "):
        Backoff(**{field: value})
