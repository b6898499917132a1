"""How many evictions a budget allows."""

import pytest

from bookdelivery.simulation.operations import DisruptionBudget


@pytest.mark.parametrize(
    ("budget", "wanted", "healthy", "allowed"),
    [
        (DisruptionBudget(min_available=2), 3, 3, 1),
        (DisruptionBudget(min_available=2), 3, 2, 0),
        (DisruptionBudget(min_available=2), 3, 1, 0),
        (DisruptionBudget(min_available="50%"), 3, 3, 1),  # 1.5 of 3 must stay: 2
        (DisruptionBudget(max_unavailable=1), 3, 3, 1),
        (DisruptionBudget(max_unavailable=1), 3, 2, 0),
        (DisruptionBudget(max_unavailable="30%"), 7, 7, 3),  # 2.1 of 7 may go: 3
        (DisruptionBudget(max_unavailable=5), 3, 3, 3),
        (DisruptionBudget(min_available="100%"), 3, 3, 0),
    ],
)
def test_no_more_go_than_leaves_enough(budget: DisruptionBudget, wanted: int, healthy: int, allowed: int) -> None:
    assert budget.allows(wanted, healthy) == allowed
