"""Durations: their means, their reproducibility, and what is refused."""

import math
import pickle
from itertools import islice, starmap
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Deployment
from bookdelivery.simulation.distributions import (
    Deterministic,
    Distribution,
    Empirical,
    Exponential,
    FromScipy,
    Gamma,
    LogNormal,
    Uniform,
    Weibull,
    takes_no_time,
)
from bookdelivery.simulation.streams import Streams

CONTINUOUS = [
    Exponential(2.0),
    Uniform(1.0, 3.0),
    LogNormal(2.0, 0.5),
    Gamma(2.0, 3.0),
    Weibull(2.0, 0.8),
    FromScipy("pareto", {"b": 5.0, "scale": 1.6}),
]
ALL = [Deterministic(2.0), *CONTINUOUS, Empirical([1.0, 1.5, 3.5]), FromScipy("poisson", {"mu": 2.0})]


def values(given: Distribution, number: int, seed: int = 1) -> list[float]:
    draw = given.draws(np.random.default_rng(seed))
    return list(starmap(draw, islice(iter(tuple, None), number)))


def family(name: str, **methods: Any) -> Any:
    """A family of distributions on [0, 1] that scipy does not know."""
    return type(name, (stats.rv_continuous,), methods)(a=0.0, b=1.0, name=name)


@pytest.mark.parametrize("given", ALL, ids=lambda given: type(given).__name__)
def test_a_distribution_has_the_mean_it_says_and_never_goes_below_zero(given: Distribution) -> None:
    drawn = values(given, 40_000)
    standard_error = float(np.std(drawn)) / math.sqrt(len(drawn))
    assert np.mean(drawn) == pytest.approx(given.mean_s, abs=4 * standard_error + 1e-12)
    assert given.mean_s == pytest.approx(2.0)
    assert min(drawn) >= 0


@pytest.mark.parametrize("given", CONTINUOUS, ids=lambda given: type(given).__name__)
def test_the_same_stream_gives_the_same_durations_and_another_one_does_not(given: Distribution) -> None:
    assert values(given, 1_500, seed=1) == values(given, 1_500, seed=1)
    assert values(given, 1_500, seed=1) != values(given, 1_500, seed=2)
    assert len(set(values(given, 1_500))) == 1_500


def test_the_shapes_are_those_of_the_names() -> None:
    exponential, uniform = values(Exponential(1.0), 40_000), values(Uniform(0.0, 1.0), 40_000)
    assert np.mean(np.array(exponential) > 1.0) == pytest.approx(math.exp(-1), abs=0.01)
    assert np.quantile(uniform, 0.25) == pytest.approx(0.25, abs=0.01)
    assert np.std(np.log(values(LogNormal(3.0, 0.7), 40_000))) == pytest.approx(0.7, rel=0.02)
    assert np.std(values(Gamma(3.0, 4.0), 40_000)) == pytest.approx(1.5, rel=0.02)
    long_s = Weibull(1.0, 2.0)
    # P(X > x) = exp(-(x / scale) ** shape)
    scale_s = 1 / math.gamma(1.5)
    assert np.mean(np.array(values(long_s, 40_000)) > scale_s) == pytest.approx(math.exp(-1), abs=0.01)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Deterministic(-1.0), r"Deterministic.value_s is -1.0, but must be a number of seconds, 0 or more"),
        (lambda: Deterministic(math.nan), r"Deterministic.value_s is nan"),
        (lambda: Exponential(0.0), r"Exponential.mean_s is 0.0, but must be a positive number of seconds"),
        (lambda: Exponential(math.inf), r"Exponential.mean_s is inf"),
        (lambda: Uniform(2.0, 1.0), r"Uniform.high_s is 1.0, but must be at least low_s, which is 2.0"),
        (lambda: LogNormal(1.0, -0.5), r"LogNormal.sigma is -0.5"),
        (lambda: Gamma(1.0, 0.0), r"Gamma.shape is 0.0, but must be a positive number"),
        (lambda: Weibull(1.0, 0.001), r"Weibull.shape is 0.001, but must be 0.01 or more"),
        (lambda: Empirical([]), r"Empirical.values_s is .*, but must be a list of seconds, at least one"),
        (
            lambda: Empirical([1.0, -0.2]),
            r"Empirical.values_s\[1\] is -0.2, but must be a number of seconds, 0 or more",
        ),
        (lambda: Empirical("12"), r"Empirical.values_s is '12'"),
        (lambda: FromScipy("norm", {"loc": 1.0}), r"FromScipy.name is 'norm', but must be never negative, but 0.16 of"),
        (lambda: FromScipy("gama"), r"FromScipy.name is 'gama', but must be a distribution of scipy.stats"),
        (lambda: FromScipy("gamma", {"b": 2.0}), r"FromScipy.parameters is .*, but must be of a, loc, scale: .*'b'"),
        (lambda: FromScipy("gamma", {"a": -2.0}), r"FromScipy.parameters is .*, but must be allowed for scipy's gamma"),
        (
            lambda: FromScipy("gamma", cast(Any, {"a": "two"})),
            r"FromScipy.parameters\['a'\] is 'two', but must be a number",
        ),
        (lambda: Deployment(service_s="fast"), r"Deployment.service_s is 'fast', but must be a number of seconds, or"),
        (lambda: Deployment(service_s=True), r"Deployment.service_s is True"),
        (lambda: Deployment(operations={"Pay": "slow"}), r"Deployment.operations\['Pay'\] is 'slow'"),
    ],
)
def test_a_duration_that_makes_no_sense_is_refused_with_what_would(make, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidField, match=message):
        make()


def test_a_plain_number_of_seconds_stands_for_a_duration_that_never_varies() -> None:
    assert Deployment(service_s=0.5).service_s == Deterministic(0.5)
    assert Deployment(operations={"Pay": 1}).operations == {"Pay": Deterministic(1)}
    assert takes_no_time(Deterministic(0))
    assert not takes_no_time(Deterministic(0.1))
    assert not takes_no_time(Exponential(0.1))


def test_streams_depend_on_the_seed_and_on_their_own_name_only() -> None:
    first = Streams(7)
    first.numpy("something", "else").random(10)
    arrivals = first.numpy("arrivals").random(5).tolist()
    assert Streams(7).numpy("arrivals").random(5).tolist() == arrivals
    assert Streams(8).numpy("arrivals").random(5).tolist() != arrivals
    assert Streams(7).numpy("behaviour").random(5).tolist() != arrivals
    assert Streams(7).python("arrivals").random() == Streams(7).python("arrivals").random()
    assert Streams(7).python("arrivals").random() != Streams(7).python("behaviour").random()


def test_what_was_measured_comes_back_in_its_own_proportions() -> None:
    measured = pd.Series([0.1, 0.1, 0.1, 0.9])
    given = Empirical(measured)
    assert given == Empirical([0.1, 0.1, 0.1, 0.9])
    drawn = values(given, 40_000)
    assert set(drawn) == {0.1, 0.9}
    assert np.mean(np.array(drawn) == 0.9) == pytest.approx(0.25, abs=0.01)


def test_a_frozen_distribution_of_scipy_stands_for_a_duration_and_compares_by_what_it_says() -> None:
    deployment = Deployment(service_s=stats.gamma(2.0, scale=0.01))
    assert deployment.service_s == FromScipy("gamma", {"a": 2.0, "scale": 0.01})
    assert deployment == Deployment(service_s=stats.gamma(a=2.0, scale=0.01))
    assert pickle.loads(pickle.dumps(deployment)) == deployment  # noqa: S301


def test_a_distribution_of_ones_own_that_scipy_does_not_know_is_drawn_from_too() -> None:
    wedge = family("wedge", _pdf=lambda _self, x: 2 * x)
    given = FromScipy.of(wedge())
    assert given.is_own
    assert values(given, 20, seed=3) == values(given, 20, seed=3)
    assert given.mean_s == pytest.approx(2 / 3)


def test_a_distribution_whose_values_are_negative_is_an_error_also_when_its_formula_denies_it() -> None:
    liar = family("liar", _pdf=lambda _self, _x: 1.0, _rvs=lambda _self, size, **_: np.full(size, -0.5))
    draw = FromScipy.of(liar()).draws(np.random.default_rng(1))
    with pytest.raises(InvalidField, match=r"must be a duration, but it gave -0.5 s"):
        draw()
