"""What resilience policies other than breakers did is told in a table, in figures and in a picture."""

from typing import Any

import pytest

from bookdelivery.application.protections import ContextResilience
from bookdelivery.resilience import (
    Backoff,
    BulkheadConfig,
    RateLimitConfig,
    Resilience,
    RetryBudgetConfig,
    RetryConfig,
    SheddingConfig,
)
from bookdelivery.simulation import Constant, Customers, Deployment, Network, Outage, Provider, Result
from tests.simulation.worlds import quick, run

RETRY = RetryConfig(backoff=Backoff(first_s=0.1), budget=RetryBudgetConfig(share=0.02, min_per_second=0.0))


@pytest.fixture(scope="module")
def result() -> Result:
    around_pay = Resilience(
        breaker=False, retry=RETRY, bulkhead=BulkheadConfig(max_concurrent=2, max_waiting=1), timeout_s=0.5
    )
    return run(
        quick(
            load=Constant(per_second=30),
            lasts=10.0,
            people=None,
            customers=Customers(cancels=0.0, looks=0.0),
            deployment={"order": Deployment(replicas=1), "payment": Deployment(replicas=1)},
            network=Network(loss=0.02),
            provider=Provider(latency_s=0.3),
            resilience={
                "order": ContextResilience(
                    calls={"Pay": around_pay},
                    requests=Resilience(rate_limit=RateLimitConfig(per_second=20.0, burst=2)),
                ),
                "payment": ContextResilience(
                    operations={"Pay": Resilience(shedding=SheddingConfig(max_concurrent=1))},
                ),
            },
        )
    )


def last(result: Result, around: str, policy: str) -> dict[Any, Any]:
    """The last sample of a policy, over all pods."""
    rows = result.policies.query("around == @around and policy == @policy")
    return rows.groupby("pod").last().select_dtypes("int64").sum().to_dict()


def test_a_rate_limit_counts_whom_it_lets_in_and_whom_it_turns_away(result: Result) -> None:
    counted = last(result, "requests", "rate_limit")
    told = result.requests["outcome"].value_counts()
    # Some of those answers got lost on their way.
    assert 0 < told["turned_away"] <= counted["refused"] <= told["turned_away"] + told["timed_out"]
    operations = result.operations.query("context == 'order'")["operation"]
    # Deadlines give commands, too; policies and views have a dot in their names.
    assert counted["admitted"] == (~operations.str.contains(".", regex=False)).sum()


def test_a_retry_counts_calls_attempts_beyond_the_first_and_those_its_budget_did_not_allow(result: Result) -> None:
    counted = last(result, "Pay", "retry")
    assert 0 < counted["repeated"] <= 0.02 * counted["admitted"]
    assert counted["refused"] > 0
    bulkhead = result.policies.query("context == 'order' and policy == 'bulkhead'").iloc[-1]
    # What the bulkhead kept out was never sent.
    assert bulkhead["refused"] > 0
    assert counted["admitted"] + counted["repeated"] == bulkhead["admitted"] + bulkhead["refused"]
    assert bulkhead["admitted"] == len(result.calls.query("command == 'Pay'"))


def test_a_bulkhead_says_how_many_are_inside_and_wait(result: Result) -> None:
    bulkhead = result.policies.query("context == 'order' and policy == 'bulkhead'")
    assert bulkhead["inside"].max() == 2
    assert bulkhead["waiting"].max() == 1


def test_a_call_that_the_callee_turned_away_is_told_from_one_that_got_no_answer(result: Result) -> None:
    outcomes = result.calls.query("command == 'Pay'")["outcome"].value_counts()
    assert outcomes["turned_away"] > 0
    assert outcomes["unanswered"] > 0
    assert outcomes["turned_away"] <= last(result, "Pay", "shedding")["refused"]


def test_a_full_queue_turns_calls_away_as_well() -> None:
    full = {"payment": Deployment(replicas=1, workers=1, queue_limit=0, operations={"Pay": 0.5})}
    outcomes = run(quick(lasts=5.0, deployment=full)).calls.query("command == 'Pay'")["outcome"]
    assert (outcomes == "turned_away").any()
    assert not (outcomes == "unanswered").any()


def test_the_figures_add_up_what_was_counted_in_all_lives_of_a_pod() -> None:
    limited = {"order": ContextResilience(requests=Resilience(rate_limit=RateLimitConfig(per_second=4.0, burst=1)))}
    result = run(quick(lasts=20.0, people=None, resilience=limited, faults=[Outage("order", at=8.5, lasts=2.0)]))
    turned_away = (result.requests["outcome"] == "turned_away").sum()
    told = result.summary()["value"]["policies", "order, requests: turned away by its rate limit"]
    # What happened between the last sample and the end of the pods' first lives is not told.
    assert 0.8 * turned_away < told <= turned_away
    assert last(result, "requests", "rate_limit")["refused"] < told


def test_the_picture_has_a_line_for_each_that_did_something(result: Result) -> None:
    panel = result.plot.policies().axes[-1]
    assert [text.get_text() for text in panel.get_legend().get_texts()] == [  # type: ignore[union-attr]
        "order's Pay: bulkhead",
        "order's Pay: retried",
        "order's Pay: budget spent",
        "order's requests: rate limit",
        "payment's Pay: load shedding",
    ]


def test_where_a_deployment_has_no_policies_nothing_is_written_down() -> None:
    assert len(run(quick(lasts=3.0)).policies) == 0
