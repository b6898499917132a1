"""One thing in a scenario is changed by its path, and only that."""

from typing import Any

import attrs
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Deployment, Exponential, Outage, Poisson, Scenario
from bookdelivery.simulation.experiments import changed

SCENARIO = Scenario(
    load=Poisson(per_second=5),
    lasts=60,
    deployment={"order": Deployment(replicas=3, operations={"PlaceOrder": Exponential(0.1)})},
    faults=[Outage("payment", at=5, lasts=10), Outage("order", at=20, lasts=1)],
)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("lasts", 30.0, {"lasts": 30.0}),
        ("load", Poisson(per_second=9), {"load": Poisson(per_second=9)}),
        ("load.per_second", 9, {"load": Poisson(per_second=9)}),
        (
            "deployment.order.replicas",
            1,
            {"deployment": {"order": attrs.evolve(SCENARIO.deployment["order"], replicas=1)}},
        ),
        (
            "deployment.order.operations.PlaceOrder",
            0.5,
            {"deployment": {"order": attrs.evolve(SCENARIO.deployment["order"], operations={"PlaceOrder": 0.5})}},
        ),
        ("deployment.payment.workers", 2, {"deployment": {**SCENARIO.deployment, "payment": Deployment(workers=2)}}),
        ("terms.order.pay_within_s", 60.0, {"terms": {"order": {"pay_within_s": 60.0}}}),
        ("call_timeouts_s.Pay", 0.5, {"call_timeouts_s": {"Pay": 0.5}}),
        ("faults.1.lasts", 7, {"faults": [SCENARIO.faults[0], Outage("order", at=20, lasts=7)]}),
        ("network.loss", 0.1, {"network": attrs.evolve(SCENARIO.network, loss=0.1)}),
    ],
)
def test_what_a_path_names_has_another_value_and_all_else_is_as_it_was(
    path: str, value: Any, expected: dict[str, Any]
) -> None:
    before = repr(SCENARIO)
    assert changed(SCENARIO, path, value) == attrs.evolve(SCENARIO, **expected)
    assert repr(SCENARIO) == before


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("speed", "scenario.path is 'speed', but must be one of call_timeouts_s, customers"),
        ("load.users", "scenario.load.path is 'users', but must be one of per_second"),
        ("faults.2.lasts", "scenario.faults.path is '2', but must be one of 0, 1"),
        ("faults.x.lasts", "scenario.faults.path is 'x', but must be one of 0, 1"),
        (
            "call_timeouts_s.Pay.seconds",
            "scenario.call_timeouts_s.path is 'Pay', but must be left out: there is nothing",
        ),
        (
            "lasts.long",
            "scenario.lasts.path is 'long', but must be left out: there is nothing inside of scenario.lasts",
        ),
        ("", "words with dots between"),
        ("load..per_second", "words with dots between"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_with_what_is_there(path: str, message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        changed(SCENARIO, path, 1)


def test_a_value_that_is_not_allowed_there_is_refused_by_what_it_belongs_to() -> None:
    with pytest.raises(InvalidField, match=r"Poisson\.per_second is -1"):
        changed(SCENARIO, "load.per_second", -1)
