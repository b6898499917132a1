"""The experiments show what they are meant to show, on the bookstore and on naive designs."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from math import inf

import attrs
import pandas as pd
import pytest

from bookdelivery.application.system import System
from bookdelivery.requirements.nonfunctional import EXPERIMENTS
from bookdelivery.requirements.nonfunctional.experiment import quantile
from bookdelivery.requirements.nonfunctional.holding_off import OVER_S, closed_again_s, held_off
from bookdelivery.requirements.observation import Observation
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.simulation import Poisson, Scenario
from tests.specimens import naive

SEED = 20_261_122


LIGHTER = {"N1": 2.0, "N2": 0.12, "N3": 2.0, "N4": 1.0}
"""Customers a second: the judge takes more, but these show the same in less time."""


def observed(id_: str, system: System = BOOKSTORE_SYSTEM, seed: int = SEED) -> Observation:
    experiment = EXPERIMENTS[id_]

    def scenario(rng: random.Random) -> Scenario:
        return attrs.evolve(experiment.scenario(rng), load=Poisson(per_second=LIGHTER[id_]))

    return attrs.evolve(experiment, scenario=scenario).run(system, seed, 1)


@functools.cache
def naively(id_: str, specimen: Callable[[], System]) -> Observation:
    return observed(id_, specimen())


def broken(seen: Observation, criterion: str) -> set[str]:
    return {one.invariant for one in seen.counterexamples[criterion]}


@pytest.fixture(scope="module")
def paying() -> Observation:
    return observed("N1")


def test_no_order_is_without_a_payment_while_everything_about_payments_breaks(paying: Observation) -> None:
    assert [str(one) for found in paying.counterexamples.values() for one in found] == []
    assert paying.facts["crashes"] > 15
    assert paying.facts["unanswered"] > 10
    assert paying.facts["late"] > 5
    assert paying.facts["refunds"] > 5


def test_the_same_seed_gives_the_same_run_and_another_seed_another(paying: Observation) -> None:
    again, other = observed("N1"), observed("N1", seed=SEED + 1)
    assert again == paying
    for name, table in paying.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table)
    assert other.facts != paying.facts


def test_only_the_first_replication_keeps_what_plots_are_drawn_from(paying: Observation) -> None:
    assert paying.tables
    assert not EXPERIMENTS["N1"].run(BOOKSTORE_SYSTEM, SEED, 2).tables


def test_orders_are_accepted_and_taken_although_ordermanagement_is_down_for_an_hour() -> None:
    seen = observed("N2")
    assert [str(one) for found in seen.counterexamples.values() for one in found] == []
    assert seen.facts["offered"] == seen.facts["accepted"]
    assert seen.facts["during"] > 300
    assert seen.facts["backlog"] >= seen.facts["during"]
    assert 5.0 < seen.figures["catch-up"] < 300.0
    assert seen.figures["answer"] < 1.0


def test_a_judge_in_a_hurry_is_content_with_a_shorter_outage() -> None:
    seen = EXPERIMENTS["N2"].run(BOOKSTORE_SYSTEM, SEED, 1, quick=True)
    assert seen.facts["lasts_s"] < EXPERIMENTS["N2"].scenario(random.Random(1)).lasts / 3
    assert [str(one) for found in seen.counterexamples.values() for one in found] == []
    assert 5.0 < seen.figures["catch-up"] < 300.0


def test_customers_are_held_off_while_payment_is_overloaded() -> None:
    seen = observed("N3")
    assert [str(one) for found in seen.counterexamples.values() for one in found] == []
    assert seen.facts["opened"] > 2
    assert seen.facts["held_off"] > 100
    assert seen.facts["paid_later"] > 10
    assert seen.facts["deferred"] == sum(seen.facts[end] for end in ("paid_later", "expired", "canceled"))
    assert seen.figures["held-off"] < 1.0
    assert seen.figures["closes"] < 60.0


def test_mypage_is_fresh_asks_nobody_and_answers_alone() -> None:
    seen = observed("N4")
    assert [str(one) for found in seen.counterexamples.values() for one in found] == []
    assert seen.facts["alone"] > 20
    assert seen.figures["staleness"] < 1.0
    assert seen.figures["answer"] < 1.0


@pytest.mark.parametrize(
    ("specimen", "criterion", "invariant"),
    [
        (naive.places_before_paying, "unpaid-orders", "no_order_is_complete_before_its_payment"),
        (naive.swallows_the_payment_failure, "unpaid-orders", "no_order_is_complete_before_its_payment"),
        (naive.swallows_the_payment_failure, "money", "money_agrees_with_the_end"),
        (naive.publishes_after_commit, "invariants", "every_event_reaches_every_subscriber"),
        (naive.acknowledges_before_handling, "invariants", "every_event_reaches_every_subscriber"),
        (naive.does_everything_wrong, "unpaid-orders", "no_order_is_complete_before_its_payment"),
        (naive.does_everything_wrong, "invariants", "every_event_reaches_every_subscriber"),
    ],
)
def test_a_naive_design_breaks_n1(specimen: Callable[[], System], criterion: str, invariant: str) -> None:
    assert invariant in broken(naively("N1", specimen), criterion)


def test_a_consumer_that_acknowledges_too_early_loses_orders_when_it_dies_while_catching_up() -> None:
    seen = naively("N2", naive.acknowledges_before_handling)
    assert broken(seen, "taken") == {"every_order_is_taken_after_recovery"}
    assert seen.figures["catch-up"] == inf
    assert seen.counterexamples["taken"][0].order_id is not None


def test_a_fallback_that_swallows_the_failure_completes_unpaid_orders_under_overload() -> None:
    seen = naively("N3", naive.swallows_the_payment_failure)
    assert broken(seen, "unpaid-orders") == {"no_order_is_complete_before_its_payment"}


def test_every_experiment_tells_what_its_runs_went_through(paying: Observation) -> None:
    said = EXPERIMENTS["N1"].tell([paying, paying])
    assert f"{2 * paying.facts['orders']:,.0f} orders" in said["unpaid-orders"]


def test_scenarios_differ_from_replication_to_replication() -> None:
    for experiment in EXPERIMENTS.values():
        assert experiment.scenario(random.Random(1)) == experiment.scenario(random.Random(1))
        assert experiment.scenario(random.Random(1)).seed != experiment.scenario(random.Random(2)).seed


BREAKER = pd.DataFrame(
    {
        "time_s": [0.0, 10.0, 15.0, 17.0],
        "pod": ["order-1"] * 4,
        "state": ["closed", "open", "half_open", "closed"],
    }
)


def operation(started_s: float, finished_s: float, **other: object) -> dict[str, object]:
    usual: dict[str, object] = {"operation": "PlaceOrder", "pod": "order-1", "outcome": "done"}
    return {**usual, "started_s": started_s, "finished_s": finished_s, **other}


@pytest.mark.parametrize(
    ("row", "is_held_off"),
    [
        (operation(11.0, 11.01), True),
        (operation(9.99, 11.0), False),
        (operation(14.999, 16.9), False),
        (operation(16.0, 16.1), False),
        (operation(18.0, 18.1), False),
        (operation(11.0, 11.01, operation="CancelOrder"), False),
        (operation(11.0, 11.01, outcome="killed"), False),
        (operation(11.0, 11.01, pod="order-2"), False),
    ],
)
def test_held_off_is_who_was_taken_up_and_answered_while_the_breaker_stayed_open(
    row: dict[str, object], is_held_off: bool
) -> None:
    assert len(held_off(pd.DataFrame([row]), BREAKER)) == is_held_off


def test_breakers_are_closed_again_when_the_last_one_is() -> None:
    late = BREAKER.assign(time_s=[0.0, OVER_S - 5, OVER_S + 1, OVER_S + 4])
    assert closed_again_s(late) == 4.0
    assert closed_again_s(late.iloc[:3]) == inf
    assert closed_again_s(BREAKER) == 0.0
    assert closed_again_s(BREAKER.iloc[:0]) == inf


def test_a_quantile_of_nothing_is_no_number() -> None:
    assert str(quantile(pd.Series(dtype="float64"), 0.99)) == "nan"
