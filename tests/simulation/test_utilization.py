"""A load that can never drain is told, with the utilization computed."""

import pytest

from bookdelivery.simulation import Deployment, Exponential, Outage, Poisson, Scenario, simulate
from bookdelivery.simulation.utilization import overloads, utilization
from tests.simulation.worlds import SHOP_WITH_A_TILL, Guests


def till(per_second: float, **changes: object) -> Scenario:
    given = {
        "load": Poisson(per_second=per_second),
        "lasts": 2_000.0,
        "customers": Guests(),
        "people": None,
        "deployment": {"till": Deployment(replicas=2, workers=2, service_s=Exponential(1.0))},
        "sample_every_s": 100.0,
    }
    return Scenario(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("per_second", [1.0, 3.0])
def test_the_utilization_is_the_offered_load_over_the_workers(per_second: float) -> None:
    result = simulate(till(per_second), SHOP_WITH_A_TILL)
    row = utilization(result).loc["till"]
    assert row["workers"] == 4
    assert row["utilization"] == pytest.approx(per_second / 4, rel=0.07)
    assert overloads(result) == []


def test_a_load_that_never_drains_is_told_with_its_utilization() -> None:
    (said,) = overloads(simulate(till(6.0), SHOP_WITH_A_TILL))
    assert said.startswith("till is asked for ")
    assert "and has 4: at a utilization of 1.5" in said or "at a utilization of 1.4" in said
    assert said.endswith("its line never drains as long as the load lasts")


def test_requests_that_were_turned_away_count_as_offered() -> None:
    deployment = {"till": Deployment(replicas=2, workers=2, service_s=Exponential(1.0), queue_limit=1)}
    row = utilization(simulate(till(6.0, deployment=deployment), SHOP_WITH_A_TILL)).loc["till"]
    assert row["utilization"] == pytest.approx(1.5, rel=0.07)


def test_workers_of_pods_that_are_down_do_not_count() -> None:
    outage = Outage("till", at=500.0, lasts=1_000.0)
    result = simulate(till(1.0, faults=outage), SHOP_WITH_A_TILL)
    assert utilization(result).loc["till", "workers"] == pytest.approx(2.0, abs=0.02)
