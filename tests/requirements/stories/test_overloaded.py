"""Breakers, bulkheads and budgets do what the stories say; and without them the stories are not true."""

from __future__ import annotations

import attrs
import pytest

from bookdelivery.application.protections import ContextResilience
from bookdelivery.requirements.stories import STORIES
from bookdelivery.requirements.verdict import Status
from bookdelivery.resilience import Resilience
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.simulation import ClosedLoop, Scenario, Uniform
from bookdelivery.simulation.scenarios import load_scenario
from tests.requirements.stories.telling import told, twist, violated


def for_less(scenario: Scenario) -> Scenario:
    """The siege as a judge in a hurry watches it."""
    return STORIES["siege"].in_short(scenario)


def without_a_breaker(scenario: Scenario) -> Scenario:
    return attrs.evolve(scenario, resilience={"order": ContextResilience(calls={"Pay": Resilience(breaker=False)})})


def test_customers_are_held_off_and_pay_later_while_payment_is_overloaded() -> None:
    seen, verdicts = told("payment-overload")
    assert set(verdicts.values()) == {Status.MET}
    assert seen.figures["held-off"] < 0.1


def test_without_a_breaker_they_are_kept_waiting() -> None:
    broken, _ = violated("payment-overload", without_a_breaker)
    assert "opens" in broken


def test_under_siege_the_breaker_opens_and_closes_and_without_the_bulkhead_it_stays_closed() -> None:
    seen, verdicts = told("siege", for_less)
    assert set(verdicts.values()) == {Status.MET}
    late = seen.shares["late"]
    # Three standard deviations of some 800 calls.
    assert float(late) == pytest.approx(1 / 22, abs=3 * (1 / 22 / late.whole) ** 0.5)


def test_a_judge_in_a_hurry_is_told_the_siege_in_short() -> None:
    seen = attrs.evolve(STORIES["siege"], twist=None).run(BOOKSTORE_SYSTEM, seed=1, replication=1, quick=True)
    assert 2 * seen.tables["/span"]["lasts_s"].max() < load_scenario("siege").lasts


def test_a_siege_without_the_bulkhead_opens_no_breaker() -> None:
    broken, _ = violated("siege", lambda scenario: twist("siege")(for_less(scenario)))
    assert broken >= {"opens", "closes"}


def test_a_bulkhead_that_is_never_full_opens_no_breaker_either() -> None:
    def ten_users(scenario: Scenario) -> Scenario:
        return attrs.evolve(for_less(scenario), load=ClosedLoop(10, Uniform(0.0, 2.0)))

    assert violated("siege", ten_users)[0] >= {"opens", "closes"}


def test_with_budget_and_breaker_the_storm_is_soon_over_and_without_them_it_never_is() -> None:
    seen, verdicts = told("retry-storm")
    assert set(verdicts.values()) == {Status.MET}
    assert seen.figures["never-recovers"] == 0.0


def test_a_shop_without_budget_and_breaker_is_condemned() -> None:
    assert violated("retry-storm", twist("retry-storm"))[0] == {"recovers"}
