"""The policies that a scenario puts around calls and operations, at work in simulated pods."""

from typing import Any

import pytest

from bookdelivery.application.protections import ContextResilience
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience import (
    Backoff,
    BulkheadConfig,
    RateLimitConfig,
    Resilience,
    RetryConfig,
    SheddingConfig,
)
from bookdelivery.simulation import (
    DEFAULT_SYSTEM,
    Constant,
    Customers,
    Deployment,
    Network,
    Provider,
    Result,
    Scenario,
    simulate,
)
from tests.simulation.worlds import assert_all_is_well, fingerprint, quick, run

QUIET = Customers(cancels=0.0, looks=0.0)


def test_a_full_bulkhead_before_payment_holds_customers_off_and_they_pay_later() -> None:
    two = Resilience(breaker=False, bulkhead=BulkheadConfig(max_concurrent=2))
    result = run(
        quick(resilience={"order": ContextResilience(calls={"Pay": two})}, provider=Provider(latency_s=1.0), lasts=10.0)
    )
    assert_all_is_well(result)
    outcomes = set(result.requests.query("kind == 'place'")["outcome"])
    assert len(outcomes) > 1
    pay = result.calls.query("caller == 'order' and command == 'Pay'").sort_values("started_s")
    under_way = [((pay["started_s"] <= at) & (pay["finished_s"] > at)).sum() for at in pay["started_s"]]
    # Two pods with two places each.
    assert max(under_way) == 4
    assert len(result.breakers) == 0


def test_who_is_refused_for_want_of_room_is_turned_away_at_once() -> None:
    rarely = Resilience(rate_limit=RateLimitConfig(per_second=1.0, burst=1))
    result = run(
        quick(
            load=Constant(per_second=10),
            lasts=20.0,
            customers=QUIET,
            deployment={"order": Deployment(replicas=1)},
            resilience={"order": ContextResilience(operations={"PlaceOrder": rarely})},
        )
    )
    assert_all_is_well(result)
    placed = result.requests.query("kind == 'place'")
    turned_away = placed[placed["outcome"] == "turned_away"]
    assert 17 <= len(placed) - len(turned_away) <= 20
    assert turned_away["latency_s"].max() < 0.01


@pytest.mark.slow
def test_load_shedding_keeps_the_answers_quick_that_are_given_under_overload() -> None:
    def latency_s(policies: dict[str, ContextResilience]) -> Any:
        result = run(
            quick(
                load=Constant(per_second=40),
                lasts=20.0,
                customers=QUIET,
                deployment={"order": Deployment(replicas=1, workers=1, operations={"PlaceOrder": 0.05})},
                resilience=policies,
            )
        )
        placed = result.requests.query("kind == 'place' and outcome != 'turned_away'")
        return placed["latency_s"].quantile(0.9)

    shedding = Resilience(shedding=SheddingConfig(max_concurrent=1))
    assert latency_s({}) > 2.0
    assert latency_s({"order": ContextResilience(requests=shedding)}) < 0.8


def test_on_a_bad_line_retries_spare_customers_to_pay_later_and_a_seed_gives_the_same_retries() -> None:
    def scenario(retry: RetryConfig | None) -> Scenario:
        calls = {"Pay": Resilience(breaker=False, retry=retry, timeout_s=0.3)}
        return quick(resilience={"order": ContextResilience(calls=calls)}, network=Network(loss=0.1), lasts=10.0)

    def deferred(result: Result) -> int:
        return int((result.requests.query("kind == 'place'")["outcome"] == "deferred").sum())

    with_retries = run(scenario(RetryConfig(backoff=Backoff(first_s=0.2))))
    assert deferred(with_retries) < 0.5 * deferred(run(scenario(None)))
    assert fingerprint(run(scenario(RetryConfig(backoff=Backoff(first_s=0.2))))) == fingerprint(with_retries)


@pytest.mark.parametrize(
    ("resilience", "named"),
    [
        ({"ordr": ContextResilience()}, r"Scenario\.resilience is 'ordr', but must be one of delivery"),
        ({"order": Resilience()}, r"Scenario\.resilience\['order'\] is .*, but must be a ContextResilience"),
        ([ContextResilience()], r"Scenario\.resilience is .*, but must be a mapping"),
        ({"order": ContextResilience(calls={"Pya": Resilience()})}, r"calls is 'Pya', but must be one of Pay, catalog"),
    ],
)
def test_policies_for_what_is_not_there_are_refused(resilience: Any, named: str) -> None:
    with pytest.raises(InvalidField, match=named):
        simulate(quick(resilience=resilience), DEFAULT_SYSTEM)
