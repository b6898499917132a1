"""Looks are planned, and together spend no more than there is."""

import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.statistics import look_confidences, look_sizes


def test_one_looks_after_the_first_runs_then_each_time_they_have_doubled_and_at_the_end() -> None:
    assert look_sizes(10, 100) == (10, 20, 40, 80, 100)
    assert look_sizes(10, 40) == (10, 20, 40)
    assert look_sizes(10, 4) == (4,)


def test_all_looks_together_spend_just_what_may_be_wrong() -> None:
    spent = [1 - confidence for confidence in look_confidences(0.95, (10, 20, 40, 80, 100))]
    assert sum(spent) == pytest.approx(0.05)
    assert all(part > 0 for part in spent)


def test_a_single_look_costs_nothing() -> None:
    assert look_confidences(0.9, (25,)) == pytest.approx((0.9,))


@pytest.mark.parametrize("sizes", [(10, 10), (20, 10), (0, 5)])
def test_looks_that_do_not_ascend_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(InvalidField, match="sizes"):
        look_confidences(0.95, sizes)


@pytest.mark.parametrize(("first", "at_most"), [(0, 10), (5, 0), (2.0, 10), (True, 10)])
def test_numbers_of_runs_that_are_none_are_refused(first: int, at_most: int) -> None:
    with pytest.raises(InvalidField, match=r"looks\.(first|at_most)"):
        look_sizes(first, at_most)
