"""Scenarios say what is wrong with them before anything runs."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import (
    ClosedLoop,
    Constant,
    Crash,
    Customers,
    Deployment,
    LostAnswers,
    Network,
    Outage,
    People,
    Poisson,
    Provider,
    ProviderTrouble,
    RandomCrashes,
    Scenario,
    SlowDown,
    Topic,
)
from tests.simulation.worlds import quick

LOAD = Poisson(per_second=50)

unchecked: Any = Scenario


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Poisson(per_second=-1), "Poisson.per_second is -1, but must be a positive number per second"),
        (lambda: Constant(per_second=0), "Constant.per_second is 0"),
        (lambda: ClosedLoop(users=0), "ClosedLoop.users is 0, but must be a whole number, 1 or more"),
        (lambda: ClosedLoop(users=5, think_time_s="long"), "ClosedLoop.think_time_s is 'long'"),
        (lambda: Customers(cancels=1.2), "Customers.cancels is 1.2, but must be a probability from 0 to 1"),
        (lambda: Customers(patience=0), "Customers.patience is 0"),
        (lambda: Deployment(workers=0), "Deployment.workers is 0, but must be a whole number, 1 or more"),
        (lambda: Deployment(replicas=True), "Deployment.replicas is True"),
        (lambda: Deployment(queue_limit=-1), "Deployment.queue_limit is -1, but must be a whole number, 0 or more, or"),
        (lambda: Network(loss=2), "Network.loss is 2"),
        (lambda: Topic(partitions=0), "Topic.partitions is 0"),
        (lambda: Provider(declines=math.nan), "Provider.declines is nan"),
        (lambda: People(at_once=0), "People.at_once is 0"),
        (lambda: Outage("", at=1, lasts=1), "Outage.context is '', but must be a name that is not blank"),
        (lambda: Outage("order", at=-1, lasts=1), "Outage.at is -1, but must be a number of seconds, 0 or more"),
        (lambda: Outage("order", at=1, lasts=0), "Outage.lasts is 0, but must be a positive number of seconds"),
        (lambda: Crash("order"), "Crash.at is None, but must be given, in seconds, unless at_step is given"),
        (lambda: Crash("order", at=1, at_step=1), "Crash.at is 1, but must be given"),
        (lambda: Crash("order", at_step=0), "Crash.at_step is 0, but must be a whole number, 1 or more"),
        (lambda: RandomCrashes("order", mean_time_between_s=0), "RandomCrashes.mean_time_between_s is 0"),
        (lambda: SlowDown("order", at=1, lasts=1, factor=0), "SlowDown.factor is 0, but must be a positive number"),
        (lambda: LostAnswers("order", "payment", probability=1.1), "LostAnswers.probability is 1.1"),
        (lambda: ProviderTrouble(at=1, lasts=1, slower=-2), "ProviderTrouble.slower is -2"),
        (lambda: unchecked(load="much", lasts=1), "Scenario.load is 'much', but must be a load such as Poisson"),
        (lambda: unchecked(load=LOAD, lasts=0), "Scenario.lasts is 0, but must be a positive number of seconds"),
        (lambda: unchecked(load=LOAD, lasts=1, seed=-1), "Scenario.seed is -1, but must be a whole number, 0 or more"),
        (
            lambda: unchecked(load=LOAD, lasts=1, faults=["fire"]),
            r"Scenario.faults\[0\] is 'fire', but must be a fault",
        ),
        (lambda: unchecked(load=LOAD, lasts=1, deployment={"order": 3}), r"Scenario.deployment\['order'\] is 3"),
        (lambda: unchecked(load=LOAD, lasts=1, deployment=[]), "Scenario.deployment is .., but must be a mapping from"),
        (lambda: unchecked(load=LOAD, lasts=1, terms={"order": 60}), r"Scenario.terms\['order'\] is 60"),
        (lambda: unchecked(load=LOAD, lasts=1, call_timeouts_s={"Pay": 0}), r"Scenario.call_timeouts_s\['Pay'\] is 0"),
        (lambda: unchecked(load=LOAD, lasts=1, customers=None), "Scenario.customers is None, but must be a behaviour"),
        (lambda: unchecked(load=LOAD, lasts=1, people=5), "Scenario.people is 5, but must be a People, or None"),
        (lambda: unchecked(load=LOAD, lasts=1, network=5), "Scenario.network is 5, but must be a Network"),
        (lambda: unchecked(load=LOAD, lasts=1, drain_within_s=-1), "Scenario.drain_within_s is -1"),
    ],
)
def test_a_value_that_makes_no_sense_is_named_with_what_would(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        make()


def test_one_fault_need_not_stand_in_a_list() -> None:
    outage = Outage("order", at=1, lasts=2)
    assert quick(faults=outage).faults == quick(faults=[outage]).faults == (outage,)


def test_terms_and_time_limits_reach_the_contexts_they_are_for() -> None:
    scenario = quick(terms={"order": {"pay_within_s": 7.0}}, call_timeouts_s={"Pay": 0.61})
    fitted = {context.name: context for context in scenario.fit(BOOKSTORE)}
    assert fitted["order"].terms.pay_within_s == 7.0
    assert [call.timeout_s for call in fitted["order"].calls] == [0.61]
    assert fitted["payment"].terms == next(context for context in BOOKSTORE if context.name == "payment").terms


def test_a_term_with_a_value_that_is_not_allowed_is_refused_by_the_context_itself() -> None:
    with pytest.raises(InvalidField, match=r"OrderTerms\.pay_within_s is -1"):
        quick(terms={"order": {"pay_within_s": -1}}).fit(BOOKSTORE)


def test_each_fault_knows_its_name_and_its_window() -> None:
    faults = {
        Outage("order", at=5, lasts=2): ("order down", (5, 7)),
        Crash("order", at=5, restart_after_s=3): ("order crashes", (5, 8)),
        Crash("order", at_step=9): ("order crashes at step 9", (0, 100)),
        RandomCrashes("order", mean_time_between_s=9): ("order crashes at random", (0, 100)),
        SlowDown("order", at=1, lasts=2, factor=2.5): ("order 2.5x slower", (1, 3)),
        LostAnswers("order", "payment", probability=0.25): ("25% of answers from payment to order lost", (0, 100)),
        ProviderTrouble(at=1, lasts=2, slower=10, silent_after=0.1, at_once=3): (
            "payment provider: 10x slower, 10% silent after charging, 3 at once",
            (1, 3),
        ),
    }
    for fault, (label, window) in faults.items():
        assert fault.label == label
        assert fault.window(100.0) == window
