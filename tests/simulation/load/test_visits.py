"""Visits of an open load: all are waited for, and one that fails ends the load and breaks off the others."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from bookdelivery.simulation import Constant
from tests.virtual import run_virtual


def bring(visit_lasts_s: list[float], ended: list[int], fails: int | None = None) -> float:
    """Let as many visitors in, one a second; note whose visits came to their end, and say when the load was over."""

    async def main() -> float:
        visits = iter(enumerate(visit_lasts_s))

        async def visit() -> None:
            number, lasts_s = next(visits)
            await asyncio.sleep(lasts_s)
            if number == fails:
                raise ValueError(f"visit {number}")
            ended.append(number)

        try:
            await Constant(per_second=1.0).bring(visit, len(visit_lasts_s) + 0.5, np.random.default_rng(1))
        finally:
            over = asyncio.get_running_loop().time()
            # Whoever was broken off would end by then if it were not.
            await asyncio.sleep(1_000.0)
        return over

    return run_virtual(main())


def test_a_load_is_over_when_the_last_visit_is() -> None:
    ended: list[int] = []
    assert bring([10.0, 0.0, 3.0], ended) == 11.0
    assert ended == [1, 2, 0]


def test_a_load_whose_visits_are_over_before_the_last_comes_ends_with_that() -> None:
    ended: list[int] = []
    assert bring([0.25, 0.25], ended) == 2.25
    assert ended == [0, 1]


@pytest.mark.parametrize("fails", [0, 2], ids=["while others come", "after all have come"])
def test_a_visit_that_fails_is_the_loads_failure_and_breaks_off_the_others(fails: int) -> None:
    lasts_s = [50.0, 50.0, 50.0]
    lasts_s[fails] = 0.5
    ended: list[int] = []
    with pytest.raises(ValueError, match=f"visit {fails}"):
        bring(lasts_s, ended, fails)
    assert ended == []
