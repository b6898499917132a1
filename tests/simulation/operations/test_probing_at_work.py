"""Probes and restarts in a running world."""

from bookdelivery.simulation import Crash, Outage, RandomCrashes
from bookdelivery.simulation.operations import Platform, Probe, RestartBackOff, Unhealthy
from tests.simulation.operations.tills import QUICK_READINESS, changes_of, lost, simulate_tills, tills

LIVENESS = Probe(period_s=2, timeout_s=1, failure_threshold=2)


def test_a_pod_that_fails_its_liveness_probe_is_started_again_until_it_is_well() -> None:
    platform = Platform(liveness=LIVENESS, readiness=QUICK_READINESS)
    result = simulate_tills(tills(platform, start_up_s=0.5), faults=[Unhealthy("till", at=3, restarts=2)], lasts=40.0)
    # Asked at 4 and 6, each time in vain for a second. The first restart is at once; the process is unwell again, and
    # is asked at 8 and 10, killed at 11, and waits for 10 s before its third life, in which it is well.
    assert changes_of(result, "till-1") == [
        (0.0, "up"),
        (4.0, "unready"),
        (7.0, "killed"),
        (7.0, "starting"),
        (7.5, "up"),
        (11.0, "killed"),
        (11.0, "waiting"),
        (21.0, "starting"),
        (21.5, "up"),
        (22.0, "ready"),
    ]
    assert changes_of(result, "till-2") == [(0.0, "up")]
    assert not len(lost(result))


def test_without_a_liveness_probe_nobody_helps_an_unhealthy_pod() -> None:
    result = simulate_tills(tills(Platform(readiness=QUICK_READINESS)), faults=[Unhealthy("till", at=3, pods=2)])
    assert changes_of(result, "till-1") == [(0.0, "up"), (4.0, "unready")]
    # It was asked at 3, and gave no answer within a second; after that neither of them gets requests.
    failed = lost(result)
    assert failed["arrived_s"].min() > 3.9
    assert (result.requests.query("arrived_s > 4.1")["outcome"] == "failed").all()


def test_a_pod_that_crashes_gets_no_requests_until_it_is_ready_again() -> None:
    result = simulate_tills(tills(Platform(readiness=QUICK_READINESS)), faults=[Crash("till", at=5.05)])
    assert changes_of(result, "till-1") == [
        (0.0, "up"),
        (5.05, "killed"),
        (5.05, "unready"),
        (6.05, "starting"),
        (9.55, "up"),
        (10.0, "ready"),
    ]
    assert len(lost(result)) <= 1


def test_without_a_readiness_probe_a_pod_that_starts_is_sent_requests_that_it_refuses() -> None:
    result = simulate_tills(tills(Platform()), faults=[Crash("till", at=5.05)])
    failed = lost(result)
    # It starts at 6.05, serves at 9.55, and gets every second request in between.
    assert 16 <= len(failed) <= 19
    assert failed["arrived_s"].between(5, 9.6).all()


def test_a_pod_that_crashes_again_and_again_waits_ever_longer() -> None:
    platform = Platform(readiness=QUICK_READINESS, restarts=RestartBackOff(first_s=2, longest_s=8))
    crashes = [Crash("till", at=at, restart_after_s=0.0) for at in (2.0, 4.0, 10.0, 20.0)]
    result = simulate_tills(tills(platform, replicas=1, start_up_s=0.5), faults=crashes, lasts=40.0)
    starts = [at_s for at_s, change in changes_of(result, "till-1") if change == "starting"]
    assert starts == [2.0, 6.0, 14.0, 28.0]


def test_an_outage_takes_all_pods_and_they_get_ready_one_by_one_after_it() -> None:
    patient = Probe(initial_delay_s=4, period_s=2, failure_threshold=2)
    platform = Platform(readiness=QUICK_READINESS, liveness=patient)
    result = simulate_tills(tills(platform), faults=[Outage("till", at=5, lasts=5)])
    for pod in ("till-1", "till-2"):
        assert changes_of(result, pod)[1:] == [
            (5.0, "killed"),
            (5.0, "unready"),
            (10.0, "starting"),
            (13.5, "up"),
            (14.0, "ready"),
        ]


def test_what_a_process_failed_to_answer_is_not_held_against_the_next_one() -> None:
    platform = Platform(liveness=Probe(period_s=2, timeout_s=1, failure_threshold=3), readiness=QUICK_READINESS)
    faults = [Unhealthy("till", at=3), Crash("till", at=7.5, restart_after_s=0.0)]
    result = simulate_tills(tills(platform, start_up_s=3.0), faults=faults)
    # Asked in vain at 4 and 6; a third time, at 8, would have been the end of it.
    assert changes_of(result, "till-1")[2:] == [(7.5, "killed"), (7.5, "starting"), (10.5, "up"), (11.0, "ready")]


def test_a_liveness_probe_that_does_not_wait_for_the_start_never_lets_a_pod_come_up() -> None:
    result = simulate_tills(
        tills(Platform(liveness=LIVENESS), start_up_s=3.5), faults=[Crash("till", at=4.5)], lasts=60.0
    )
    # It starts at 5.5 and is asked in vain at 6 and 8; the next ones wait for 10 and 20 s, and are killed 2 s later.
    changes = changes_of(result, "till-1")
    assert [at_s for at_s, change in changes if change == "starting"] == [5.5, 18.0, 40.0]
    assert [at_s for at_s, change in changes if change == "killed"] == [4.5, 8.0, 20.0, 42.0]
    assert not any(change == "up" for at_s, change in changes if at_s > 0)


def test_two_probed_pods_that_crash_at_random_serve_nearly_always() -> None:
    platform = Platform(readiness=QUICK_READINESS, restarts=RestartBackOff(first_s=1, longest_s=2))
    crashes = RandomCrashes("till", mean_time_between_s=20, restart_after_s=0.0)
    result = simulate_tills(tills(platform, replicas=3, start_up_s=1.0), faults=[crashes], lasts=200.0)
    assert (result.pods["change"] == "killed").sum() > 4
    assert len(lost(result)) < 0.02 * len(result.requests)
