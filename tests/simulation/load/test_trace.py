"""Loads that repeat what was once seen."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.load import Trace
from tests.simulation.load.arriving import arrivals

unchecked: Any = Trace


def test_visitors_come_at_the_moments_at_which_they_once_came() -> None:
    assert arrivals(Trace([0.5, 2.0, 2.0, 7.25]), 100.0) == [0.5, 2.0, 2.0, 7.25]


def test_those_after_the_end_do_not_come() -> None:
    assert arrivals(Trace([0.5, 2.0, 7.25]), 7.0) == [0.5, 2.0]


def test_counts_are_spread_over_their_intervals_by_chance() -> None:
    load = Trace([10.0, 20.0, 30.0], [300, 0, 5])
    came = arrivals(load, 100.0)
    assert np.histogram(came, bins=[0, 10, 20, 30, 40, 100])[0].tolist() == [0, 300, 0, 5, 0]
    assert came == sorted(came)
    assert came == arrivals(load, 100.0)
    assert came != arrivals(load, 100.0, seed=2)
    first = np.array(came[:300])
    assert np.mean(first) == pytest.approx(15.0, abs=0.7)
    assert np.std(first) == pytest.approx(10 / np.sqrt(12), rel=0.1)


def test_a_series_of_moments_may_hold_seconds_or_times_of_day() -> None:
    times = pd.Series(pd.to_datetime(["2026-11-22 09:00:00.0", "2026-11-22 09:00:01.5", "2026-11-22 09:01:00.0"]))
    assert Trace.of_moments(pd.Series([1.0, 2.5])) == Trace([1.0, 2.5])
    assert Trace.of_moments(times) == Trace([0.0, 1.5, 60.0])
    assert Trace.of_moments(times.dt.tz_localize("Asia/Seoul")) == Trace([0.0, 1.5, 60.0])


def test_a_series_of_counts_is_indexed_by_seconds_differences_or_times() -> None:
    counts = [4, 0, 9]
    expected = Trace([0.0, 60.0, 120.0], counts)
    for index in (
        pd.Index([0, 60, 120]),
        pd.to_timedelta([0, 1, 2], unit="min"),
        pd.date_range("2026-11-22 09:00", periods=3, freq="min"),
    ):
        assert Trace.of_counts(pd.Series(counts, index=index)) == expected
        assert Trace.of_counts(pd.Series(counts, index=index, dtype="float64")) == expected


def test_it_says_how_many_come() -> None:
    assert Trace([1.0, 2.0]).describe() == "trace of 2 visitors"
    assert Trace([1.0, 2.0], [700, 500]).describe() == "trace of 1,200 visitors"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Trace([]), "Trace.at_s is .*, but must be a list of seconds, at least one"),
        (lambda: unchecked("soon"), "Trace.at_s is 'soon'"),
        (lambda: Trace([1.0, -1.0]), r"Trace.at_s\[1\] is -1.0, but must be a number of seconds, 0 or more"),
        (
            lambda: Trace([1.0, 3.0, 2.0]),
            r"Trace.at_s\[2\] is 2.0, but must be not earlier than the moment before it, 3 s: a trace is in order",
        ),
        (lambda: Trace.of_moments(pd.Series([3.0, 2.0])), r"Trace.at_s\[1\] is 2.0, but must be not earlier"),
        (lambda: Trace([1.0, 2.0], [3]), r"Trace.visitors is \(3,\), but must be a list as long as at_s, which has 2"),
        (lambda: Trace([1.0, 2.0], [3, -1]), r"Trace.visitors\[1\] is -1, but must be a whole number, 0 or more"),
        (lambda: Trace.of_counts(pd.Series([1.5, 2.0])), r"Trace.visitors\[0\] is 1.5, but must be a whole number"),
        (lambda: Trace([1.0, 1.0], [3, 1]), r"Trace.at_s\[1\] is 1.0, but must be later than the interval before it"),
    ],
)
def test_a_trace_that_makes_no_sense_is_refused(make: Callable[[], Trace], message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        make()
