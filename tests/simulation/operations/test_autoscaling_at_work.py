"""An autoscaler in a running world takes the very steps that a trace computed by hand gives."""

from itertools import accumulate

import pytest

from bookdelivery.simulation import Deployment, Result
from bookdelivery.simulation.load import Trace
from bookdelivery.simulation.operations import (
    Autoscaler,
    Behavior,
    Platform,
    PolicyType,
    Probe,
    ScalingPolicy,
    ScalingRules,
)
from tests.simulation.operations.tills import changes_of, lost, simulate_tills, tills

CPU_S = 0.0205
"""Of a guest. Ten guests a second use 20.5 % of a core."""


def guests(*phases: tuple[float, float]) -> Trace:
    """Guests at an even rate a second, for so many seconds each."""
    gaps = [1 / rate for rate, lasts_s in phases for _ in range(round(rate * lasts_s))]
    return Trace(list(accumulate(gaps)))


def scaled(load: Trace, lasts: float, autoscaler: Autoscaler, **changes: object) -> Result:
    platform = Platform(readiness=Probe(period_s=5), autoscaler=autoscaler)
    deployment = tills(platform, replicas=1, start_up_s=4.0, cpu_s=CPU_S, **changes)
    return simulate_tills(deployment, load=load, lasts=lasts)


def looks(result: Result) -> list[tuple[int, int, int, int]]:
    """What was ready, measured, recommended and decided, at 15 s, 30 s, and so on."""
    scaling = result.scaling
    assert scaling["time_s"].tolist() == [15.0 * number for number in range(1, len(scaling) + 1)]
    columns = scaling[["ready", "cpu_percent", "recommended", "replicas"]]
    return list(columns.itertuples(index=False, name=None))


def test_the_number_of_pods_follows_the_trace_computed_by_hand() -> None:
    one_pod_a_minute = ScalingRules(
        stabilization_window_s=60, policies=[ScalingPolicy(type=PolicyType.PODS, value=1, period_s=60)]
    )
    autoscaler = Autoscaler(max_replicas=4, target_cpu_percent=20, behavior=Behavior(scale_down=one_pod_a_minute))
    result = scaled(guests((10, 60), (30, 90), (5, 165)), 300.0, autoscaler)
    assert looks(result)[:19] == [
        (1, -1, -1, 1),  # 15: the first sample takes two readings
        (1, 20, 1, 1),  # 30: 10 a second x 0.0205 s = 20.5 %; 20 / 20 = 1
        (1, 20, 1, 1),
        (1, 20, 1, 1),  # 60: now thirty a second come
        (1, 61, 4, 4),  # 75: 61.5 %; 61 / 20 = 3.05, 3.05 pods; up to four more are allowed at once
        # 90: the new ones are ready since 80 and were not so for a whole sample, so they count as using nothing. The
        # old one had 30 a second for 5 s and 7.5 for 10 s: 15 a second, 30.75 %; 30 / 4 = 7 % would turn it round.
        (4, 30, 4, 4),
        (4, 15, 3, 4),  # 105: 7.5 a second each: 15.4 %; 15 / 20 = 0.75, 0.75 x 4 = 3; the 4 of 75 and 90 hold
        (4, 15, 3, 4),  # 120
        (4, 15, 3, 4),  # 135
        (4, 15, 3, 3),  # 150: the 4 of 90 is 60 s old and does not count any more
        (3, 3, 1, 3),  # 165: 5 a second over 3 pods: 3.4 %; 3 / 20 x 3 = 0.45; the 3 of before hold
        (3, 3, 1, 3),
        (3, 3, 1, 3),
        (3, 3, 1, 2),  # 210: nothing but ones within 60 s; one pod a minute, the last went 60 s ago
        (2, 5, 1, 2),  # 225: 2.5 a second each: 5.1 %
        (2, 5, 1, 2),
        (2, 5, 1, 2),
        (2, 5, 1, 1),  # 270: a minute later
        (1, 10, 1, 1),  # 285: 10.25 %; 10 / 20 = 0.5, 0.5 x 1, rounded up
    ]
    assert not len(lost(result))


def test_more_pods_make_the_wait_shorter_until_the_most_that_are_allowed() -> None:
    # Sixty a second are more than one core can do, which is 48.8.
    result = scaled(guests((60, 60)), 60.0, Autoscaler(max_replicas=3, target_cpu_percent=20), cores=1.0, workers=100)
    assert result.scaling["replicas"].tolist()[1:3] == [3, 3]
    requests = result.requests
    assert requests.query("arrived_s < 30")["latency_s"].max() == 5.0
    assert requests.query("arrived_s > 45")["latency_s"].median() < 0.05


def test_the_pods_that_were_added_last_go_first() -> None:
    down = ScalingRules(stabilization_window_s=0, policies=[ScalingPolicy(type=PolicyType.PODS, value=9, period_s=15)])
    autoscaler = Autoscaler(max_replicas=2, target_cpu_percent=20, behavior=Behavior(scale_down=down))
    result = scaled(guests((30, 60), (5, 60)), 120.0, autoscaler)
    assert changes_of(result, "till-1") == [(0.0, "up")]
    assert [change for _, change in changes_of(result, "till-2")] == ["starting", "up", "ready", "ending", "ended"]


@pytest.mark.parametrize("replicas", [1, 7])
def test_a_number_outside_of_the_bounds_is_put_right_at_the_first_look(replicas: int) -> None:
    platform = Platform(autoscaler=Autoscaler(min_replicas=2, max_replicas=3))
    result = simulate_tills(tills(platform, replicas=replicas), lasts=20.0)
    assert result.scaling["replicas"].iloc[0] == min(max(replicas, 2), 3)


def test_cpu_time_is_shared_by_what_computes_at_the_same_time() -> None:
    # Two guests at once on one core take twice as long each; on two cores they do not.
    both = Trace([1.0, 1.0])
    for cores, latency_s in ((1.0, 0.202), (2.0, 0.102)):
        deployment = Deployment(replicas=1, service_s=0.0, cpu_s=0.1, cores=cores)
        result = simulate_tills(deployment, load=both, lasts=5.0)
        assert result.requests["latency_s"].to_numpy() == pytest.approx(latency_s)
