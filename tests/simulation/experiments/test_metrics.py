"""Metrics read what they say off a run, and take the interval that is right for their kind."""

from __future__ import annotations

import pickle
from math import inf, isnan, nan
from typing import Any

import attrs
import pandas as pd
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Crash, Outage, Result
from bookdelivery.simulation.experiments import (
    DEFAULT_METRICS,
    Cycles,
    Kind,
    Mean,
    Metric,
    Quantile,
    Rows,
    Share,
    ShareOf,
    SteadyMean,
    Uptime,
)
from bookdelivery.simulation.experiments.metrics import as_metrics, named
from bookdelivery.simulation.statistics import mser5
from tests.simulation.experiments.little import LITTLE, SERVED, half_of
from tests.simulation.worlds import SHOP_WITH_A_TILL, run


@pytest.fixture(scope="module")
def result() -> Result:
    return run(LITTLE, SHOP_WITH_A_TILL)


def test_readers_read_what_pandas_reads(result: Result) -> None:
    requests = result.requests
    answered = requests[requests["outcome"] == "answered"]
    assert 0 < len(answered) < len(requests)
    where = {"outcome": "answered"}
    assert Mean("requests", "latency_s", where=where)(result) == pytest.approx(answered["latency_s"].mean())
    assert Quantile("requests", "latency_s", level=0.9)(result) == pytest.approx(requests["latency_s"].quantile(0.9))
    assert Rows("requests")(result) == len(requests)
    assert Rows("requests", where=where, per_second=True)(result) == len(answered) / 100
    assert ShareOf("requests", where)(result) == Share(len(answered), len(requests))
    both = {"outcome": ("answered", "turned_away")}
    assert ShareOf("requests", both, where={"kind": "serve"})(result) == Share(len(requests), len(requests))


def test_a_steady_mean_forgets_the_warm_up_given_or_found(result: Result) -> None:
    requests = result.requests.sort_values("arrived_s")
    late = requests[requests["arrived_s"] >= 30.0]["latency_s"].mean()
    assert SteadyMean("requests", "latency_s", warm_up_s=30.0)(result) == pytest.approx(late)
    values = requests["latency_s"].to_numpy()
    assert SteadyMean("requests", "latency_s")(result) == pytest.approx(values[mser5(values) :].mean())


def test_where_there_are_no_rows_there_is_no_number(result: Result) -> None:
    nobody = {"kind": "nobody"}
    assert isnan(Mean("requests", "latency_s", where=nobody)(result))
    assert isnan(Quantile("requests", "latency_s", level=0.5, where=nobody)(result))
    assert isnan(SteadyMean("requests", "latency_s", where=nobody)(result))
    assert ShareOf("requests", {"outcome": "answered"}, where=nobody)(result) == Share(0, 0)
    assert isnan(float(Share(0, 0)))


@pytest.mark.parametrize(
    ("reader", "named_in_error"),
    [
        (Rows("requets"), "metric.table is 'requets'"),
        (Rows("scenario"), "metric.table is 'scenario'"),
        (Mean("requests", "latency"), "metric.column is 'latency', but must be one of requests's: kind, order_id"),
        (Rows("requests", where={"sort": "x"}), "metric.column is 'sort'"),
    ],
)
def test_what_is_not_in_the_tables_is_named_with_what_is(result: Result, reader: Any, named_in_error: str) -> None:
    with pytest.raises(InvalidField, match=named_in_error):
        reader(result)


def test_readers_are_values_that_travel() -> None:
    for metric in DEFAULT_METRICS:
        assert pickle.loads(pickle.dumps(metric)) == metric  # noqa: S301


@pytest.mark.parametrize("level", [0, 1, 1.5, True, "0.5"])
def test_a_level_that_is_none_is_refused(level: Any) -> None:
    with pytest.raises(InvalidField, match=r"Quantile\.level"):
        Quantile("requests", "latency_s", level=level)


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (Kind.MEAN, "Student's t over replications"),
        (Kind.MEDIAN, "order statistics over replications"),
        (Kind.EVENT, "Clopper-Pearson over replications"),
    ],
)
def test_each_kind_has_its_own_interval(kind: Kind, method: str) -> None:
    assert Metric("x", half_of, kind).estimate([1.0, 0.0, 1.0], 0.95).interval.method == method


def test_a_share_has_its_interval_from_the_spread_between_runs() -> None:
    estimate = SERVED.estimate([Share(90.0, 100.0), Share(160.0, 200.0), Share(85.0, 100.0)], 0.95)
    assert estimate.value == pytest.approx(335 / 400)
    assert estimate.interval.method == "ratio of sums over replications, jackknifed"


@pytest.mark.parametrize("kind", [Kind.MEAN, Kind.MEDIAN, Kind.EVENT])
def test_a_run_that_measured_nothing_leaves_the_interval_open(kind: Kind) -> None:
    interval = Metric("x", half_of, kind).estimate([1.0] * 20 + [nan], 0.95).interval
    assert (interval.low, interval.high) == (-inf, inf)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Kind.MEAN, "many"),
        (Kind.MEAN, Share(1, 2)),
        (Kind.SHARE, 0.5),
        (Kind.SHARE, Share(3, 2)),
        (Kind.EVENT, 0.5),
        (Kind.AVAILABILITY, Share(1, 2)),
        (Kind.AVAILABILITY, Cycles((1.0,), ())),
        (Kind.AVAILABILITY, Cycles((1.0,), (1.0,), -1.0)),
    ],
)
def test_a_reading_of_another_kind_is_refused(result: Result, kind: Kind, given: Any) -> None:
    with pytest.raises(InvalidField, match=r"x\.reading"):
        Metric("x", lambda _: given, kind).reading(result)


def test_a_function_by_name_is_a_metric_whose_figure_is_averaged() -> None:
    assert as_metrics({"half": half_of}) == (Metric("half", half_of, Kind.MEAN),)


@pytest.mark.parametrize("given", [(), (SERVED, SERVED), (half_of,)])
def test_what_are_no_metrics_is_refused(given: Any) -> None:
    with pytest.raises(InvalidField, match=r"experiment\.metrics"):
        as_metrics(given)


def test_a_metric_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(InvalidField, match="metric is 'saved', but must be one of served"):
        named((SERVED,), "saved")


@pytest.mark.parametrize(("name", "read"), [(" ", half_of), (3, half_of), ("x", "latency")])
def test_a_metric_without_a_name_or_a_function_is_refused(name: Any, read: Any) -> None:
    with pytest.raises(InvalidField, match=r"Metric\.(name|read)"):
        Metric(name, read)


def test_the_default_metrics_suit_any_system(result: Result) -> None:
    readings = {metric.name: metric.reading(result) for metric in DEFAULT_METRICS}
    assert readings["requests"] == len(result.requests)
    assert readings["latency_p50_s"] == pytest.approx(pd.Series(result.requests["latency_s"]).median())


def test_uptime_follows_the_pods_from_coming_up_to_coming_up_again() -> None:
    faults = [Outage("till", at=20, lasts=10), Outage("till", at=60, lasts=5), Outage("till", at=95, lasts=50)]
    result = run(attrs.evolve(LITTLE, faults=faults), SHOP_WITH_A_TILL)
    # Pods begin up, and later start in 5 s; the last outage outlasts the visitors and is no whole cycle.
    assert Uptime("till")(result) == Cycles((20.0, 25.0), (15.0, 10.0), 25.0, 5.0)
    assert float(Uptime("till")(result)) == pytest.approx(0.7)


def test_with_two_pods_needed_one_crash_is_an_outage() -> None:
    deployment = {"till": attrs.evolve(LITTLE.deployment["till"], replicas=2)}
    result = run(attrs.evolve(LITTLE, deployment=deployment, faults=[Crash("till", at=40)]), SHOP_WITH_A_TILL)
    assert Uptime("till", needed=2)(result) == Cycles((40.0,), (6.0,), 54.0)
    assert Uptime("till")(result) == Cycles((), (), 100.0)


def test_uptime_of_a_context_that_is_not_there_is_refused(result: Result) -> None:
    with pytest.raises(InvalidField, match="context is 'kitchen', but must be one of till"):
        Uptime("kitchen")(result)


def test_availability_pools_the_cycles_of_all_runs() -> None:
    metric = Metric("up", Uptime("till"), Kind.AVAILABILITY)
    estimate = metric.estimate(
        [Cycles((90.0, 95.0), (5.0, 4.0)), Cycles((), (), 10.0, 2.0), Cycles((99.0,), (8.0,))], 0.95
    )
    assert estimate.value == pytest.approx(294 / 313)
    assert estimate.sample_size == 3


@pytest.mark.parametrize("kind", [Kind.SHARE, Kind.AVAILABILITY])
def test_a_failed_reading_leaves_even_sums_open(kind: Kind) -> None:
    good = Share(1, 2) if kind is Kind.SHARE else Cycles((1.0, 2.0), (1.0, 1.0))
    assert isnan(Metric("x", half_of, kind).estimate([good, good, nan], 0.95).value)
