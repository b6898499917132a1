"""The warm-up is found, and a run too short to tell is not told."""

from math import inf

import numpy as np
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.statistics import batch_means, mser5, pooled_warm_up, steady_state


def noise(size: int, seed: int = 7) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).normal(0.0, 1.0, size)


def test_a_warm_up_is_forgotten_to_the_group_of_five_in_which_it_ends() -> None:
    series = noise(1_000) * 0.01
    series[:40] += np.linspace(5.0, 1.0, 40)
    assert mser5(series) == 40


def test_a_warm_up_before_a_constant_is_forgotten_to_the_group_and_no_further() -> None:
    assert mser5(np.concatenate([np.linspace(9.0, 1.1, 42), np.full(300, 0.1)])) == 45


def test_the_truncation_point_is_the_one_of_smallest_marginal_standard_error_by_definition() -> None:
    series = noise(300) + 4 * np.exp(-np.arange(300) / 20)
    groups = series.reshape(-1, 5).mean(axis=1)
    errors = [groups[cut:].var() / len(groups[cut:]) for cut in range(len(groups) // 2 + 1)]
    assert mser5(series) == 5 * int(np.argmin(errors))
    assert 20 <= mser5(series) <= 120


def test_a_series_that_is_steady_from_the_start_loses_next_to_nothing() -> None:
    assert np.median([mser5(noise(500, seed)) for seed in range(40)]) <= 25


@pytest.mark.parametrize("size", [0, 1, 9])
def test_few_values_have_no_warm_up(size: int) -> None:
    assert mser5(noise(size)) == 0


def test_a_drift_that_never_ends_has_no_steady_state() -> None:
    found = steady_state(np.linspace(0.0, 100.0, 2_000) + noise(2_000), 0.95)
    assert not found.settled
    assert found.estimate.interval.half_width == inf
    assert found.estimate.interval.method == "no steady state within the first half: run longer"


def test_batches_that_still_know_each_other_say_nothing() -> None:
    swing = 2 * np.sin(2 * np.pi * np.arange(4_000) / 4_000) + noise(4_000)
    found = steady_state(swing, 0.95)
    assert found.settled
    assert found.estimate.interval.half_width == inf
    assert found.estimate.interval.method == "batch means of any length still know each other: run longer"


def test_the_warm_up_of_replications_is_that_of_their_average() -> None:
    fading = 3 * np.exp(-np.arange(400) / 15)
    runs = [noise(400 + seed, seed) + np.pad(fading, (0, seed)) for seed in range(12)]
    assert pooled_warm_up(runs) == mser5(np.mean([run[:400] for run in runs], axis=0))
    assert 30 <= pooled_warm_up(runs) <= 90


def test_no_replication_has_no_warm_up() -> None:
    with pytest.raises(InvalidField, match="runs"):
        pooled_warm_up([])


def test_nothing_at_all_says_nothing() -> None:
    found = steady_state([], 0.95)
    assert np.isnan(found.estimate.value)
    assert not found.settled


def test_a_constant_is_known_to_the_point() -> None:
    found = steady_state([3.0] * 200, 0.95)
    assert (found.warm_up, found.estimate.value) == (0, 3.0)
    assert found.estimate.interval.half_width == 0.0


def test_what_does_not_fill_a_batch_is_left_out_at_the_beginning() -> None:
    assert batch_means([1_000.0, 1.0, 1.0, 2.0, 2.0], 0.95, 2).value == 1.5


@pytest.mark.parametrize("batches", [1, 2.0, True])
def test_fewer_than_two_batches_are_refused(batches: int) -> None:
    with pytest.raises(InvalidField, match="batches"):
        batch_means([1.0, 2.0], 0.95, batches)
