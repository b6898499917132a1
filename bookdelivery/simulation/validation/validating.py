"""Runs the cases, and says where simulation and theory part."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor

import pandas as pd

from bookdelivery.simulation.experiments import Replications, replicate
from bookdelivery.simulation.statistics import Estimate, controlled_mean
from bookdelivery.simulation.validation.cases import Case, Figure

REPLICATIONS = 16


def validate(
    chosen: Sequence[Case],
    *,
    replications: int = REPLICATIONS,
    seed: int = 1,
    confidence: float = 0.99,
    executor: Executor | None = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """Simulate each case and compare it with theory.

    Args:
        chosen: from `cases()`.
        replications: how often each is run.
        seed: of everything that chance decides.
        confidence: of each case's interval; of a hundred cases at 99 %, one disagrees by chance.
        executor: who runs replications, see `replicate`.
        workers: how many processes, see `replicate`.

    Returns:
        One row a figure: model, figure, expected, simulated, low, high, half_width (of the interval, as a share of what
        is expected: a bias of twice as much is as good as sure to be caught), agrees.

    Raises:
        NothingFinished: every replication of a case failed.
    """
    rows: list[dict[str, object]] = []
    for case in chosen:
        metrics = [*(figure.metric for figure in case.figures), *(metric for metric, _ in case.controls)]
        runs = replicate(case.scenario, replications, metrics=metrics, seed=seed, executor=executor, workers=workers)
        rows += [_row(case, figure, _estimate(case, figure, runs, confidence)) for figure in case.figures]
    return pd.DataFrame(rows)


def _row(case: Case, figure: Figure, found: Estimate) -> dict[str, object]:
    return {
        "model": case.model,
        "figure": figure.words,
        "expected": figure.expected,
        "simulated": found.value,
        "low": found.interval.low,
        "high": found.interval.high,
        "half_width": found.interval.half_width / figure.expected,
        "agrees": figure.expected in found.interval,
    }


def _estimate(case: Case, figure: Figure, runs: Replications, confidence: float) -> Estimate:
    if not case.controls:
        return runs.estimate(figure.metric.name, confidence)
    table = runs.table
    return controlled_mean(
        table[figure.metric.name].tolist(),
        table[[metric.name for metric, _ in case.controls]].to_numpy().tolist(),
        [mean for _, mean in case.controls],
        confidence,
    )
