"""From recommendations to numbers of pods, against traces computed by hand from Kubernetes' rules."""

import pytest

from bookdelivery.simulation.operations import (
    Autoscaler,
    Behavior,
    PolicyType,
    ScalingPolicy,
    ScalingRules,
    SelectPolicy,
)
from bookdelivery.simulation.operations.scaling import Scaling


def pods(value: int, period_s: float) -> ScalingPolicy:
    return ScalingPolicy(type=PolicyType.PODS, value=value, period_s=period_s)


def percent(value: int, period_s: float) -> ScalingPolicy:
    return ScalingPolicy(type=PolicyType.PERCENT, value=value, period_s=period_s)


def rules(*policies: ScalingPolicy, window_s: float = 0.0, select: SelectPolicy = SelectPolicy.MAX) -> ScalingRules:
    return ScalingRules(stabilization_window_s=window_s, policies=policies, select_policy=select)


FREELY = rules(pods(1000, 15))


def autoscaler(up: ScalingRules = FREELY, down: ScalingRules = FREELY, least: int = 1, most: int = 1000) -> Autoscaler:
    return Autoscaler(min_replicas=least, max_replicas=most, behavior=Behavior(scale_up=up, scale_down=down))


def follow(settings: Autoscaler, start: int, *recommended: int | None, every_s: float = 15.0) -> list[int]:
    """Give the number of pods after each look, where the number before it is what came of the last one."""
    scaling, current, history = Scaling(settings), start, []
    for look, wanted in enumerate(recommended, start=1):
        current = scaling.next_replicas(current, wanted, look * every_s)
        history.append(current)
    return history


def test_a_recommendation_is_followed_within_the_least_and_the_most() -> None:
    assert follow(autoscaler(least=2, most=5), 3, 4, 9, 1, 3) == [4, 5, 2, 3]


def test_more_or_fewer_pods_than_allowed_are_put_right_without_any_metric() -> None:
    assert follow(autoscaler(least=2, most=5), 9, None, None) == [5, 5]
    assert follow(autoscaler(least=2, most=5), 1, 4) == [2]


def test_without_a_metric_nothing_changes() -> None:
    assert follow(autoscaler(), 3, None, 4, None) == [3, 4, 4]


def test_the_most_cautious_recommendation_within_the_window_is_followed() -> None:
    calm = autoscaler(up=rules(pods(1000, 15), window_s=40), down=rules(pods(1000, 15), window_s=40))
    # Looks at 15, 30, ...: a window of 40 s holds the three last looks. The first look finds the present number, 5.
    assert follow(calm, 5, 9, 8, 7, 9, 9, 9) == [5, 5, 5, 7, 7, 9]
    assert follow(calm, 5, 2, 3, 1, 1, 1, 1) == [5, 5, 5, 3, 1, 1]


def test_what_lies_between_both_windows_changes_nothing() -> None:
    calm = autoscaler(up=rules(pods(1000, 15), window_s=100), down=rules(pods(1000, 15), window_s=100))
    assert follow(calm, 5, 9, 2, 9, 2) == [5, 5, 5, 5]


def test_a_recommendation_as_old_as_the_window_does_not_count_any_more() -> None:
    calm = autoscaler(down=rules(pods(1000, 15), window_s=30))
    assert follow(calm, 5, 2, 2, 2) == [5, 5, 2]


def test_pods_are_added_no_faster_than_the_policy_allows_in_its_period() -> None:
    # At most 4 within 30 s: 4 at 15, none at 30 (the 4 are 15 s old); at 45 the 4 are 30 s old and do not count.
    assert follow(autoscaler(up=rules(pods(4, 30))), 2, 50, 50, 50, 50, 50) == [6, 6, 10, 10, 14]


def test_a_percentage_of_few_pods_is_rounded_up_when_adding_and_off_when_taking_away() -> None:
    assert follow(autoscaler(up=rules(percent(10, 15))), 3, 50, 50, 50) == [4, 5, 6]
    # 3 x 0.9 = 2.7: two are left; so one always goes.
    assert follow(autoscaler(down=rules(percent(10, 15))), 3, 1, 1) == [2, 1]


def test_the_percentage_is_of_what_there_was_when_the_period_began() -> None:
    # 100 % within 60 s of 4: 8, and no more until the 4 added are 60 s old.
    assert follow(autoscaler(up=rules(percent(100, 60))), 4, 50, 50, 50, 50, 50) == [8, 8, 8, 8, 16]


def test_of_several_policies_the_greatest_change_is_allowed_or_the_least() -> None:
    both = pods(4, 15), percent(50, 15)
    assert follow(autoscaler(up=rules(*both)), 2, 100, 100, 100) == [6, 10, 15]
    assert follow(autoscaler(up=rules(*both, select=SelectPolicy.MIN)), 2, 100, 100, 100) == [3, 5, 8]
    assert follow(autoscaler(down=rules(*both)), 20, 1, 1, 1) == [10, 5, 1]
    assert follow(autoscaler(down=rules(*both, select=SelectPolicy.MIN)), 20, 1, 1, 1) == [16, 12, 8]


def test_a_direction_can_be_closed() -> None:
    shut = rules(pods(4, 15), select=SelectPolicy.DISABLED)
    assert follow(autoscaler(up=shut), 5, 9, 3) == [5, 3]
    assert follow(autoscaler(down=shut), 5, 3, 9) == [5, 9]


def test_what_was_taken_away_within_the_period_may_come_back_on_top() -> None:
    # At 15 s six go. At 30 s the period of 60 s began with 10: 10 + 2.
    assert follow(autoscaler(up=rules(pods(2, 60))), 10, 4, 50) == [4, 12]


def test_a_jump_beyond_what_the_policy_allows_is_not_taken_back() -> None:
    # The bounds ask for nine more at once; by the policy there were to be 1 + 2 within the minute.
    assert follow(autoscaler(up=rules(pods(2, 60)), least=10), 1, None, 50) == [10, 10]
    assert follow(autoscaler(down=rules(pods(2, 60)), most=10), 19, None, 1) == [10, 10]


def test_documented_defaults_grow_by_four_or_double_and_shrink_after_five_minutes() -> None:
    settings = Autoscaler(max_replicas=100, behavior=Behavior())
    assert follow(settings, 1, 90, 90, 90, 90, 90) == [5, 10, 20, 40, 80]
    shrinking = follow(settings, 10, *[2] * 21)
    # The present number counts as recommended at the first look; that is 300 s old at the 21st.
    assert shrinking == [10] * 20 + [2]


def test_without_behavior_four_or_twice_as_many_may_be_there_at_once() -> None:
    settings = Autoscaler(max_replicas=100)
    assert follow(settings, 1, 90, 90, 90, 90, 90) == [4, 8, 16, 32, 64]
    assert follow(settings, 10, *[2] * 22) == [10] * 21 + [2]


def test_without_behavior_the_highest_recommendation_of_five_minutes_holds_also_when_scaling_up() -> None:
    settings = Autoscaler(max_replicas=100)
    # 30 was asked for and limited to 8; 5 a moment later does not stop the way up.
    assert follow(settings, 4, 30, 5, 5) == [8, 16, 30]
    assert follow(Autoscaler(min_replicas=3, max_replicas=6), 4, 30, 0) == [6, 6]


@pytest.mark.parametrize("behavior", [None, Behavior()])
def test_the_number_never_leaves_the_bounds(behavior: Behavior | None) -> None:
    settings = Autoscaler(min_replicas=2, max_replicas=7, behavior=behavior)
    wanted = [0, 40, 3, 0, 0, 100, 1, 0, 50, 2] * 10
    assert all(2 <= number <= 7 for number in follow(settings, 3, *wanted))
