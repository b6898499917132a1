"""Whatever a scenario can say is played: each kind of load and of distribution, from a file to the last order."""

from typing import Any

import attrs
import numpy as np
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Customers, Deployment, Distribution, Load, People
from bookdelivery.simulation.distributions import Draw, FromScipy
from bookdelivery.simulation.faults import ClockSkew, RandomOutages, SlowDown
from bookdelivery.simulation.load import ClosedLoop, Diurnal, FlashCrowd, Poisson, Ramp, Steps, Trace
from bookdelivery.simulation.scenario.toml import parse_toml
from tests.simulation.faults.small import run_with, small
from tests.simulation.scenario.samples import DISTRIBUTIONS
from tests.simulation.worlds import assert_all_is_well, run

LOADS: list[tuple[Load, tuple[int, int]]] = [
    (Poisson(3.0), (30, 60)),
    (ClosedLoop(users=10, think_time_s=2.0), (50, 70)),
    (Steps([(0.0, 1.0), (10.0, 8.0)]), (30, 70)),
    (Ramp(from_per_second=0.0, to_per_second=6.0, takes_s=15.0), (25, 65)),
    (Diurnal(lowest_per_second=0.5, highest_per_second=6.0, peak_s=5.0, period_s=10.0), (30, 70)),
    (
        FlashCrowd(usual_per_second=1.0, peak_per_second=12.0, at=3.0, rise_s=2.0, plateau_s=2.0, half_life_s=2.0),
        (40, 95),
    ),
    (Trace([0.0, 5.0, 10.0], [10, 0, 7]), (17, 17)),
]


@pytest.mark.parametrize(("load", "orders"), LOADS, ids=lambda given: type(given).__name__)
def test_every_load_brings_its_orders_which_all_come_to_an_end(load: Load, orders: tuple[int, int]) -> None:
    customers = Customers(cancels=0.1, cancel_after_s=2.0, looks=0.0)
    scenario = parse_toml(small(load=load, lasts=15.0, customers=customers).to_toml())
    result = run(scenario)
    assert orders[0] <= len(result.orders) <= orders[1]
    assert_all_is_well(result)


@pytest.mark.parametrize("given", DISTRIBUTIONS, ids=lambda given: type(given).__name__)
def test_every_distribution_is_a_service_time(given: Distribution) -> None:
    deployment = {"mypage": Deployment(operations={"look": given}, workers=100)}
    result = run_with(deployment=deployment)
    looks = result.operations[result.operations["operation"] == "look"]
    took = looks["finished_s"] - looks["started_s"]
    assert len(took) == 119
    spread = float(took.std()) / np.sqrt(len(took))
    assert took.mean() == pytest.approx(given.mean_s, abs=max(5 * spread, 1e-9))


@pytest.mark.slow
def test_one_more_fault_does_not_reshuffle_who_comes_and_what_they_do() -> None:
    customers = Customers(cancels=0.3, cancel_after_s=4.0, looks=0.0)
    usual = run(small(load=Poisson(4.0), customers=customers))
    troubled = run(
        small(
            load=Poisson(4.0),
            customers=customers,
            faults=[SlowDown("mypage", factor=2.0), RandomOutages("delivery"), ClockSkew("delivery", by_s=1.0)],
        )
    )
    for kind in ("place", "cancel"):
        both = [
            result.requests[result.requests["kind"] == kind].sort_values("order_id") for result in (usual, troubled)
        ]
        assert both[0]["order_id"].tolist() == both[1]["order_id"].tolist()
    assert usual.orders["arrived_s"].tolist() == troubled.orders["arrived_s"].tolist()


@attrs.frozen
class Wild:
    """A distribution of somebody's own, with a value that is none now and then."""

    now_and_then: Any
    mean_s: float = 1.0

    def draws(self, rng: np.random.Generator) -> Draw:
        return lambda: self.now_and_then if rng.random() < 0.1 else 0.001


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"deployment": {"order": Deployment(operations={"PlaceOrder": Wild(-0.2)})}},
            r"Scenario.deployment\['order'\].operations\['PlaceOrder'\] is Wild.*, but must be a duration, "
            "never negative, but it gave -0.2",
        ),
        (
            {"people": People(take_s=Wild(float("nan")))},
            "Scenario.people.take_s is Wild.*never negative, but it gave nan",
        ),
        (
            {"customers": Customers(look_after_s=Wild("soon"))},
            "Scenario.customers.look_after_s is .*but it gave 'soon'",
        ),
        ({"load": ClosedLoop(3, Wild(-1.0))}, "Scenario.load.think_time_s is .*but it gave -1.0"),
    ],
)
def test_a_distribution_of_ones_own_with_a_negative_sample_is_refused_before_anything_runs(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidField, match=message):
        run(small(**changes))


def test_a_distribution_of_ones_own_that_is_a_duration_is_used() -> None:
    result = run_with(deployment={"mypage": Deployment(operations={"look": Wild(0.002)})})
    looks = result.operations[result.operations["operation"] == "look"]
    assert set((looks["finished_s"] - looks["started_s"]).round(6)) == {0.001, 0.002}


def test_a_frozen_distribution_can_be_said_by_name_in_a_file() -> None:
    text = """
    lasts = 1
    load = {kind = "constant", per_second = 1}
    deployment.order.service_s = {kind = "scipy", name = "pareto", parameters = {b = 3.0, scale = 0.01}}
    """
    assert parse_toml(text).deployment["order"].service_s == FromScipy("pareto", {"b": 3.0, "scale": 0.01})
