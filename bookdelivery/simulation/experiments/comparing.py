"""Which of two is better, and by how much: both meet the same visitors, and are compared pair by pair."""

from __future__ import annotations

from typing import Unpack

import attrs
import numpy as np
import pandas as pd

from bookdelivery.simulation.experiments.gathering import Gathered, Gathering, How
from bookdelivery.simulation.experiments.metrics import Metric, named
from bookdelivery.simulation.experiments.replicating import Precision, Replications, planned, told
from bookdelivery.simulation.experiments.trials import Failure
from bookdelivery.simulation.scenario import Scenario
from bookdelivery.simulation.statistics import Estimate


@attrs.frozen(kw_only=True)
class Comparison:
    """What came of two scenarios that met the same chance.

    Attributes:
        a: the first one's replications.
        b: the second one's.
        confidence: of intervals where no other is asked for; after looks until a precision was reached, the last one's.
        precise: whether the precision was reached; None where a number was given.
    """

    a: Replications
    b: Replications
    confidence: float = 0.95
    precise: bool | None = None

    def __repr__(self) -> str:
        figures = ", ".join(
            f"{metric.name} {one.value:+.4g} [{one.interval.low:+.4g}, {one.interval.high:+.4g}]"
            for metric in self.metrics
            for one in [self.difference(metric.name)]
        )
        lost = f", {len(self.failures)} failed" if self.failures else ""
        return f"<b - a over {len(self.pairs)} pairs{lost}: {figures}>"

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What was read off."""
        return self.a.metrics

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All replications that failed, of both; the other one of a pair is left out of the differences."""
        return self.a.failures + self.b.failures

    @property
    def pairs(self) -> pd.DataFrame:
        """One row a pair that came to its end, by the replications' number: seed, and each metric of a, b and b - a."""
        a, b = self.a.table, self.b.table.drop(columns="seed").add_suffix("_b")
        both = a.rename(columns={metric.name: f"{metric.name}_a" for metric in self.metrics}).join(b, how="inner")
        for metric in self.metrics:
            both[f"{metric.name}_difference"] = both[f"{metric.name}_b"] - both[f"{metric.name}_a"]
        return both

    def difference(self, metric: str, confidence: float | None = None) -> Estimate:
        """Give by how much b's figure exceeds a's, from the differences of the pairs.

        For a metric of the kind median it is the median of the differences, by order statistics; for others their mean,
        by Student's t.

        Raises:
            InvalidField: there is no such metric, or the confidence is none.
        """
        chosen = named(self.metrics, metric)
        level = self.confidence if confidence is None else confidence
        return chosen.contrast(self.pairs[f"{metric}_difference"].tolist(), level)

    def summary(self, confidence: float | None = None) -> pd.DataFrame:
        """One row a metric: a, b, then value, low, high of b - a, confidence, runs, method, unit, and correlation.

        The correlation between the two is what common random numbers gain: the variance of the mean difference is 1 -
        correlation of what independent runs of the same number would have, where both vary alike.
        """
        pairs = self.pairs
        rows = {
            metric.name: {
                "a": self.a.estimate(metric.name).value,
                "b": self.b.estimate(metric.name).value,
                **told(metric, self.difference(metric.name, confidence)),
                "correlation": _correlation(pairs[f"{metric.name}_a"], pairs[f"{metric.name}_b"]),
            }
            for metric in self.metrics
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("metric")


def compare(
    a: Scenario, b: Scenario, n: int | None = None, *, until: Precision | None = None, **how: Unpack[How]
) -> Comparison:
    """Run two scenarios side by side with common random numbers, and tell the difference b - a.

    Replications of the same number have the same seed, and each purpose a stream of its own, so both meet the same
    visitors at the same times with the same wishes, whatever else is different. That makes the differences vary less
    than either scenario does, and their interval the narrower (Law, Simulation Modeling and Analysis, section 11.2).

    Args:
        a: what is now.
        b: what might be.
        n: how many pairs; or
        until: until the difference in a metric is known well enough; `relative` is then relative to the difference.
        how: see `How`: system, metrics, seed, executor, workers, directory, progress. The seed is a's if not given.

    Raises:
        InvalidField: a setting is out of range, or neither or both of n and until are given.
        NothingFinished: every replication of both failed.
    """
    looks = planned(n, until)
    with Gathering([("a", a), ("b", b)], "comparison", how) as gathering:
        goal = None if until is None else named(gathering.metrics, until.metric)
        found = _comparison(gathering, (Gathered((), ()), Gathered((), ())))
        for size, level in looks:
            found = attrs.evolve(_comparison(gathering, gathering.up_to(size)), confidence=level)
            if goal is None or until is None:
                break
            found = attrs.evolve(found, precise=until.reached(found.difference(goal.name)))
            if found.precise:
                break
    return found


def _comparison(gathering: Gathering, found: tuple[Gathered, ...]) -> Comparison:
    a, b = (
        Replications(
            scenario=scenario, seed=gathering.seed, metrics=gathering.metrics, runs=one.runs, failures=one.failures
        )
        for (_, scenario), one in zip(gathering.points, found, strict=True)
    )
    return Comparison(a=a, b=b)


def _correlation(a: pd.Series, b: pd.Series) -> float:
    enough = len(a) > 1 and np.isfinite(a).all() and np.isfinite(b).all() and a.std() > 0 and b.std() > 0
    return float(np.corrcoef(a, b)[0, 1]) if enough else float("nan")
