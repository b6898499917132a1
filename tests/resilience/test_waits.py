"""How long to wait before the next attempt."""

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience import ConstantWait, GrowingWait


def test_a_constant_wait_is_the_same_after_every_attempt() -> None:
    wait = ConstantWait(2.5)
    assert [wait(attempt) for attempt in (1, 2, 1000)] == [2.5, 2.5, 2.5]


def test_a_growing_wait_grows_by_its_factor_up_to_its_cap() -> None:
    wait = GrowingWait(first_s=1.0, factor=3.0, longest_s=20.0)
    assert [wait(attempt) for attempt in (1, 2, 3, 4, 5)] == [1.0, 3.0, 9.0, 20.0, 20.0]


def test_a_growing_wait_keeps_to_its_cap_after_more_attempts_than_a_float_can_count() -> None:
    assert GrowingWait(first_s=1.0, longest_s=20.0)(100_000) == 20.0


@given(st.floats(0.001, 10.0), st.floats(1.0, 10.0), st.floats(0.0, 1.0), st.integers(1, 3000), st.integers(0, 9))
def test_jitter_only_shortens_a_wait_by_no_more_than_its_part_and_never_to_nothing(
    first_s: float, factor: float, jitter: float, attempt: int, seed: int
) -> None:
    plain_s = GrowingWait(first_s=first_s, longest_s=60.0, factor=factor)(attempt)
    wait = GrowingWait(first_s=first_s, longest_s=60.0, factor=factor, jitter=jitter, rng=random.Random(seed))
    for _ in range(20):
        assert 0 < wait(attempt) <= plain_s
        assert wait(attempt) >= plain_s * (1 - jitter) * (1 - 1e-12)


def test_jitter_spreads_those_who_reached_the_cap() -> None:
    wait = GrowingWait(first_s=1.0, longest_s=8.0, jitter=0.5, rng=random.Random(1))
    waits_s = [wait(50) for _ in range(200)]
    assert len(set(waits_s)) == 200
    assert min(waits_s) < 4.5
    assert max(waits_s) > 7.5


def test_the_same_seed_gives_the_same_waits() -> None:
    def waits(seed: int) -> list[float]:
        wait = GrowingWait(first_s=1.0, longest_s=8.0, jitter=1.0, rng=random.Random(seed))
        return [wait(attempt) for attempt in range(1, 10)]

    assert waits(3) == waits(3)
    assert waits(3) != waits(4)


@pytest.mark.parametrize("wait_s", [0.0, -1.0, math.inf, math.nan, "1", None, True])
def test_a_constant_wait_of_no_finite_length_is_refused(wait_s: Any) -> None:
    with pytest.raises(InvalidField, match=r"ConstantWait\.wait_s is .* finite number of seconds above 0"):
        ConstantWait(wait_s)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"first_s": 0.0}, r"first_s is 0\.0"),
        ({"longest_s": math.inf}, r"longest_s is inf"),
        ({"longest_s": 0.5}, r"longest_s is 0\.5, .* at least first_s, 1\.0"),
        ({"factor": 0.9}, r"factor is 0\.9, .* at least 1"),
        ({"jitter": 1.1, "rng": random.Random(1)}, r"jitter is 1\.1, .* from 0 to 1"),
        ({"jitter": 0.1}, r"rng is None, .* random\.Random"),
    ],
)
def test_a_growing_wait_with_a_wrong_setting_is_told_which(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        GrowingWait(**({"first_s": 1.0, "longest_s": 8.0} | settings))
