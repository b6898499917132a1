"""Pods that fail at random, contexts that go for good, stores that do not answer, clocks that are wrong."""

import numpy as np
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Constant, Deployment, Result
from bookdelivery.simulation.distributions import Weibull
from bookdelivery.simulation.faults import (
    ClockSkew,
    Crash,
    ErrorRate,
    Outage,
    RandomCrashes,
    RandomOutages,
    Removal,
    StoreDown,
)
from tests.simulation.faults.small import BEGIN_S, END_S, during, outside, run_with, small
from tests.simulation.worlds import SHOP_WITH_A_TILL, Guests, assert_all_is_well, run


def up_for_s(result: Result, pod: str, until_s: float) -> float:
    """How long a pod served, in seconds."""
    changes = result.pods[(result.pods["pod"] == pod) & result.pods["change"].isin(["up", "killed"])]
    total, since_s = 0.0, None
    for at_s, change in changes[["time_s", "change"]].itertuples(index=False):
        if change == "up":
            since_s = at_s
        elif since_s is not None:
            total += min(at_s, until_s) - min(since_s, until_s)
            since_s = None
    return total + (until_s - min(since_s, until_s) if since_s is not None else 0.0)


@pytest.mark.slow
def test_pods_that_fail_at_random_are_up_for_mtbf_over_mtbf_and_mttr_of_the_time_each_for_itself() -> None:
    lasts_s = 200_000.0
    scenario = small(
        load=Constant(per_second=0.01),
        lasts=lasts_s,
        customers=Guests(),
        people=None,
        terms={},
        deployment={"till": Deployment(replicas=3, start_up_s=0.0)},
        faults=RandomOutages("till", time_between_s=Weibull(80.0, 1.5), time_to_repair_s=20.0),
        sample_every_s=1_000.0,
    )
    result = run(scenario, SHOP_WITH_A_TILL)
    parts = [up_for_s(result, f"till-{number}", lasts_s) / lasts_s for number in (1, 2, 3)]
    # 2,000 cycles a pod: the standard error of a part is about 0.8 * 0.2 * 0.68 / sqrt(2000) = 0.0024.
    assert parts == [pytest.approx(0.8, abs=0.01)] * 3
    assert len(set(parts)) == 3


def test_a_crash_at_a_step_is_shown_from_its_moment_to_the_restart_and_not_at_all_if_the_step_is_never_taken() -> None:
    crash, never = Crash("delivery", at_step=5, restart_after_s=2.0), Crash("delivery", at_step=10**9)
    result = run_with(crash, never)
    pods = result.pods
    died_s = pods.loc[(pods["context"] == "delivery") & (pods["change"] == "killed"), "time_s"].tolist()
    assert len(died_s) == 1
    assert result.faults.values.tolist() == [[crash.label, died_s[0], died_s[0] + 2.0]]


def test_the_table_of_faults_has_each_time_at_which_chance_struck_and_no_other() -> None:
    trouble = RandomOutages("delivery", time_between_s=6.0, time_to_repair_s=3.0, each_pod=False)
    crashes = RandomCrashes("mypage", mean_time_between_s=5.0, restart_after_s=0.5)
    result = run_with(trouble, crashes)
    for fault, context in ((trouble, "delivery"), (crashes, "mypage")):
        told = result.faults[result.faults["label"] == fault.label]
        killed = result.pods[(result.pods["context"] == context) & (result.pods["change"] == "killed")]
        assert sorted(told["start_s"]) == sorted(set(killed["time_s"]))
        assert len(told) >= 2
    of_outages = result.faults[result.faults["label"] == trouble.label]
    assert (of_outages["end_s"] - of_outages["start_s"]).round(9).eq(3.0).all()


def test_a_pod_that_is_killed_while_it_starts_leaves_a_row() -> None:
    slow = {"delivery": Deployment(replicas=1, start_up_s=5.0)}
    result = run_with(
        Outage("delivery", at=3.0, lasts=1.0), Outage("delivery", at=6.0, lasts=2.0), deployment=slow, people=None
    )
    changes = result.pods[result.pods["context"] == "delivery"]
    assert list(zip(changes["time_s"], changes["change"], strict=True)) == [
        (0.0, "up"),
        (3.0, "killed"),
        (4.0, "starting"),
        (6.0, "killed"),
        (8.0, "starting"),
        (13.0, "up"),
    ]


def test_outages_of_a_whole_context_take_all_its_pods_at_once() -> None:
    result = run_with(RandomOutages("delivery", time_between_s=6.0, time_to_repair_s=3.0, each_pod=False))
    killed = result.pods[(result.pods["context"] == "delivery") & (result.pods["change"] == "killed")]
    assert killed.groupby("time_s")["pod"].nunique().eq(2).all()
    assert killed["time_s"].nunique() >= 2
    assert_all_is_well(result)


def test_a_context_that_is_removed_does_nothing_any_more_and_the_core_goes_on() -> None:
    result = run_with(Removal("delivery", at=BEGIN_S), drain_within_s=60.0)
    done = result.operations[(result.operations["context"] == "delivery") & (result.operations["outcome"] == "done")]
    assert done["finished_s"].max() <= BEGIN_S
    assert not result.drained
    placing = result.requests[result.requests["kind"] == "place"]
    assert set(placing["outcome"]) == {"placed"}
    late = result.orders[result.orders["arrived_s"] > BEGIN_S]
    assert set(late["status"]) == {"packed"}
    assert result.faults[["start_s", "end_s"]].values.tolist() == [[BEGIN_S, result.world.ended_s]]


def test_while_its_store_is_down_a_context_commits_nothing_and_afterwards_it_goes_on() -> None:
    result = run_with(StoreDown("ordermanagement", at=BEGIN_S, lasts=END_S - BEGIN_S))
    mine = result.events[result.events["source"] == "ordermanagement"]
    assert during(mine, "time_s", BEGIN_S + 0.1).empty
    assert len(outside(mine, "time_s")) > 5
    placing = result.requests[result.requests["kind"] == "place"]
    assert set(placing["outcome"]) == {"placed"}
    assert_all_is_well(result)


def test_customers_of_a_context_without_its_store_are_told_that_it_failed() -> None:
    result = run_with(StoreDown("order", at=BEGIN_S, lasts=END_S - BEGIN_S))
    placing = result.requests[result.requests["kind"] == "place"]
    assert set(during(placing, "arrived_s")["outcome"]) == {"failed"}
    assert set(outside(placing, "arrived_s")["outcome"]) == {"placed"}
    assert_all_is_well(result)


def test_the_part_of_operations_that_fails_is_the_one_given() -> None:
    result = run_with(ErrorRate("order", probability=0.3, operations=["PlaceOrder"]), lasts=60.0)
    placing = result.requests[result.requests["kind"] == "place"]
    assert (placing["outcome"] == "failed").mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / len(placing)))
    operations = result.operations[result.operations["context"] == "order"]
    failed = operations.loc[operations["outcome"] == "failed", "operation"]
    assert set(failed) == {"PlaceOrder"}
    assert_all_is_well(result)


def test_messages_whose_handling_fails_are_fetched_again_until_it_does_not() -> None:
    policy = min(name for name in run_with().operations["operation"] if name.startswith("ordermanagement."))
    result = run_with(ErrorRate("ordermanagement", probability=0.2, operations=[policy]))
    operations = result.operations[result.operations["operation"] == policy]
    assert (operations["outcome"] == "failed").sum() > 5
    assert_all_is_well(result)


def test_a_wrong_clock_shows_in_the_times_of_events_and_in_nothing_else() -> None:
    result = run_with(ClockSkew("payment", by_s=100.0, at=BEGIN_S, lasts=END_S - BEGIN_S))
    approved = result.events[result.events["type"] == "PayApproved"]
    skewed = approved[approved["time_s"] > 100.0]
    assert len(skewed) == pytest.approx(40, abs=3)
    assert skewed["published_s"].between(BEGIN_S, END_S + 1).all()
    assert_all_is_well(result)


def test_a_clock_that_is_behind_loses_no_order() -> None:
    assert_all_is_well(run_with(ClockSkew("order", by_s=-8.0, at=5.0, lasts=20.0)))


def test_several_faults_at_once_each_do_what_they_do_alone() -> None:
    faults = (StoreDown("mypage", at=5.0, lasts=5.0), StoreDown("mypage", at=8.0, lasts=7.0))
    result = run_with(*faults)
    shown = result.views["shown_s"]
    assert shown.between(5.1, 15.0).sum() == 0
    assert shown.between(0.0, 5.0).sum() > 5
    assert_all_is_well(result)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: RandomOutages("order", time_between_s=0),
            "RandomOutages.time_between_s is .*must be a time that is not",
        ),
        (lambda: ErrorRate("order", probability=1.2), "ErrorRate.probability is 1.2, but must be a probability"),
        (
            lambda: ErrorRate("order", probability=0.2, operations="Pay"),
            "ErrorRate.operations is 'Pay', but must be a list",
        ),
        (lambda: ClockSkew("order", by_s=float("inf")), "ClockSkew.by_s is inf, but must be a number of seconds"),
        (
            lambda: run_with(ErrorRate("order", probability=0.2, operations=["Pay"])),
            "ErrorRate.operations is 'Pay', but must be one of CancelOrder, ",
        ),
        (
            lambda: run_with(deployment={"order": Deployment(operations={"Place": 1.0})}),
            r"Scenario.deployment\['order'\].operations is 'Place', but must be one of CancelOrder, ",
        ),
        (lambda: run_with(StoreDown("ordr")), "StoreDown.context is 'ordr', but must be one of delivery, "),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(make, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidField, match=message):
        make()


def test_what_was_taken_away_for_good_is_no_reason_to_find_the_rest_at_fault() -> None:
    result = run_with(Removal("delivery", at=BEGIN_S), drain_within_s=60.0)
    assert not result.drained
    assert set(result.verdicts()["verdict"]) == {"met", "undecided"}
