"""What waits for a context that is away is neither lost nor done twice; and a design that loses it is found out."""

from __future__ import annotations

from math import inf

import attrs

from bookdelivery.requirements.verdict import Status
from bookdelivery.simulation import Crash, Deployment, Exponential, Poisson, Removal, Scenario
from tests.requirements.stories.telling import told, violated
from tests.specimens import naive


def forgetful(scenario: Scenario) -> Scenario:
    """Fire and forget: what nobody hears within seconds is gone."""
    return attrs.evolve(scenario, topic=attrs.evolve(scenario.topic, retention_s=10.0), drain_within_s=30.0)


def without_delivery_but_payment(scenario: Scenario) -> Scenario:
    return attrs.evolve(scenario, faults=[Removal("payment", at=60)], drain_within_s=60.0)


def test_orders_are_accepted_and_taken_although_the_store_is_down() -> None:
    seen, verdicts = told("store-down")
    assert set(verdicts.values()) == {Status.MET}
    # A pod starts up in 5 s, and what waits is handled at once.
    assert 5.0 < seen.figures["catch-up"] < 10.0


def test_a_topic_that_forgets_loses_the_orders_of_the_outage() -> None:
    broken, seen = violated("store-down", forgetful)
    assert {"taken", "catch-up", "invariants"} <= broken
    assert "accepted" not in broken
    assert seen.figures["catch-up"] == inf


def test_a_consumer_that_acknowledges_too_early_loses_orders_when_it_dies_while_it_catches_up() -> None:
    def dies_again(scenario: Scenario) -> Scenario:
        return attrs.evolve(
            scenario,
            deployment={"ordermanagement": Deployment(service_s=Exponential(0.1))},
            faults=[*scenario.faults, Crash("ordermanagement", at=215.5)],
            drain_within_s=60.0,
        )

    broken, _ = violated("store-down", dies_again, naive.acknowledges_before_handling())
    assert "taken" in broken


def test_delivery_catches_up_with_every_event_once() -> None:
    seen, verdicts = told("catch-up")
    assert set(verdicts.values()) == {Status.MET}
    assert 5.0 < seen.figures["catch-up"] < 10.0


def test_a_topic_that_forgets_leaves_packed_orders_without_a_courier() -> None:
    broken, _ = violated("catch-up", forgetful)
    assert {"handled", "catch-up"} <= broken


def test_order_and_payment_are_unharmed_when_delivery_is_gone() -> None:
    _, verdicts = told("supporting-removed")
    assert set(verdicts.values()) == {Status.MET}


def test_they_are_not_when_payment_is_gone_in_its_place() -> None:
    broken, _ = violated("supporting-removed", without_delivery_but_payment)
    assert {"paid", "packed"} <= broken
    assert "unpaid-orders" not in broken


def test_the_second_consumer_takes_over_when_the_first_ones_session_is_over() -> None:
    seen, verdicts = told("consumer-replica")
    assert set(verdicts.values()) == {Status.MET}
    assert seen.figures["takes-over"] >= 10.0


def test_two_partitions_leave_no_consumer_idle() -> None:
    def on_two(scenario: Scenario) -> Scenario:
        return attrs.evolve(scenario, topic=attrs.evolve(scenario.topic, partitions=2), load=Poisson(0.5))

    # Nobody takes over who was never idle.
    assert violated("consumer-replica", on_two)[0] == {"idle", "takes-over"}


def test_a_session_that_lasts_for_minutes_keeps_the_second_consumer_waiting() -> None:
    def patient(scenario: Scenario) -> Scenario:
        return attrs.evolve(scenario, topic=attrs.evolve(scenario.topic, session_timeout_s=40.0))

    assert violated("consumer-replica", patient)[0] == {"takes-over"}
