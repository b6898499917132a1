"""Run a scenario many times with other chance, and say what is known then."""

from __future__ import annotations

from typing import Unpack

import attrs
import numpy as np
import pandas as pd

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_number
from bookdelivery.simulation._checks import a_count, a_name, optional
from bookdelivery.simulation.experiments.gathering import Gathered, Gathering, How
from bookdelivery.simulation.experiments.metrics import Metric, named
from bookdelivery.simulation.experiments.trials import Failure, Run
from bookdelivery.simulation.scenario import Scenario
from bookdelivery.simulation.statistics import Estimate, look_confidences, look_sizes

_a_share = a_number("a number between 0 and 1, both excluded", lambda value: 0 < value < 1)
_a_width = a_number("a positive number", lambda value: 0 < value < float("inf"))


@attrs.frozen(kw_only=True)
class Precision:
    """How well a metric is to be known, and what that may cost.

    One looks after `at_least` replications, then each time they have doubled, at last after `at_most`. Each look has a
    part of what may be wrong (see `look_confidences`), so that stopping when it looks good keeps the confidence.

    Args:
        metric: the name of the metric.
        relative: the interval may reach so far to either side, as a share of the estimate: 0.05 is 5 %; or
        absolute: so far in the metric's own unit.
        confidence: of the interval, over all looks.
        at_least: replications before the first look.
        at_most: replications in all.

    Raises:
        InvalidField: a number is out of range, or neither or both of relative and absolute are given.
    """

    metric: str = attrs.field(validator=a_name)
    relative: float | None = attrs.field(default=None, validator=optional(_a_width))
    absolute: float | None = attrs.field(default=None, validator=optional(_a_width))
    confidence: float = attrs.field(default=0.95, validator=_a_share)
    at_least: int = attrs.field(default=10, validator=a_count)
    at_most: int = attrs.field(default=160, validator=a_count)

    def __attrs_post_init__(self) -> None:
        """See that there is one width."""
        if (self.relative is None) == (self.absolute is None):
            raise InvalidField("Precision", "relative", self.relative, "given, unless absolute is given instead")

    def looks(self) -> list[tuple[int, float]]:
        """Say after how many replications to look, and with which confidence."""
        sizes = look_sizes(self.at_least, self.at_most)
        return list(zip(sizes, look_confidences(self.confidence, sizes), strict=True))

    def reached(self, estimate: Estimate) -> bool:
        """Say whether an estimate is good enough."""
        allowed = self.absolute if self.relative is None else self.relative * abs(estimate.value)
        return allowed is not None and estimate.interval.half_width <= allowed


@attrs.frozen(kw_only=True)
class Replications:
    """What came of a scenario's replications.

    Attributes:
        scenario: what was run, with its own seed.
        seed: of the experiment, from which each replication's comes.
        metrics: what was read off.
        runs: the replications that came to their end, by ascending number.
        failures: those that did not, each with its seed; they are in no estimate.
        confidence: of intervals where no other is asked for; after looks until a precision was reached, the last one's.
        precise: whether the precision was reached; None where a number was given.
    """

    scenario: Scenario
    seed: int
    metrics: tuple[Metric, ...]
    runs: tuple[Run, ...]
    failures: tuple[Failure, ...]
    confidence: float = 0.95
    precise: bool | None = None

    def __repr__(self) -> str:
        lost = f", {len(self.failures)} failed" if self.failures else ""
        figures = ", ".join(
            f"{metric.name} {one.value:.4g} [{one.interval.low:.4g}, {one.interval.high:.4g}]"
            for metric in self.metrics
            for one in [self.estimate(metric.name)]
        )
        return f"<{len(self.runs)} replications of seed {self.seed}{lost}: {figures}>"

    @property
    def table(self) -> pd.DataFrame:
        """One row a finished replication, by its number: its seed, and each metric as a number."""
        index = pd.Index([run.replication for run in self.runs], dtype="int64", name="replication")
        numbers = [_numbers(run, self.metrics) for run in self.runs]
        columns = [metric.name for metric in self.metrics]
        table = pd.DataFrame(numbers, index=index, columns=columns, dtype="float64")
        # As a float a seed would lose its last digits, and with them the run.
        table.insert(0, "seed", np.array([run.seed for run in self.runs], dtype="int64"))
        return table

    def estimate(self, metric: str, confidence: float | None = None) -> Estimate:
        """Give a metric's estimate with the interval that is right for its kind.

        Raises:
            InvalidField: there is no such metric, or the confidence is none.
        """
        level = self.confidence if confidence is None else confidence
        return named(self.metrics, metric).estimate([run.readings[metric] for run in self.runs], level)

    def summary(self, confidence: float | None = None) -> pd.DataFrame:
        """One row a metric: value, low, high, confidence, runs (with a figure), method, unit."""
        rows = {metric.name: told(metric, self.estimate(metric.name, confidence)) for metric in self.metrics}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("metric")


def replicate(
    scenario: Scenario, n: int | None = None, *, until: Precision | None = None, **how: Unpack[How]
) -> Replications:
    """Run a scenario several times, each with chance of its own, on all cores.

    The same scenario and seed give the same replications on every executor, in whatever order they end; and the first
    ten of a hundred are the ten.

    Args:
        scenario: what is run; each replication gets a seed of its own.
        n: how often; or
        until: until a metric is known well enough.
        how: see `How`: system, metrics, seed, executor, workers, directory, progress.

    Returns:
        The replications; those that failed are reported with their seeds.

    Raises:
        InvalidField: a setting is out of range, or neither or both of n and until are given.
        NothingFinished: every replication failed.
        NotPortable: system, metrics or scenario cannot be sent to another process.
    """
    looks = planned(n, until)
    with Gathering([("", scenario)], "replications", how) as gathering:
        goal = None if until is None else named(gathering.metrics, until.metric)
        found, confidence, precise = Gathered((), ()), 0.95, None if until is None else False
        for size, level in looks:
            [found] = gathering.up_to(size)
            if goal is None or until is None:
                break
            confidence = level
            precise = until.reached(goal.estimate([run.readings[goal.name] for run in found.runs], level))
            if precise:
                break
    return Replications(
        scenario=scenario,
        seed=gathering.seed,
        metrics=gathering.metrics,
        runs=found.runs,
        failures=found.failures,
        confidence=confidence,
        precise=precise,
    )


def planned(n: int | None, until: Precision | None) -> list[tuple[int, float]]:
    """Say after how many replications to look, and with which confidence: once, or as a precision says.

    Raises:
        InvalidField: neither or both are given, or n is no number of replications.
    """
    if (n is None) == (until is None):
        raise InvalidField("experiment", "n", n, "a number of replications, unless until says when to stop")
    if until is not None:
        return until.looks()
    if type(n) is not int or n < 1:
        raise InvalidField("experiment", "n", n, "a whole number, 1 or more")
    return [(n, 0.95)]


def told(metric: Metric, estimate: Estimate) -> dict[str, object]:
    """Make a row of a summary."""
    return {
        "value": estimate.value,
        "low": estimate.interval.low,
        "high": estimate.interval.high,
        "confidence": estimate.interval.confidence,
        "runs": estimate.sample_size,
        "method": estimate.interval.method,
        "unit": metric.unit,
    }


def _numbers(run: Run, metrics: tuple[Metric, ...]) -> dict[str, float]:
    return {metric.name: float(run.readings[metric.name]) for metric in metrics}
