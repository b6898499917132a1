"""Pods moved on purpose, within their disruption budget or without."""

import pytest

from bookdelivery.simulation.operations import DisruptionBudget, Maintenance, Platform
from tests.simulation.operations.tills import QUICK_READINESS, changes_of, lost, simulate_tills, tills

MOVE = Maintenance("till", at=5, retry_s=0.7)


def test_with_a_budget_the_pods_move_one_after_the_other_and_nobody_notices() -> None:
    platform = Platform(readiness=QUICK_READINESS, disruption_budget=DisruptionBudget(max_unavailable=1))
    result = simulate_tills(tills(platform, replicas=3), maintenance=[MOVE], lasts=40.0)
    assert not len(lost(result))
    ends = [{change: at_s for at_s, change in changes_of(result, f"till-{number}")}["ending"] for number in (1, 2, 3)]
    # A new pod takes 3.5 s and is asked 4 s after it was made; then comes the next try.
    assert ends == pytest.approx([5.0, 9.2, 13.4])
    assert set(result.operations.query("arrived_s > 20")["pod"]) == {"till-4", "till-5", "till-6"}


def test_without_a_budget_all_go_at_once_and_nobody_serves_meanwhile() -> None:
    result = simulate_tills(tills(Platform(readiness=QUICK_READINESS), replicas=3), maintenance=[MOVE])
    failed = lost(result)
    assert failed["arrived_s"].between(4.9, 9.1).all()
    assert len(failed) >= 38


def test_a_budget_that_allows_nothing_stops_the_maintenance_for_good() -> None:
    platform = Platform(readiness=QUICK_READINESS, disruption_budget=DisruptionBudget(min_available="100%"))
    result = simulate_tills(tills(platform), maintenance=[MOVE], drain_within_s=10.0)
    assert not result.drained
    assert not (result.pods["change"] == "ending").any()
