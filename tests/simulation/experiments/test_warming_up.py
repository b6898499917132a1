"""The warm-up of a scenario is found once, and forgotten in all replications alike."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Constant, Deployment, Deterministic, Poisson, SlowDown
from bookdelivery.simulation.experiments import Metric, SteadyMean, find_warm_up, replicate
from tests.simulation.experiments.little import LITTLE, till

STAY = SteadyMean("requests", "latency_s")
REGULAR = attrs.evolve(
    LITTLE,
    load=Constant(per_second=1.0),
    lasts=1_000.0,
    deployment={"till": Deployment(replicas=1, workers=1, service_s=Deterministic(0.5))},
)


def slow_at_first(lasts_s: float) -> Any:
    """Three times slower for the first seconds: a queue that takes as long again to go."""
    return attrs.evolve(REGULAR, faults=[SlowDown("till", at=0.0, lasts=lasts_s, factor=3.0)])


def test_what_is_steady_from_the_start_has_no_warm_up() -> None:
    assert find_warm_up(REGULAR, STAY, runs=2, system=till) == 0.0


def test_the_warm_up_is_over_when_the_queue_of_the_beginning_is_gone() -> None:
    # 100 s at 1.5 s each leave 33 visitors too many, and from then on one more is served than comes each second.
    scenario = slow_at_first(100.0)
    warm_up_s = find_warm_up(scenario, STAY, runs=2, system=till)
    assert 133.0 <= warm_up_s <= 143.0
    late = attrs.evolve(STAY, warm_up_s=warm_up_s)
    found = replicate(scenario, 3, system=till, metrics=[Metric("stay_s", late)], workers=1)
    assert found.estimate("stay_s").value == pytest.approx(0.5, rel=0.02)


def test_a_run_that_does_not_settle_in_its_first_half_is_refused() -> None:
    drowning = attrs.evolve(
        REGULAR, load=Poisson(per_second=1.0), deployment={"till": Deployment(replicas=1, workers=1, service_s=1.2)}
    )
    with pytest.raises(InvalidField, match=r"lasts is 1000\.0, but must be long enough to settle in its first half"):
        find_warm_up(drowning, STAY, runs=2, system=till)


def test_pilot_runs_that_show_nothing_and_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidField, match="a number in every run"):
        find_warm_up(REGULAR, attrs.evolve(STAY, where={"kind": "nobody"}), runs=1, system=till)
    with pytest.raises(InvalidField, match="runs"):
        find_warm_up(REGULAR, STAY, runs=0, system=till)
