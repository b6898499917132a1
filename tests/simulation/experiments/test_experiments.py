"""Replications, sweeps and comparisons: the same wherever they run, whole whatever fails, with intervals that fit."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import isnan
from pathlib import Path
from typing import Any

import attrs
import pandas as pd
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import DEFAULT_SYSTEM, Outage, Poisson, Scenario, simulate
from bookdelivery.simulation.experiments import (
    Grid,
    Metric,
    NothingFinished,
    Precision,
    compare,
    replicate,
    replication_seed,
    sweep,
)
from bookdelivery.simulation.experiments.readings import Kind
from bookdelivery.simulation.statistics import look_confidences, look_sizes
from tests.simulation.experiments.little import (
    GUESTS,
    LITTLE,
    METRICS,
    SERVED,
    STAY,
    Dislikes,
    Kills,
    Stumbles,
    metric,
    till,
)
from tests.simulation.worlds import SHOP_WITH_A_TILL


def cell(frame: pd.DataFrame, row: str, column: str) -> Any:
    return frame.loc[row, column]


here = partial(replicate, LITTLE, system=till, metrics=METRICS, workers=1)
UNLUCKY = replication_seed(3, 2)


def test_replications_are_the_runs_of_their_seeds_and_the_first_of_many_are_the_few() -> None:
    few, many = here(2), here(4)
    assert many.runs[:2] == few.runs
    assert [run.seed for run in many.runs] == [replication_seed(3, number) for number in (1, 2, 3, 4)]
    again = simulate(attrs.evolve(LITTLE, seed=many.runs[3].seed), SHOP_WITH_A_TILL)
    assert many.runs[3].readings["guests"] == len(again.requests)
    assert here(2, seed=9).runs[0].seed == replication_seed(9, 1)


@pytest.mark.slow
def test_replications_are_the_same_here_in_processes_and_in_threads() -> None:
    alone = here(4)
    with ThreadPoolExecutor(3) as threads:
        assert replicate(LITTLE, 4, system=till, metrics=METRICS, executor=threads) == alone
    assert replicate(LITTLE, 4, system=till, metrics=METRICS, workers=2) == alone


def test_the_table_has_a_row_a_run_and_the_summary_a_row_a_metric() -> None:
    found = here(6)
    assert list(found.table.columns) == ["seed", "guests", "stay_s", "served", "all"]
    assert list(found.table.index) == [1, 2, 3, 4, 5, 6]
    assert found.table["seed"].tolist() == [run.seed for run in found.runs]
    summary = found.summary()
    assert list(summary.index) == ["guests", "stay_s", "served", "all"]
    assert summary.loc["stay_s", "value"] == pytest.approx(found.table["stay_s"].mean())
    assert cell(summary, "served", "method") != cell(summary, "all", "method")
    assert (summary["confidence"] == 0.95).all()
    wide, narrow = found.estimate("stay_s", 0.99).interval, found.estimate("stay_s", 0.8).interval
    assert wide.half_width > narrow.half_width
    assert repr(found).startswith("<6 replications of seed 3: guests ")


def test_a_failed_replication_is_reported_with_its_seed_and_the_others_are_there() -> None:
    found = here(4, metrics=[GUESTS, metric(Stumbles((UNLUCKY,)))])
    assert [run.replication for run in found.runs] == [1, 3, 4]
    [failure] = found.failures
    assert (failure.replication, failure.seed) == (2, UNLUCKY)
    assert str(failure) == f"run 2 (seed {UNLUCKY}): ZeroDivisionError: no change left"
    assert "little.py" in failure.trace
    assert "1 failed" in repr(found)
    assert found.estimate("guests").sample_size == 3


@pytest.mark.slow
def test_a_replication_whose_process_is_killed_is_reported_with_its_seed_and_the_others_are_there(
    tmp_path: Path,
) -> None:
    deadly = Kills(tmp_path, seed=UNLUCKY, times=99, spare=os.getpid())
    found = replicate(LITTLE, 4, system=till, metrics=[metric(deadly)], workers=2)
    assert [run.replication for run in found.runs] == [1, 3, 4]
    [failure] = found.failures
    assert (failure.seed, failure.error[:11]) == (UNLUCKY, "WorkerDied:")


def test_if_nothing_finishes_that_is_an_error_with_the_first_reason() -> None:
    with pytest.raises(
        NothingFinished, match=r"all 3 replications failed; the first: run 1 \(seed \d+\): Zero"
    ) as seen:
        here(3, metrics=[metric(Stumbles(tuple(replication_seed(3, number) for number in (1, 2, 3))))])
    assert len(seen.value.failures) == 3


def test_what_the_system_does_not_have_is_an_error_with_its_name() -> None:
    scenario = attrs.evolve(LITTLE, faults=[Outage("kitchen", at=1, lasts=1)])
    with pytest.raises(NothingFinished, match=r"Outage\.context is 'kitchen'"):
        replicate(scenario, 2, system=till, metrics=METRICS, workers=1)


def test_one_runs_until_a_metric_is_known_well_enough_and_looks_cost_confidence() -> None:
    goal = Precision(metric="stay_s", relative=0.25, at_least=4, at_most=64)
    found = here(until=goal)
    assert found.precise
    assert len(found.runs) in look_sizes(4, 64)
    spent = dict(zip(look_sizes(4, 64), look_confidences(0.95, look_sizes(4, 64)), strict=True))
    assert found.confidence == spent[len(found.runs)] > 0.95
    reached = found.estimate("stay_s")
    assert reached.interval.half_width <= 0.25 * reached.value
    assert here(until=goal) == found


def test_a_budget_that_ends_too_early_is_said() -> None:
    found = here(until=Precision(metric="stay_s", absolute=1e-6, at_least=2, at_most=4))
    assert found.precise is False
    assert len(found.runs) == 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"relative": 0.1, "absolute": 1.0}, "relative"),
        ({}, "relative"),
        ({"relative": -0.1}, "relative"),
        ({"relative": 0.1, "confidence": 95}, "confidence"),
        ({"relative": 0.1, "at_least": 0}, "at_least"),
        ({"relative": 0.1, "at_most": 2.5}, "at_most"),
        ({"relative": 0.1, "metric": ""}, "metric"),
    ],
)
def test_a_precision_that_is_none_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField, match=rf"Precision\.{field}"):
        Precision(**{"metric": "stay_s", **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n": 0}, "n is 0"),
        ({"n": 2.0}, "n is 2.0"),
        ({}, "unless until says when to stop"),
        ({"n": 2, "until": Precision(metric="stay_s", relative=1)}, "unless until says when to stop"),
        ({"until": Precision(metric="leave_s", relative=1)}, "metric is 'leave_s', but must be one of guests"),
        ({"n": 2, "seed": -1}, "seed is -1"),
        ({"n": 2, "system": DEFAULT_SYSTEM}, "a function that makes a System"),
        ({"n": 2, "metrics": []}, "metrics"),
        ({"n": 2, "workers": 0}, "workers"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        replicate(LITTLE, **{"system": till, "metrics": METRICS, "workers": 1, **changes})


def test_a_setting_that_there_is_not_is_refused_instead_of_ignored() -> None:
    with pytest.raises(InvalidField, match=r"experiment\.replications is 3, but must be left out: .* seed, executor"):
        replicate(LITTLE, 2, system=till, replications=3)  # type: ignore[call-arg]


def test_what_is_no_scenario_is_refused() -> None:
    with pytest.raises(InvalidField, match="a Scenario"):
        replicate("store-down", 2)  # type: ignore[arg-type]


def test_progress_is_told_after_every_replication() -> None:
    told: list[tuple[int, int, str]] = []
    here(2, progress=lambda *news: told.append(news))
    assert told == [(0, 2, ""), (1, 2, "run 1"), (2, 2, "run 2")]


swept = partial(sweep, LITTLE, system=till, metrics=[GUESTS, STAY], workers=1)


def test_a_sweep_runs_every_combination_with_the_same_chance() -> None:
    grid: Grid = {"load.per_second": [0.4, 0.6], "deployment.till.workers": [1, 2, 3]}
    found = swept(grid, 2)
    settings = [(point["load.per_second"], point["deployment.till.workers"]) for point, _ in found.points]
    assert settings == [(0.4, 1), (0.4, 2), (0.4, 3), (0.6, 1), (0.6, 2), (0.6, 3)]
    table = found.table
    assert list(table.columns) == [
        "load.per_second",
        "deployment.till.workers",
        "replication",
        "seed",
        "guests",
        "stay_s",
    ]
    # More workers serve the very same guests, and faster.
    one, two, three = (table[table["deployment.till.workers"] == workers].reset_index() for workers in (1, 2, 3))
    assert list(one["guests"]) == list(two["guests"]) == list(three["guests"])
    assert (one["stay_s"] > two["stay_s"]).all()
    assert len(found.summary()) == 6 * 2
    assert repr(found) == "<Sweep of load.per_second, deployment.till.workers: 6 points, 12 replications>"


def test_a_sweep_over_things_that_are_no_numbers_tells_them_by_their_words() -> None:
    found = swept({"load": [Poisson(per_second=0.3), Poisson(per_second=0.5)]}, 1)
    assert list(found.table["load"]) == ["Poisson(per_second=0.3)", "Poisson(per_second=0.5)"]


def test_a_point_of_which_nothing_is_left_takes_no_digits_from_the_seeds_of_others() -> None:
    found = swept({"load.per_second": [0.3, 0.5]}, 1, metrics=[metric(Dislikes(0.5))])
    assert len(found.failures) == 1
    assert found.table["seed"].tolist() == [replication_seed(3, 1)]


def test_a_failed_point_of_a_sweep_is_reported_with_its_settings() -> None:
    found = swept({"load.per_second": [0.3, 0.5]}, 2, metrics=[metric(Stumbles((UNLUCKY,)))])
    assert [str(failure)[:30] for failure in found.failures] == [
        "load.per_second=0.3, run 2 (se",
        "load.per_second=0.5, run 2 (se",
    ]
    assert len(found.table) == 2


@pytest.mark.parametrize(
    ("grid", "message"),
    [({}, "grid"), ({"lasts": []}, "grid"), ({"lasts": "123"}, "grid"), ({"speed": [1]}, "scenario.path is 'speed'")],
)
def test_a_grid_that_is_none_is_refused(grid: Any, message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        swept(grid)


def workers(number: int) -> Scenario:
    deployment = {"till": attrs.evolve(LITTLE.deployment["till"], workers=number, queue_limit=None)}
    return attrs.evolve(LITTLE, deployment=deployment)


compared = partial(compare, system=till, metrics=[GUESTS, STAY, SERVED], workers=1)


def test_a_scenario_does_not_differ_from_itself() -> None:
    found = compared(workers(1), workers(1), 3)
    assert (found.pairs[["guests_difference", "stay_s_difference"]] == 0).all(axis=None)


def test_a_comparison_tells_b_minus_a_over_pairs_that_met_the_same_guests() -> None:
    found = compared(workers(1), workers(2), 12)
    pairs = found.pairs
    assert (pairs["guests_a"] == pairs["guests_b"]).all()
    difference = found.difference("stay_s")
    assert difference.value == pytest.approx((pairs["stay_s_b"] - pairs["stay_s_a"]).mean())
    assert difference.interval.high < 0
    assert difference.interval.method == "Student's t over paired replications"
    summary = found.summary()
    assert cell(summary, "stay_s", "a") > cell(summary, "stay_s", "b")
    assert isnan(cell(summary, "served", "correlation"))
    assert repr(found).startswith("<b - a over 12 pairs: guests +0 [+0, +0]")


def test_common_random_numbers_make_the_interval_narrower_than_independent_runs_would() -> None:
    one, other = workers(1), attrs.evolve(workers(1), network=attrs.evolve(LITTLE.network, latency_s=0.05))
    found = compared(one, other, 12)
    independent = replicate(other, 12, system=till, metrics=[STAY], workers=1, seed=99).estimate("stay_s")
    assert found.difference("stay_s").interval.half_width < independent.interval.half_width / 2
    assert cell(found.summary(), "stay_s", "correlation") > 0.8


def test_a_pair_of_which_one_failed_is_left_out_and_reported() -> None:
    found = compared(workers(1), workers(2), 3, metrics=[metric(Stumbles((UNLUCKY,)))])
    assert list(found.pairs.index) == [1, 3]
    assert [failure.label for failure in found.failures] == ["a", "b"]


def test_a_comparison_can_go_on_until_the_difference_is_known() -> None:
    goal = Precision(metric="stay_s", relative=0.5, at_least=4, at_most=32)
    found = compared(workers(1), workers(2), until=goal)
    assert found.precise
    difference = found.difference("stay_s")
    assert difference.interval.half_width <= 0.5 * abs(difference.value)
    assert found.confidence > 0.95


def test_a_difference_of_typical_figures_is_the_median_of_the_differences() -> None:
    typical = Metric("stay_s", STAY.read, Kind.MEDIAN)
    found = compared(workers(1), workers(2), 9, metrics=[typical])
    assert found.difference("stay_s").value == found.pairs["stay_s_difference"].median()
