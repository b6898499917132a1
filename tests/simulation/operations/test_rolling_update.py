"""A rolling update step by step, in the order in which Kubernetes' Deployment controller takes them."""

import pytest

from bookdelivery.simulation.operations import RollingUpdate
from bookdelivery.simulation.operations.quantity import PodsOrPercent
from bookdelivery.simulation.operations.rolling_update import Count, next_step


@pytest.mark.parametrize(
    ("surge", "unavailable", "wanted", "limits"),
    [
        ("25%", "25%", 10, (3, 2)),  # 2.5: up, down
        ("25%", "25%", 1, (1, 0)),
        ("25%", "25%", 4, (1, 1)),
        ("0%", "1%", 2, (0, 1)),  # both would be nothing
        ("0%", "25%", 3, (0, 1)),
        (0, "100%", 3, (0, 3)),
        ("100%", 0, 3, (3, 0)),
        (2, 1, 3, (2, 1)),
        ("29%", "29%", 100, (29, 29)),  # no rounding error: 0.29 x 100 is less than 29 in floating point
    ],
)
def test_percentages_are_rounded_up_for_a_surge_and_down_for_what_may_be_missing(
    surge: PodsOrPercent, unavailable: PodsOrPercent, wanted: int, limits: tuple[int, int]
) -> None:
    assert RollingUpdate(max_surge=surge, max_unavailable=unavailable).limits(wanted) == limits


def roll(strategy: RollingUpdate, wanted: int, *, gets_ready: bool = True) -> list[tuple[int, int]]:
    """Roll out; give the numbers of new and old pods after each step. New pods are available by the step after next."""
    new, old, available, steps = 0, wanted, 0, []
    for _ in range(100):
        add, remove = next_step(strategy, wanted, Count(pods=new, available=available), Count(pods=old, available=old))
        if (add, remove) == (0, 0):
            if not gets_ready or available == new:
                break
            available = new
            continue
        new, old = new + add, old - remove
        steps.append((new, old))
    return steps


@pytest.mark.parametrize(
    ("surge", "unavailable", "wanted", "steps"),
    [
        ("25%", "25%", 4, [(1, 4), (1, 3), (2, 3), (2, 1), (4, 1), (4, 0)]),
        (1, 0, 2, [(1, 2), (1, 1), (2, 1), (2, 0)]),
        (0, 1, 2, [(0, 1), (1, 1), (1, 0), (2, 0)]),
        ("100%", "0%", 3, [(3, 3), (3, 0)]),
        ("1%", "25%", 1, [(1, 1), (1, 0)]),
    ],
)
def test_pods_are_replaced_as_the_strategy_allows(
    surge: PodsOrPercent, unavailable: PodsOrPercent, wanted: int, steps: list[tuple[int, int]]
) -> None:
    assert roll(RollingUpdate(max_surge=surge, max_unavailable=unavailable), wanted) == steps


def test_a_version_that_never_gets_ready_takes_no_more_than_what_may_be_missing() -> None:
    assert roll(RollingUpdate(max_surge=3, max_unavailable=2), 10, gets_ready=False) == [(3, 10), (3, 8), (5, 8)]


def test_old_pods_that_do_not_serve_go_first() -> None:
    strategy = RollingUpdate(max_surge=0, max_unavailable=1)
    # One old pod of three is unwell: it is the one that is missing, and the two others stay.
    assert next_step(strategy, 3, Count(pods=0, available=0), Count(pods=3, available=2)) == (0, 1)


def test_if_an_old_pod_falls_ill_in_mid_rollout_no_other_is_taken() -> None:
    # Kubernetes' own example: 13 pods, 8 must serve, 5 new ones do not; one of the 8 old ones fails.
    strategy = RollingUpdate(max_surge=3, max_unavailable=2)
    assert next_step(strategy, 10, Count(pods=5, available=0), Count(pods=8, available=7)) == (0, 0)


def test_back_to_the_old_version_unready_pods_of_the_bad_one_make_room() -> None:
    # Its sequel: 8 good pods of which 7 serve are now the new version, 5 bad ones the old.
    strategy = RollingUpdate(max_surge=3, max_unavailable=2)
    assert next_step(strategy, 10, Count(pods=8, available=7), Count(pods=5, available=0)) == (0, 4)
    assert next_step(strategy, 10, Count(pods=8, available=7), Count(pods=1, available=0)) == (2, 0)


def test_when_fewer_are_wanted_the_new_version_shrinks() -> None:
    assert next_step(RollingUpdate(), 2, Count(pods=4, available=4), Count(pods=0, available=0)) == (-2, 0)


def test_where_all_is_as_wanted_nothing_is_done() -> None:
    assert next_step(RollingUpdate(), 4, Count(pods=4, available=4), Count(pods=0, available=0)) == (0, 0)
