"""Intervals claim no more than the sample gives, and are those of the textbooks."""

from collections.abc import Callable
from math import inf, isnan, nan

import pytest
from scipy import stats

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.statistics import (
    Interval,
    availability_interval,
    clopper_pearson,
    controlled_mean,
    mean_interval,
    median_interval,
    none_found,
    paired_interval,
    quantile_interval,
    ratio_interval,
    share_interval,
    wilson,
)


def ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def test_an_interval_holds_its_ends_and_what_is_between_them() -> None:
    interval = Interval(1.0, 2.0, "guess", 0.95)
    assert 1.0 in interval
    assert 2.0 in interval
    assert 2.1 not in interval
    assert interval.half_width == 0.5
    assert Interval(-inf, 2.0, "guess", 0.95).half_width == inf


def test_a_mean_has_students_interval() -> None:
    values = [1.0, 2.0, 4.0, 8.0]
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.9)
    found = mean_interval(values, 0.9)
    assert found.value == pytest.approx(3.75)
    assert ends(found.interval) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("values", [[], [1.0], [1.0, inf]])
def test_a_mean_of_too_little_says_nothing(values: list[float]) -> None:
    assert ends(mean_interval(values, 0.95).interval) == (-inf, inf)


def test_a_paired_difference_is_second_minus_first_with_students_interval_over_the_differences() -> None:
    first, second = [1.0, 5.0, 9.0], [2.0, 5.5, 11.0]
    expected = stats.ttest_rel(second, first).confidence_interval(0.95)
    found = paired_interval(first, second, 0.95)
    assert found.value == pytest.approx(3.5 / 3)
    assert ends(found.interval) == pytest.approx((expected.low, expected.high))


def test_pairs_that_are_not_pairs_are_refused() -> None:
    with pytest.raises(InvalidField, match="second is '3 figures', but must be as many as first, 2"):
        paired_interval([1.0, 2.0], [1.0, 2.0, 3.0], 0.95)


def test_without_controls_a_controlled_mean_is_the_plain_one() -> None:
    values = [1.0, 2.0, 4.0, 8.0]
    plain, controlled = mean_interval(values, 0.9), controlled_mean(values, [[]] * 4, [], 0.9)
    assert controlled.value == pytest.approx(plain.value)
    assert ends(controlled.interval) == pytest.approx(ends(plain.interval))


def test_a_control_that_does_not_vary_explains_nothing() -> None:
    values = [1.0, 2.0, 4.0, 8.0]
    assert controlled_mean(values, [[3.0]] * 4, [3.0], 0.9).value == pytest.approx(3.75)


def test_controls_that_explain_all_leave_no_width_and_too_few_runs_say_nothing() -> None:
    exact = controlled_mean([12.0, 14.0, 18.0], [[1.0], [2.0], [4.0]], [3.0], 0.95)
    assert exact.value == pytest.approx(16.0)
    assert exact.interval.half_width == pytest.approx(0.0, abs=1e-9)
    assert ends(controlled_mean([1.0, 2.0], [[1.0], [2.0]], [0.0], 0.95).interval) == (-inf, inf)
    with pytest.raises(InvalidField, match="1 figures for each of 2 runs"):
        controlled_mean([1.0, 2.0], [[1.0]], [0.0], 0.95)


@pytest.mark.parametrize(("size", "cut"), [(6, 0), (8, 0), (9, 1), (12, 2), (20, 5)])
def test_a_medians_interval_lies_between_the_tabulated_order_statistics(size: int, cut: int) -> None:
    values = [float(value) for value in range(size)]
    assert ends(median_interval(values[::-1], 0.95).interval) == (values[cut], values[size - 1 - cut])


@pytest.mark.parametrize("size", range(1, 40))
@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_a_quantiles_interval_covers_what_it_claims_at_both_ends_and_is_as_narrow_as_that_allows(
    size: int, level: float, confidence: float
) -> None:
    values = [float(value) for value in range(size)]
    interval = quantile_interval(values, level, confidence).interval
    tail = (1 - confidence) / 2
    if interval.low == -inf:
        assert stats.binom.cdf(0, size, level) > tail
    else:
        assert stats.binom.cdf(int(interval.low), size, level) <= tail
        assert stats.binom.cdf(int(interval.low) + 1, size, level) > tail
    above = size - 1 - interval.high
    if interval.high == inf:
        assert stats.binom.cdf(0, size, 1 - level) > tail
    else:
        assert stats.binom.cdf(above, size, 1 - level) <= tail
        assert stats.binom.cdf(above + 1, size, 1 - level) > tail


def test_a_high_quantile_of_few_runs_is_bounded_from_below_only() -> None:
    found = quantile_interval([float(value) for value in range(1, 11)], 0.9, 0.95)
    assert found.value == 9.0
    assert ends(found.interval) == (7.0, inf)


def test_what_never_happened_counts_as_late_and_not_as_missing() -> None:
    found = median_interval([1.0, 2.0, 3.0, inf, inf, inf, inf], 0.95)
    assert found.value == inf
    assert found.interval.high == inf


def test_a_median_of_something_unmeasured_says_nothing() -> None:
    found = median_interval([1.0] * 9 + [nan], 0.95)
    assert isnan(found.value)
    assert ends(found.interval) == (-inf, inf)


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (3, 10), (10, 10), (1, 1)])
def test_a_proportion_has_the_exact_binomial_interval_and_wilsons(successes: int, trials: int) -> None:
    test = stats.binomtest(successes, trials)
    exact, score = test.proportion_ci(0.95, "exact"), test.proportion_ci(0.95, "wilson")
    found = clopper_pearson(successes, trials, 0.95)
    assert found.value == successes / trials
    assert ends(found.interval) == pytest.approx((exact.low, exact.high))
    assert ends(wilson(successes, trials, 0.95).interval) == pytest.approx((score.low, score.high))


def test_none_found_in_many_runs_bounds_the_rate_by_about_three_over_their_number() -> None:
    interval = none_found(300, 0.95).interval
    assert interval.low == 0.0
    assert interval.high == pytest.approx(3 / 300, rel=0.01)
    assert (1 - interval.high) ** 300 == pytest.approx(0.05)


def test_no_run_at_all_bounds_nothing() -> None:
    assert none_found(0, 0.95).interval.high == 1.0
    assert ends(clopper_pearson(0, 0, 0.95).interval) == (0.0, 1.0)
    assert ends(wilson(0, 0, 0.95).interval) == (0.0, 1.0)
    assert ends(share_interval([], [], 0.95).interval) == (0.0, 1.0)


def test_a_ratio_is_that_of_the_sums_and_not_the_mean_of_ratios() -> None:
    assert ratio_interval([1.0, 30.0], [10.0, 100.0], 0.95).value == pytest.approx(31 / 110)


def test_a_ratio_of_equal_wholes_has_students_interval_over_its_parts() -> None:
    parts = [1.0, 4.0, 2.0, 5.0, 3.0]
    straight = mean_interval([part / 10 for part in parts], 0.95)
    jackknifed = ratio_interval(parts, [10.0] * 5, 0.95)
    assert ends(jackknifed.interval) == pytest.approx(ends(straight.interval))


def test_a_run_without_a_whole_is_no_part_of_the_sample() -> None:
    assert ratio_interval([1.0, 0.0, 3.0], [10.0, 0.0, 10.0], 0.95) == ratio_interval([1.0, 3.0], [10.0, 10.0], 0.95)


def test_a_share_that_no_run_saw_is_bounded_by_the_rate_of_runs_and_not_of_customers() -> None:
    found = share_interval([0] * 30, [10_000] * 30, 0.95)
    assert found.value == 0.0
    assert ends(found.interval) == pytest.approx((0.0, 1 - 0.05 ** (1 / 30)))
    mirrored = share_interval([10_000] * 30, [10_000] * 30, 0.95)
    assert ends(mirrored.interval) == pytest.approx((0.05 ** (1 / 30), 1.0))


def test_a_share_that_few_runs_saw_is_bounded_by_the_exact_rate_of_such_runs() -> None:
    found = share_interval([0] * 28 + [100, 200], [10_000] * 30, 0.95)
    assert found.value == pytest.approx(0.001)
    assert ends(found.interval) == (0.0, clopper_pearson(2, 30, 0.95).interval.high)


def test_a_share_that_all_of_a_few_runs_saw_has_its_interval_from_their_spread() -> None:
    interval = share_interval([97, 98, 96], [100, 100, 100], 0.95).interval
    assert 0.9 < interval.low < 0.97 < interval.high < 1.0


@pytest.mark.parametrize(("parts", "wholes"), [([11], [10]), ([-1], [10])])
def test_a_part_beyond_its_whole_is_refused(parts: list[float], wholes: list[float]) -> None:
    with pytest.raises(InvalidField, match="from 0 to its whole, 10"):
        share_interval(parts, wholes, 0.95)


def test_availability_is_the_share_of_time_up_with_ends_between_nothing_and_all() -> None:
    found = availability_interval([90.0, 130.0, 80.0], [10.0, 1.0, 4.0], 0.95)
    assert found.value == pytest.approx(300 / 315)
    assert 0 < found.interval.low < found.value < found.interval.high < 1


@pytest.mark.parametrize(("up", "down"), [([], []), ([5.0], [1.0]), ([5.0, 6.0], [0.0, 0.0])])
def test_availability_from_cycles_without_an_outage_says_nothing(up: list[float], down: list[float]) -> None:
    assert ends(availability_interval(up, down, 0.95).interval) == (0.0, 1.0)


@pytest.mark.parametrize("down", [[1.0], [-1.0, 1.0], [nan, 1.0], [inf, 1.0]])
def test_cycles_that_are_none_are_refused(down: list[float]) -> None:
    with pytest.raises(InvalidField, match="down_s"):
        availability_interval([5.0, 6.0], down, 0.95)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95, True, nan])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    makes: list[Callable[[], object]] = [
        lambda: mean_interval([1.0, 2.0], confidence),
        lambda: median_interval([1.0, 2.0], confidence),
        lambda: clopper_pearson(1, 2, confidence),
        lambda: wilson(1, 2, confidence),
        lambda: none_found(2, confidence),
        lambda: ratio_interval([1.0, 2.0], [2.0, 3.0], confidence),
        lambda: availability_interval([1.0, 2.0], [2.0, 3.0], confidence),
    ]
    for make in makes:
        with pytest.raises(InvalidField, match="confidence"):
            make()


@pytest.mark.parametrize(("successes", "trials"), [(3, 2), (-1, 2), (1.0, 2), (0, -1)])
def test_counts_that_are_none_are_refused(successes: int, trials: int) -> None:
    with pytest.raises(InvalidField, match=r"proportion\.(successes|trials)"):
        clopper_pearson(successes, trials, 0.95)


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidField, match="level is 1"):
        quantile_interval([1.0], 1, 0.95)
