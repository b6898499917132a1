"""The tandem that is measured is the same queues in all three libraries."""

from collections.abc import Callable

import pytest

from benchmarks.tandem import as_a_scenario, in_ciw, in_salabim
from benchmarks.virtual_loop import jackson_sojourn_s


@pytest.mark.parametrize("contender", [as_a_scenario, in_ciw, in_salabim])
def test_the_mean_sojourn_is_about_what_jackson_says(contender: Callable[[int, int], float]) -> None:
    assert contender(1_500, 3) == pytest.approx(jackson_sojourn_s(), rel=0.15)


@pytest.mark.parametrize("contender", [as_a_scenario, in_ciw, in_salabim])
def test_a_seed_gives_the_same_run_again_and_another_seed_another(contender: Callable[[int, int], float]) -> None:
    assert contender(60, 1) == contender(60, 1) != contender(60, 2)
