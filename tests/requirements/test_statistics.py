"""Intervals claim no more than the sample gives."""

from math import inf, isnan

import pytest
from scipy import stats

from bookdelivery.requirements.statistics import (
    mean_interval,
    median_interval,
    none_found_interval,
    proportion_interval,
)


def test_a_mean_has_students_interval() -> None:
    values = [1.0, 2.0, 4.0, 8.0]
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.9)
    centre, interval = mean_interval(values, 0.9)
    assert centre == pytest.approx(3.75)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("values", [[], [1.0], [1.0, inf]])
def test_a_mean_of_too_little_says_nothing(values: list[float]) -> None:
    _, interval = mean_interval(values, 0.95)
    assert (interval.low, interval.high) == (-inf, inf)


@pytest.mark.parametrize(("size", "cut"), [(6, 0), (8, 0), (9, 1), (12, 2), (20, 5)])
def test_a_medians_interval_lies_between_the_tabulated_order_statistics(size: int, cut: int) -> None:
    values = [float(value) for value in range(size)]
    _, interval = median_interval(values[::-1], 0.95)
    assert (interval.low, interval.high) == (values[cut], values[size - 1 - cut])


@pytest.mark.parametrize("size", range(1, 40))
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_a_medians_interval_covers_at_least_what_it_claims_and_is_as_narrow_as_that_allows(
    size: int, confidence: float
) -> None:
    values = [float(value) for value in range(size)]
    _, interval = median_interval(values, confidence)
    if interval.low == -inf:
        assert 1 - 2 * stats.binom.cdf(0, size, 0.5) < confidence
    else:
        cut = int(interval.low)
        assert 1 - 2 * stats.binom.cdf(cut, size, 0.5) >= confidence
        assert 1 - 2 * stats.binom.cdf(cut + 1, size, 0.5) < confidence


def test_what_never_happened_counts_as_late_and_not_as_missing() -> None:
    centre, interval = median_interval([1.0, 2.0, 3.0, inf, inf, inf, inf], 0.95)
    assert centre == inf
    assert interval.high == inf


def test_a_median_of_something_unmeasured_says_nothing() -> None:
    centre, interval = median_interval([1.0] * 9 + [float("nan")], 0.95)
    assert isnan(centre)
    assert (interval.low, interval.high) == (-inf, inf)


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (3, 10), (10, 10), (1, 1)])
def test_a_proportion_has_the_exact_binomial_interval(successes: int, trials: int) -> None:
    expected = stats.binomtest(successes, trials).proportion_ci(0.95, "exact")
    share, interval = proportion_interval(successes, trials, 0.95)
    assert share == successes / trials
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_none_found_in_many_runs_bounds_the_rate_by_about_three_over_their_number() -> None:
    interval = none_found_interval(300, 0.95)
    assert interval.low == 0.0
    assert interval.high == pytest.approx(3 / 300, rel=0.01)
    assert (1 - interval.high) ** 300 == pytest.approx(0.05)


def test_no_run_at_all_bounds_nothing() -> None:
    assert none_found_interval(0, 0.95).high == 1.0
    assert proportion_interval(0, 0, 0.95)[1].high == 1.0
