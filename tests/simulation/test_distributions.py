"""Durations: their means, their reproducibility, and what is refused."""

import math
from itertools import islice, starmap

import numpy as np
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Deployment, Deterministic, Distribution, Exponential, LogNormal, Uniform
from bookdelivery.simulation.distributions import takes_no_time
from bookdelivery.simulation.streams import Streams

ALL = [Deterministic(2.0), Exponential(2.0), Uniform(1.0, 3.0), LogNormal(2.0, 0.5)]


def values(given: Distribution, number: int, seed: int = 1) -> list[float]:
    draw = given.draws(np.random.default_rng(seed))
    return list(starmap(draw, islice(iter(tuple, None), number)))


@pytest.mark.parametrize("given", ALL, ids=lambda given: type(given).__name__)
def test_a_distribution_has_the_mean_it_says_and_never_goes_below_zero(given: Distribution) -> None:
    drawn = values(given, 40_000)
    standard_error = float(np.std(drawn)) / math.sqrt(len(drawn))
    assert np.mean(drawn) == pytest.approx(given.mean_s, abs=4 * standard_error + 1e-12)
    assert given.mean_s == 2.0
    assert min(drawn) >= 0


@pytest.mark.parametrize("given", ALL[1:], ids=lambda given: type(given).__name__)
def test_the_same_stream_gives_the_same_durations_and_another_one_does_not(given: Distribution) -> None:
    assert values(given, 1_500, seed=1) == values(given, 1_500, seed=1)
    assert values(given, 1_500, seed=1) != values(given, 1_500, seed=2)
    assert len(set(values(given, 1_500))) == 1_500


def test_the_shapes_are_those_of_the_names() -> None:
    exponential, uniform = values(Exponential(1.0), 40_000), values(Uniform(0.0, 1.0), 40_000)
    assert np.mean(np.array(exponential) > 1.0) == pytest.approx(math.exp(-1), abs=0.01)
    assert np.quantile(uniform, 0.25) == pytest.approx(0.25, abs=0.01)
    assert np.std(np.log(values(LogNormal(3.0, 0.7), 40_000))) == pytest.approx(0.7, rel=0.02)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Deterministic(-1.0), r"Deterministic.value_s is -1.0, but must be a number of seconds, 0 or more"),
        (lambda: Deterministic(math.nan), r"Deterministic.value_s is nan"),
        (lambda: Exponential(0.0), r"Exponential.mean_s is 0.0, but must be a positive number of seconds"),
        (lambda: Exponential(math.inf), r"Exponential.mean_s is inf"),
        (lambda: Uniform(2.0, 1.0), r"Uniform.high_s is 1.0, but must be at least low_s, which is 2.0"),
        (lambda: LogNormal(1.0, -0.5), r"LogNormal.sigma is -0.5"),
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
