"""Run a scenario for every combination of some settings, with the same chance for each."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import attrs
import pandas as pd

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.experiments.gathering import Gathering, How
from bookdelivery.simulation.experiments.metrics import Metric, named
from bookdelivery.simulation.experiments.paths import changed
from bookdelivery.simulation.experiments.replicating import Replications, planned
from bookdelivery.simulation.experiments.trials import Failure
from bookdelivery.simulation.scenario import Scenario

if TYPE_CHECKING:
    from bookdelivery.simulation.plotting.picture import Picture

Grid = Mapping[str, Sequence[Any]]
"""For each path into the scenario (see `changed`), the values it takes."""


@attrs.frozen(kw_only=True)
class Sweep:
    """What came of all combinations.

    Attributes:
        grid: the settings, as given.
        metrics: what was read off.
        points: for each combination, in the order in which the last setting changes fastest, its settings and what came
            of it.
    """

    grid: Grid
    metrics: tuple[Metric, ...]
    points: tuple[tuple[Mapping[str, Any], Replications], ...]

    def __repr__(self) -> str:
        lost = f", {len(self.failures)} failed" if self.failures else ""
        runs = sum(len(found.runs) for _, found in self.points)
        return f"<Sweep of {', '.join(self.grid)}: {len(self.points)} points, {runs} replications{lost}>"

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All replications that failed, each with its seed and settings."""
        return tuple(failure for _, found in self.points for failure in found.failures)

    @property
    def table(self) -> pd.DataFrame:
        """One row a finished replication: the settings, replication, seed, and each metric as a number."""
        parts = [found.table.reset_index().assign(**_columns(settings)) for settings, found in self.points]
        table = pd.concat(parts, ignore_index=True)
        return table[[*self.grid, *(name for name in table.columns if name not in self.grid)]]

    def summary(self, confidence: float | None = None) -> pd.DataFrame:
        """One row a point and metric: the settings, metric, value, low, high, confidence, runs, method, unit.

        The confidence is each interval's own: of a hundred intervals at 95 %, five miss on average.
        """
        parts = [
            found.summary(confidence).reset_index().assign(**_columns(settings)) for settings, found in self.points
        ]
        table = pd.concat(parts, ignore_index=True)
        return table[[*self.grid, *(name for name in table.columns if name not in self.grid)]]

    def plot(
        self,
        metric: str,
        *,
        title: str = "",
        names: Mapping[str, str] | None = None,
        marked: Mapping[str, Any] | None = None,
    ) -> Picture:
        """Draw a metric over the settings: with its intervals over one of them, as a heat map over two.

        Args:
            metric: its name.
            title: what the picture shows, as a finding in a sentence; the metric's name by default.
            names: what to call settings, with their units, where that is not their path.
            marked: the settings of the combination that was chosen.

        Raises:
            InvalidField: there is no such metric or combination, or there are more than two settings.
        """
        # Most sweeps are never drawn, and matplotlib takes longer to load than a short run takes.
        from bookdelivery.simulation.charts.sweeps import plot_sweep  # noqa: PLC0415

        summary = self.summary()
        return plot_sweep(
            summary[summary["metric"] == metric],
            list(self.grid),
            named(self.metrics, metric),
            title=title or metric,
            names=names or {},
            marked=marked or {},
        )


def sweep(scenario: Scenario, grid: Grid, n: int = 10, **how: Unpack[How]) -> Sweep:
    """Run a scenario for every combination of settings, n times each.

    The replications of the same number have the same seed at every point (common random numbers), so that points differ
    by their settings and not by who happened to come.

    Args:
        scenario: what is changed.
        grid: for each path into it the values it takes: `{"load.per_second": [10, 20], "deployment.order.replicas": [1,
            2]}`. See `changed` for paths.
        n: replications a point.
        how: see `How`: system, metrics, seed, executor, workers, directory, progress.

    Returns:
        Every point's replications; those that failed are reported with their seeds.

    Raises:
        InvalidField: a path leads nowhere, a value is not allowed there, or a setting is out of range.
        NothingFinished: every replication of every point failed.
    """
    planned(n, None)
    if not grid:
        raise InvalidField("sweep", "grid", grid, "a mapping from one path or more to values")
    for path, values in grid.items():
        if isinstance(values, str) or not values:
            raise InvalidField("sweep", f"grid[{path!r}]", values, "a sequence of one value or more")
    points = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    scenarios = [_set(scenario, settings) for settings in points]
    labels = [", ".join(f"{path}={value}" for path, value in settings.items()) for settings in points]
    with Gathering(list(zip(labels, scenarios, strict=True)), "sweep", how) as gathering:
        found = gathering.up_to(n)
    replications = tuple(
        Replications(scenario=at, seed=gathering.seed, metrics=gathering.metrics, runs=one.runs, failures=one.failures)
        for at, one in zip(scenarios, found, strict=True)
    )
    return Sweep(grid=grid, metrics=gathering.metrics, points=tuple(zip(points, replications, strict=True)))


def _set(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    for path, value in settings.items():
        scenario = changed(scenario, path, value)
    return scenario


def _columns(settings: Mapping[str, Any]) -> dict[str, Any]:
    # Distributions and the like are told by their words.
    return {
        path: value if isinstance(value, int | float | str | None) else str(value) for path, value in settings.items()
    }
