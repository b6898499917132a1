"""One look of the autoscaler, each case computed by hand from Kubernetes' rules."""

import pytest

from bookdelivery.simulation.operations import Autoscaler, Behavior, PolicyType, ScalingPolicy, ScalingRules
from bookdelivery.simulation.operations.utilization import PodSeen, recommend

HALF = Autoscaler(max_replicas=100, target_cpu_percent=50)
NOW_S = 10_000.0


def seen(use: int | None, **changes: object) -> PodSeen:
    """A pod that has been ready for long and asks for a whole core."""
    given: dict[str, object] = {
        "request_millicores": 1000,
        "running": True,
        "started_s": 0.0,
        "ready": True,
        "ready_changed_s": 10.0,
        "use_millicores": use,
        "sampled_s": NOW_S - 5,
        "sample_window_s": 15.0,
    }
    return PodSeen(**{**given, **changes})  # type: ignore[arg-type]


def pending() -> PodSeen:
    return seen(None, running=False, ready=False)


def warming_up(use: int) -> PodSeen:
    return seen(use, started_s=NOW_S - 40, ready=False, ready_changed_s=NOW_S - 40)


def replicas(settings: Autoscaler, *pods: PodSeen, current: int | None = None) -> int:
    answer = recommend(settings, len(pods) if current is None else current, pods, NOW_S)
    assert answer is not None
    return answer.replicas


@pytest.mark.parametrize(
    ("uses", "expected"),
    [
        ([500, 500], 2),  # 50 / 50 = 1
        ([600, 600], 3),  # 60 / 50 = 1.2, 2.4 pods
        ([900, 900], 4),  # 90 / 50 = 1.8, 3.6 pods
        ([1000, 1001], 4),  # 100 / 50 = 2: the two thousandths are cut off before the division
        ([1000, 1020], 5),  # 101 / 50 = 2.02, 4.04 pods
        ([100, 100, 100], 1),  # 10 / 50 = 0.2, 0.6 pods
        ([0, 0, 0], 0),
    ],
)
def test_the_number_of_pods_is_in_proportion_to_use_over_target_rounded_up(uses: list[int], expected: int) -> None:
    assert replicas(HALF, *map(seen, uses)) == expected


@pytest.mark.parametrize(("use", "expected"), [(449, 9), (450, 10), (550, 10), (559, 10), (560, 12)])
def test_nothing_is_done_within_a_tenth_of_the_target(use: int, expected: int) -> None:
    # 44 % is out, 45 % to 55 % are in; 55.9 % are 55 whole percent; 56 % / 50 % = 1.12, 11.2 pods of 10.
    assert replicas(HALF, *[seen(use)] * 10) == expected


def test_the_average_is_that_of_the_sums_not_of_the_pods() -> None:
    small = seen(200, request_millicores=200)
    big = seen(200, request_millicores=1800)
    # 400 of 2000 are 20 %, 20 / 50 = 0.4, 0.8 pods; the mean of 100 % and 11 % would have asked for three.
    assert replicas(HALF, small, big) == 1


def test_the_use_is_told_in_whole_percent() -> None:
    answer = recommend(HALF, 3, [seen(100), seen(100), seen(199)], NOW_S)
    assert answer is not None
    assert answer.cpu_percent == 13


def test_pods_without_a_sample_are_taken_to_use_nothing_when_more_are_asked_for() -> None:
    # Two at 90 % ask for 1.8; with a third at 0 % it is 60 %: 1.2 x 3 pods = 3.6.
    assert replicas(HALF, seen(900), seen(900), seen(None)) == 4
    # With two more it is 45 %: within the tolerance.
    assert replicas(HALF, seen(900), seen(900), seen(None), seen(None)) == 4


def test_pods_without_a_sample_are_taken_to_use_all_they_request_when_fewer_are_asked_for() -> None:
    # Three at 10 % ask for 0.2; with a fourth at 100 % it is 32 %: 0.64 x 4 pods = 2.56.
    assert replicas(HALF, seen(100), seen(100), seen(100), seen(None)) == 3
    # Where the target is more than all they request they are taken to use that: 600 + 3 x 1200 of 4000 are 105 %, and
    # 105 / 120 x 4 pods = 3.5. With 100 % it would have been 3.
    double = Autoscaler(max_replicas=9, target_cpu_percent=120)
    assert replicas(double, seen(600), seen(None), seen(None), seen(None)) == 4


def test_what_turns_the_direction_round_is_not_done() -> None:
    # One at 30 % asks for fewer; with one at 100 % it is 65 %, which would ask for more.
    assert replicas(HALF, seen(300), seen(None)) == 2
    # One at 60 % asks for more; with two at 0 % it is 20 %, which would ask for fewer.
    assert replicas(HALF, seen(600), seen(None), seen(None)) == 3


def test_pods_that_are_not_ready_yet_are_left_out_unless_more_are_asked_for() -> None:
    # Fewer: two ready ones at 10 % ask for 0.2 x 2 pods; the busy one that is warming up does not count.
    assert replicas(HALF, seen(100), seen(100), warming_up(2000)) == 1
    # More: two at 90 % ask for 1.8; with the third at 0 % it is 60 %: 1.2 x 3 pods = 3.6.
    assert replicas(HALF, seen(900), seen(900), warming_up(2000)) == 4
    assert replicas(HALF, seen(900), seen(900), pending()) == 4


def test_unready_pods_keep_the_number_from_rising_again_and_again() -> None:
    # Two at 110 %: 2.2, 4.4 pods. Once three were added and are pending it is 44 %: that would turn it round.
    assert replicas(HALF, seen(1100), seen(1100)) == 5
    assert replicas(HALF, seen(1100), seen(1100), pending(), pending(), pending()) == 5


def test_a_pod_counts_once_it_was_ready_for_as_long_as_a_sample_takes() -> None:
    young = {"started_s": NOW_S - 60, "ready": True}
    too_early = seen(900, **young, ready_changed_s=NOW_S - 19)
    in_time = seen(900, **young, ready_changed_s=NOW_S - 20)
    # Left out, and taken to use nothing: 900 of 2000. Counted: 90 %.
    assert replicas(HALF, seen(900), too_early) == 2
    assert replicas(HALF, seen(900), in_time) == 4


def test_after_its_first_minutes_an_unready_pod_counts_if_it_has_ever_been_ready() -> None:
    old = {"started_s": NOW_S - 400, "ready": False}
    never_ready = seen(900, **old, ready_changed_s=NOW_S - 371)
    fell_ill = seen(900, **old, ready_changed_s=NOW_S - 370)
    assert replicas(HALF, seen(900), never_ready) == 2
    assert replicas(HALF, seen(900), fell_ill) == 4


def test_without_a_single_sample_there_is_no_answer() -> None:
    assert recommend(HALF, 2, [seen(None), warming_up(100)], NOW_S) is None
    assert recommend(HALF, 2, [], NOW_S) is None


def test_more_pods_in_the_count_never_turn_a_decrease_into_an_increase() -> None:
    # Five pods are there though only two are wanted: 30 % of 5 would be 3.
    assert replicas(HALF, *[seen(100)] * 4, seen(None), current=2) == 2


def test_fewer_pods_in_the_count_never_turn_an_increase_into_a_decrease() -> None:
    # Ten are wanted and three are there: 60 % of them ask for 1.2 x 3 = 3.6, which is more and yet fewer.
    assert replicas(HALF, seen(900), seen(900), seen(None), current=10) == 10


def test_each_direction_may_have_a_tolerance_of_its_own() -> None:
    policy = ScalingPolicy(type=PolicyType.PODS, value=9, period_s=60)
    behavior = Behavior(
        scale_up=ScalingRules(stabilization_window_s=0, policies=[policy], tolerance=0.0),
        scale_down=ScalingRules(stabilization_window_s=0, policies=[policy], tolerance=0.5),
    )
    picky = Autoscaler(max_replicas=100, target_cpu_percent=50, behavior=behavior)
    assert replicas(picky, *[seen(510)] * 10) == 11
    assert replicas(picky, *[seen(250)] * 10) == 10
    assert replicas(picky, *[seen(240)] * 10) == 5
