"""What happens in an episode, reckoned by hand, and what biasing it does to its weight."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Deterministic, Uniform
from bookdelivery.simulation.streams import Streams
from bookdelivery.simulation.uptime import (
    CommonOutage,
    Episode,
    Episodes,
    Fleet,
    PodFailure,
    Rollouts,
    Sum,
    noticed_after,
)

NEVER_S = 1e15
"""A mean time between failures so long that none comes in between."""


def played(fleet: Fleet, cause: str, biased: bool = False) -> Episode:
    return Episodes(fleet, Streams(1)).play(cause, biased)


def rollouts(**changes: Any) -> Rollouts:
    return Rollouts(**{"every_s": NEVER_S, "start_up_s": 10.0, **changes})


@pytest.mark.parametrize(
    ("fleet", "cause", "expected"),
    [
        # One of two pods is gone at once: nobody is lost.
        ({"failures": [PodFailure(label="x", mtbf_s=NEVER_S, repair_s=60.0)]}, "x", (60.0, 0.0, 0.0)),
        # It hangs and gets half of all requests until that is noticed.
        (
            {"failures": [PodFailure(label="x", mtbf_s=NEVER_S, repair_s=60.0, unnoticed_s=30.0)]},
            "x",
            (60.0, 0.0, 15.0),
        ),
        # It is mended before anybody notices.
        (
            {"failures": [PodFailure(label="x", mtbf_s=NEVER_S, repair_s=60.0, unnoticed_s=90.0)]},
            "x",
            (60.0, 0.0, 30.0),
        ),
        # Both are needed.
        ({"needed": 2, "failures": [PodFailure(label="x", mtbf_s=NEVER_S, repair_s=60.0)]}, "x", (60.0, 60.0, 0.0)),
        # Everything is gone.
        ({"outages": [CommonOutage(label="zone", mtbf_s=NEVER_S, lasts_s=100.0)]}, "zone", (100.0, 100.0, 100.0)),
        # One pod more than replicas at a time: two waves, nobody notices.
        ({"rollouts": rollouts()}, "rollout", (20.0, 0.0, 0.0)),
        ({"needed": 2, "rollouts": rollouts()}, "rollout", (20.0, 0.0, 0.0)),
        # One pod fewer at a time.
        ({"needed": 2, "rollouts": rollouts(max_surge=0, max_unavailable=1)}, "rollout", (20.0, 20.0, 0.0)),
        # One more and one fewer: both in one wave, one of them missing.
        ({"needed": 2, "rollouts": rollouts(max_unavailable=1)}, "rollout", (10.0, 10.0, 0.0)),
        # Without a probe all requests meet pods that still start.
        ({"rollouts": rollouts(probed=False)}, "rollout", (10.0, 10.0, 10.0)),
        # A bad version is stopped by the probe at its first pod, and missed without one.
        ({"rollouts": rollouts(bad=1.0, rolled_back_s=300.0)}, "rollout", (300.0, 0.0, 0.0)),
        (
            {"needed": 2, "rollouts": rollouts(max_surge=0, max_unavailable=1, bad=1.0, rolled_back_s=300.0)},
            "rollout",
            (300.0, 300.0, 0.0),
        ),
        ({"rollouts": rollouts(probed=False, bad=1.0, rolled_back_s=300.0)}, "rollout", (310.0, 310.0, 310.0)),
    ],
)
def test_an_episode_is_what_one_reckons_by_hand(fleet: dict[str, Any], cause: str, expected: tuple[float, ...]) -> None:
    assert played(Fleet(**{"replicas": 2, **fleet}), cause) == (1.0, *expected)


def test_with_a_single_pod_a_hang_loses_all_requests_and_its_repair_too() -> None:
    hang = PodFailure(label="x", mtbf_s=NEVER_S, repair_s=60.0, unnoticed_s=30.0)
    assert played(Fleet(replicas=1, failures=[hang]), "x") == (1.0, 60.0, 60.0, 60.0)


OFTEN = Fleet(replicas=3, failures=[PodFailure(label="x", mtbf_s=5_000.0, repair_s=Uniform(50.0, 150.0))])


def test_weights_are_one_on_average_and_never_above_two() -> None:
    episodes = Episodes(OFTEN, Streams(2))
    weights = np.array([episodes.play("x", biased=True).weight for _ in range(20_000)])
    assert weights.max() <= 2.0
    assert weights.mean() == pytest.approx(1.0, abs=4 * weights.std() / np.sqrt(len(weights)))


def test_biased_episodes_see_far_more_outages_and_weighed_come_to_the_same() -> None:
    straight = Episodes(OFTEN, Streams(3))
    plain = np.array([straight.play("x", biased=False).down_s for _ in range(60_000)])
    hurried = Episodes(OFTEN, Streams(4))
    biased = [hurried.play("x", biased=True) for _ in range(20_000)]
    weighed = np.array([one.weight * one.down_s for one in biased])
    assert sum(one.down_s > 0 for one in biased) > 30 * (plain > 0).sum() > 0
    error = np.hypot(plain.std() / np.sqrt(len(plain)), weighed.std() / np.sqrt(len(weighed)))
    assert weighed.mean() == pytest.approx(plain.mean(), abs=4 * error)


def test_a_probe_notices_after_the_failures_it_waits_for_and_up_to_a_period_more() -> None:
    assert noticed_after(10.0, 3, 1.0) == Uniform(21.0, 31.0)
    assert noticed_after(5.0, 1) == Uniform(0.0, 5.0)


def test_durations_that_follow_each_other_add_up() -> None:
    total = Sum([1.0, Uniform(2.0, 4.0)])
    assert total.parts[0] == Deterministic(1.0)
    assert total.mean_s == 4.0
    draw = total.draws(np.random.Generator(np.random.PCG64(1)))
    values = [draw() for _ in range(200)]
    assert 3.0 <= min(values) < 3.2
    assert 4.8 < max(values) <= 5.0


CRASH = PodFailure(label="x", mtbf_s=10.0, repair_s=1.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Fleet(replicas=0, failures=[CRASH]), r"Fleet\.replicas"),
        (
            lambda: Fleet(replicas=2, needed=3, failures=[CRASH]),
            r"needed is 3, but must be at most as many as replicas, 2",
        ),
        (lambda: Fleet(replicas=2), r"one or more in all"),
        (lambda: Fleet(replicas=2, failures=[CRASH, CRASH]), r"troubles of different names"),
        (lambda: Fleet(replicas=2, failures=["crash"]), r"Fleet\.failures\[0\]"),
        (
            lambda: Fleet(replicas=2, failures=[CRASH], rollouts="weekly"),  # type: ignore[arg-type]
            r"Fleet\.rollouts",
        ),
        (lambda: PodFailure(label="x", mtbf_s=0.0, repair_s=1.0), r"PodFailure\.mtbf_s"),
        (lambda: PodFailure(label="x", mtbf_s=1.0, repair_s="long"), r"PodFailure\.repair_s"),
        (lambda: CommonOutage(label=" ", mtbf_s=1.0, lasts_s=1.0), r"CommonOutage\.label"),
        (lambda: rollouts(max_surge=0), r"Rollouts\.max_surge is 0, but must be 1 or more"),
        (lambda: rollouts(max_unavailable=None), r"Rollouts\.max_unavailable"),
        (lambda: rollouts(bad=1.5), r"Rollouts\.bad"),
        (lambda: rollouts(probed="yes"), r"Rollouts\.probed"),
        (lambda: Sum(["long"]), r"Sum\.parts\[0\]"),
        (lambda: noticed_after(0.0), r"period_s"),
        (lambda: noticed_after(1.0, failures=0), r"failures"),
    ],
)
def test_what_makes_no_fleet_is_refused(make: Any, message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        make()
