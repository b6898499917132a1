"""Rates that change: as many visitors as the rate says, where it says."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.load import Diurnal, FlashCrowd, Load, Poisson, Ramp, Steps
from bookdelivery.simulation.load.varying import Varying
from tests.simulation.load.arriving import arrivals

unchecked: Any = Steps

LOADS: list[tuple[Varying, float]] = [
    (Steps([(0.0, 20.0), (50.0, 60.0), (100.0, 5.0)]), 200.0),
    (Ramp(from_per_second=5.0, to_per_second=60.0, begins_s=20.0, takes_s=120.0), 200.0),
    (Diurnal(lowest_per_second=2.0, highest_per_second=60.0, peak_s=50.0, period_s=200.0), 400.0),
    (
        FlashCrowd(usual_per_second=5.0, peak_per_second=80.0, at=30.0, rise_s=20.0, plateau_s=50.0, half_life_s=20.0),
        200.0,
    ),
]


@pytest.mark.parametrize(("load", "until_s"), LOADS, ids=lambda value: type(value).__name__)
def test_in_every_part_of_the_time_as_many_come_as_the_rate_says(load: Varying, until_s: float) -> None:
    edges = np.linspace(0.0, until_s, 11)
    came = np.histogram(arrivals(load, until_s), bins=edges)[0]
    for count, begin, end in zip(came, edges, edges[1:], strict=False):
        moments = np.linspace(begin, end, 2_001)
        expected = float(np.mean([load.rate_at(at) for at in moments]) * (end - begin))
        # Poisson counts have the variance of their mean; ten parts at four standard deviations each.
        assert abs(count - expected) <= 4 * math.sqrt(expected) + 1, (begin, count, expected)


def test_gaps_at_one_height_of_a_changing_rate_are_exponential() -> None:
    load = Steps([(0.0, 10.0), (500.0, 40.0)])
    came = np.array(arrivals(load, 1_000.0))
    gaps = np.diff(came[came < 500.0])
    assert np.mean(gaps) == pytest.approx(0.1, rel=0.05)
    assert np.std(gaps) == pytest.approx(np.mean(gaps), rel=0.05)


@pytest.mark.parametrize(("load", "until_s"), LOADS, ids=lambda value: type(value).__name__)
def test_the_same_seed_brings_the_same_visitors_and_another_one_others(load: Varying, until_s: float) -> None:
    assert arrivals(load, until_s, seed=3) == arrivals(load, until_s, seed=3)
    assert arrivals(load, until_s, seed=3) != arrivals(load, until_s, seed=4)


def test_a_rate_that_falls_to_nothing_lets_the_run_end() -> None:
    came = arrivals(Steps([(0.0, 50.0), (2.0, 0.0)]), 1_000.0)
    assert 50 < len(came) < 150
    assert max(came) < 2.0


def test_visitors_who_stay_do_not_keep_others_from_coming() -> None:
    assert arrivals(Poisson(5.0), 20.0, stays_s=1_000.0) == arrivals(Poisson(5.0), 20.0)


def test_each_load_says_what_it_is() -> None:
    said = [load.describe() for load, _ in LOADS]
    assert said == [
        "steps of 20, 60, 5/s",
        "ramp from 5 to 60/s",
        "day and night, 2 to 60/s",
        "flash crowd, 5 to 80/s at 30 s",
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Steps([]), "Steps.steps is .*, but must be a list of pairs"),
        (lambda: unchecked([(0.0, 1.0), (5.0,)]), r"Steps.steps\[1\] is \(5.0,\), but must be a pair"),
        (lambda: Steps([(0.0, -1.0)]), r"Steps.steps\[0\] is \(0.0, -1.0\), but must be a pair"),
        (lambda: Steps([(5.0, 1.0), (5.0, 2.0)]), r"Steps.steps\[1\] is .*, but must be later than the step before"),
        (lambda: Steps([(0.0, 0.0)]), "Steps.steps is .*, but must be steps at least one of which has a rate above 0"),
        (lambda: unchecked("fast"), "Steps.steps is 'fast'"),
        (
            lambda: Ramp(from_per_second=-1.0, to_per_second=1.0, takes_s=5.0),
            "Ramp.from_per_second is -1.0, but must be a number per second, 0 or more",
        ),
        (
            lambda: Ramp(from_per_second=0.0, to_per_second=0.0, takes_s=5.0),
            "Ramp.to_per_second is 0.0, but must be above 0 where from_per_second is 0",
        ),
        (
            lambda: Diurnal(lowest_per_second=5.0, highest_per_second=4.0),
            "Diurnal.highest_per_second is 4.0, but must be at least lowest_per_second, which is 5",
        ),
        (
            lambda: FlashCrowd(usual_per_second=5.0, peak_per_second=4.0, at=1.0),
            "FlashCrowd.peak_per_second is 4.0, but must be at least usual_per_second, which is 5",
        ),
        (lambda: FlashCrowd(usual_per_second=1.0, peak_per_second=2.0, at=1.0, half_life_s=0.0), "half_life_s is 0.0"),
    ],
)
def test_a_load_that_makes_no_sense_is_refused(make: Callable[[], Load], message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        make()
