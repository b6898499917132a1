"""New versions rolled out in a running world."""

import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import ClosedLoop, Deployment, Network, Outage, Topic
from bookdelivery.simulation.operations import Platform, Probe, RollingUpdate, Rollout
from tests.simulation.operations.tills import QUICK_READINESS, changes_of, lost, simulate_tills, tills
from tests.simulation.worlds import assert_all_is_well, quick, run

READINESS = Probe(initial_delay_s=10, period_s=5)
USERS = ClosedLoop(users=100, think_time_s=0.5)
ROLLOUT = Rollout("till", at=5)


def test_a_rolling_update_under_a_hundred_users_loses_nothing_with_a_readiness_probe() -> None:
    result = simulate_tills(tills(Platform(readiness=READINESS), start_up_s=8.0), load=USERS, rollouts=[ROLLOUT])
    assert len(result.requests) > 5_000
    assert not len(lost(result))
    steps = result.rollouts[["time_s", "change", "new_pods", "new_available", "old_pods"]]
    # 25 % of two pods: one more while the next is made, none missing. Each takes 8 s and is asked at the tenth.
    assert list(steps.itertuples(index=False, name=None)) == [
        (5.0, "progressing", 1, 0, 2),
        (15.0, "progressing", 2, 1, 1),
        (25.0, "complete", 2, 2, 0),
    ]


def test_the_same_update_without_a_probe_loses_what_is_sent_to_pods_that_do_not_serve_yet() -> None:
    result = simulate_tills(tills(Platform(readiness=None), start_up_s=8.0), load=USERS, rollouts=[ROLLOUT])
    failed = lost(result)
    assert set(failed["outcome"]) == {"failed"}
    assert failed["arrived_s"].between(5, 13).all()
    # A moment after the beginning nobody is left who serves.
    during = result.requests[result.requests["arrived_s"].between(6, 12)]
    assert (during["outcome"] == "failed").all()


def test_a_version_that_never_gets_ready_never_takes_over_and_fails_by_its_deadline() -> None:
    platform = Platform(readiness=QUICK_READINESS, progress_deadline_s=20, update=RollingUpdate(max_surge=1))
    bad = Rollout("till", at=5, gets_ready=False)
    result = simulate_tills(tills(platform, replicas=4), rollouts=[bad])
    assert not len(lost(result))
    assert set(result.operations["pod"]) <= {"till-1", "till-2", "till-3", "till-4"}
    # One too many and one missing at a time: two bad ones, three good ones, and there it stands.
    last = result.rollouts.iloc[-1]
    assert (last["change"], last["time_s"]) == ("failed", 25.0)
    assert (last["new_pods"], last["new_available"], last["old_pods"]) == (2, 0, 3)
    assert result.faults.iloc[0].tolist() == ["till v2 rolled out", 5.0, 25.0]


def test_without_a_probe_even_a_version_that_never_gets_ready_takes_over() -> None:
    bad = Rollout("till", at=5, gets_ready=False)
    result = simulate_tills(tills(Platform(readiness=None)), rollouts=[bad])
    assert result.rollouts["change"].iloc[-1] == "complete"


def test_the_next_version_undoes_one_that_stands_still() -> None:
    platform = Platform(readiness=QUICK_READINESS, update=RollingUpdate(max_surge=1, max_unavailable=0))
    versions = [Rollout("till", at=2, gets_ready=False), Rollout("till", at=8, version="v3")]
    result = simulate_tills(tills(platform), rollouts=versions)
    assert not len(lost(result))
    assert changes_of(result, "till-3") == [(2.0, "starting"), (5.5, "up"), (8.0, "ending"), (8.0, "ended")]
    assert set(result.rollouts["version"]) == {"v2", "v3"}
    assert result.rollouts["change"].iloc[-1] == "complete"


def test_a_version_may_start_and_serve_at_another_pace() -> None:
    heavy = Rollout("till", at=5, start_up_factor=2, service_factor=3)
    result = simulate_tills(tills(Platform(readiness=QUICK_READINESS), service_s=0.1), rollouts=[heavy])
    assert changes_of(result, "till-3")[:2] == [(5.0, "starting"), (12.0, "up")]
    operations = result.operations
    taken_s = operations["finished_s"] - operations["started_s"]
    is_old = operations["pod"].isin(["till-1", "till-2"])
    assert taken_s[is_old].to_numpy() == pytest.approx(0.1)
    assert taken_s[~is_old].to_numpy() == pytest.approx(0.3)


def test_a_new_pod_counts_only_after_it_was_ready_for_long_enough() -> None:
    platform = Platform(readiness=QUICK_READINESS, min_ready_s=4)
    result = simulate_tills(tills(platform), rollouts=[ROLLOUT])
    # Up at 8.5, ready at 9, available at 13.
    assert (13.0, "ending") in changes_of(result, "till-2")


def test_what_is_sent_before_senders_know_is_lost_unless_the_pod_waits_before_it_stops() -> None:
    hurried = Platform(readiness=QUICK_READINESS, endpoint_lag_s=1.0)
    patient = Platform(readiness=QUICK_READINESS, endpoint_lag_s=1.0, pre_stop_s=1.5)
    assert len(lost(simulate_tills(tills(hurried), load=USERS, rollouts=[ROLLOUT]))) > 10
    assert not len(lost(simulate_tills(tills(patient), load=USERS, rollouts=[ROLLOUT])))


def test_a_pod_that_is_to_go_finishes_what_it_has_begun() -> None:
    platform = Platform(readiness=QUICK_READINESS)
    result = simulate_tills(tills(platform, service_s=2.0, workers=100), rollouts=[ROLLOUT])
    assert not len(lost(result))
    (told_s, ended_s) = (
        next(at_s for at_s, change in changes_of(result, "till-2") if change == word) for word in ("ending", "ended")
    )
    assert 1.5 < ended_s - told_s < 2.1


def test_a_pod_that_does_not_finish_is_killed_when_its_grace_is_over() -> None:
    platform = Platform(readiness=QUICK_READINESS, termination_grace_period_s=1.0)
    result = simulate_tills(tills(platform, service_s=2.0, workers=100), rollouts=[ROLLOUT])
    endings = [[change for _, change in changes_of(result, pod)][-2:] for pod in ("till-1", "till-2")]
    assert endings == [["ending", "killed"]] * 2
    assert set(lost(result)["outcome"]) == {"failed"}
    assert (result.operations["outcome"] == "killed").any()


def test_messages_in_work_are_finished_and_their_partitions_go_to_others_at_once() -> None:
    platform = Platform(readiness=QUICK_READINESS)
    deployment = {"ordermanagement": Deployment(platform=platform, start_up_s=2.0), "payment": Deployment()}
    scenario = quick(deployment=deployment, rollouts=[Rollout("ordermanagement", at=10)], network=Network())
    result = run(scenario)
    assert_all_is_well(result)
    assert (result.requests.loc[result.requests["kind"] == "place", "outcome"] == "placed").all()
    assert not (result.operations["outcome"] == "killed").any()
    # After a crash it would have been the session timeout, which is 10 s.
    handled = result.messages[result.messages["context"] == "ordermanagement"]
    assert handled["lag_s"].max() < 1.0
    pods = set(result.operations.loc[result.operations["context"] == "ordermanagement", "pod"])
    assert pods == {f"ordermanagement-{number}" for number in (1, 2, 3, 4)}


def test_a_pod_that_is_to_go_takes_up_no_more_messages_however_many_wait() -> None:
    platform = Platform(readiness=QUICK_READINESS, update=RollingUpdate(max_surge=0, max_unavailable=1))
    slow = Deployment(platform=platform, start_up_s=2.0, operations={"ordermanagement.take the order's info": 0.4})
    result = run(quick(deployment={"ordermanagement": slow}, rollouts=[Rollout("ordermanagement", at=10)], lasts=20.0))
    assert_all_is_well(result)
    for pod in ("ordermanagement-1", "ordermanagement-2"):
        (told_s, told), (ended_s, ended) = changes_of(result, pod)[-2:]
        assert (told, ended) == ("ending", "ended")
        assert ended_s - told_s < 1.0
    assert set(result.operations.query("context == 'ordermanagement'")["outcome"]) <= {"done", "refused"}


def test_a_pod_that_is_to_go_publishes_what_was_decided_by_then() -> None:
    platform = Platform(readiness=QUICK_READINESS, update=RollingUpdate(max_surge=0, max_unavailable=1))
    alone = Deployment(replicas=1, platform=platform, start_up_s=8.0)
    rollout = Rollout("ordermanagement", at=15)
    result = run(quick(deployment={"ordermanagement": alone}, rollouts=[rollout], topic=Topic(publish_s=0.3)))
    assert_all_is_well(result)
    events = result.events.query("source == 'ordermanagement'")
    assert ((events["time_s"] > 14.7) & (events["time_s"] < 15.1)).any()
    # Whoever comes after it would have published it 8 s later.
    assert (events["published_s"] - events["time_s"]).max() < 2.0


def test_a_pod_that_was_told_to_stop_refuses_whoever_does_not_know_yet() -> None:
    platform = Platform(readiness=QUICK_READINESS, endpoint_lag_s=1.0)
    result = simulate_tills(tills(platform, service_s=2.0, workers=100), rollouts=[ROLLOUT])
    told_s = next(at_s for at_s, change in changes_of(result, "till-2") if change == "ending")
    taken = result.operations.query("pod == 'till-2'")["arrived_s"]
    assert told_s - 0.3 < taken.max() <= told_s + 0.001
    assert lost(result)["arrived_s"].between(told_s - 0.002, told_s + 1.0).any()


def test_progress_begins_the_deadline_anew() -> None:
    platform = Platform(readiness=QUICK_READINESS, progress_deadline_s=6)
    result = simulate_tills(tills(platform, replicas=6), rollouts=[ROLLOUT], lasts=40.0)
    assert result.rollouts["time_s"].max() - ROLLOUT.at > 6
    assert result.rollouts["change"].tolist()[-1] == "complete"
    assert "failed" not in set(result.rollouts["change"])


def test_an_outage_in_mid_rollout_delays_it_and_no_more() -> None:
    platform = Platform(readiness=QUICK_READINESS)
    result = simulate_tills(tills(platform), rollouts=[ROLLOUT], faults=[Outage("till", at=7, lasts=5)], lasts=40.0)
    assert result.rollouts["change"].iloc[-1] == "complete"
    assert lost(result)["arrived_s"].between(6.9, 16.1).all()
    assert set(result.operations.query("arrived_s > 30")["pod"]) == {"till-3", "till-4"}


def test_a_rollout_needs_a_platform() -> None:
    with pytest.raises(InvalidField, match=r"deployment\['till'\].platform is None, but must be a Platform: till v2"):
        simulate_tills(tills(None), rollouts=[ROLLOUT])
