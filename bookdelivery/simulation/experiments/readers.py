"""Readers of the usual figures off a run's tables. They are values: equal if alike, and fit to travel."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_number, a_setting
from bookdelivery.simulation._checks import a_count, a_name, a_time_s, known, optional
from bookdelivery.simulation.experiments.metrics import Metric
from bookdelivery.simulation.experiments.readings import Cycles, Kind, Share
from bookdelivery.simulation.result import Result
from bookdelivery.simulation.statistics import mser5

GOOD = ("placed", "deferred", "declined", "answered")
"""How requests end that got an answer: the shop has the order, or said what the visitor asked for."""

Numbers = npt.NDArray[np.float64]

_a_level = a_number("a number between 0 and 1, both excluded", lambda level: 0 < level < 1)
_a_filter = a_setting(
    "a mapping from columns to a value or a tuple of values", lambda value: isinstance(value, Mapping)
)


def _rows(result: Result, table: str, where: Mapping[str, Any], *columns: str) -> pd.DataFrame:
    frame: pd.DataFrame = getattr(result, table, None)  # type: ignore[assignment]
    if not isinstance(frame, pd.DataFrame):
        raise InvalidField("metric", "table", table, "the name of one of a result's tables")
    for column in (*columns, *where):
        if column not in frame.columns:
            raise InvalidField("metric", "column", column, f"one of {table}'s: {', '.join(frame.columns)}")
    for column, wanted in where.items():
        frame = frame[frame[column].isin(wanted if isinstance(wanted, tuple | list) else [wanted])]
    return frame


@attrs.frozen
class Column:
    """Rows of a table, and a column of numbers in them; what the readers below have in common.

    Args:
        table: its name in a result: "requests", "operations", "orders".
        column: of numbers; those that are not a number are left out.
        where: only rows that have these values: `{"kind": "place"}`, `{"outcome": ("placed", "deferred")}`.
    """

    table: str = attrs.field(validator=a_name)
    column: str = attrs.field(validator=a_name)
    where: Mapping[str, Any] = attrs.field(factory=dict, validator=_a_filter, kw_only=True)

    def values(self, result: Result) -> Numbers:
        """Give the numbers, in the order of the table's rows.

        Raises:
            InvalidField: there is no such table or column.
        """
        column = _rows(result, self.table, self.where, self.column)[self.column]
        return column.dropna().to_numpy("float64")


@attrs.frozen
class Quantile(Column):
    """A quantile of a column over a run; of a level such as 0.99. Its metric's kind is median."""

    level: float = attrs.field(validator=_a_level, kw_only=True)

    def __call__(self, result: Result) -> float:
        """Give the quantile; not a number where there are no rows."""
        values = self.values(result)
        return float(np.quantile(values, self.level)) if len(values) else nan


@attrs.frozen
class Mean(Column):
    """The mean of a column over a whole run."""

    def __call__(self, result: Result) -> float:
        """Give the mean; not a number where there are no rows."""
        values = self.values(result)
        return float(values.mean()) if len(values) else nan


@attrs.frozen
class SteadyMean(Column):
    """The mean of a column after the warm-up, for what a system does in the long run.

    Args:
        order_by: the column that says which row came first.
        warm_up_s: rows before this moment are forgotten, in seconds; None: as many as MSER-5 finds in each run.
    """

    order_by: str = attrs.field(default="arrived_s", validator=a_name, kw_only=True)
    warm_up_s: float | None = attrs.field(default=None, validator=optional(a_time_s), kw_only=True)

    def __call__(self, result: Result) -> float:
        """Give the mean of what stays; not a number where nothing does."""
        times, values = self.series(result)
        kept = values[mser5(values) :] if self.warm_up_s is None else values[times >= self.warm_up_s]
        return float(kept.mean()) if len(kept) else nan

    def series(self, result: Result) -> tuple[Numbers, Numbers]:
        """Give when each row came, in seconds, and its number, in that order.

        Raises:
            InvalidField: there is no such table or column.
        """
        rows = _rows(result, self.table, self.where, self.column, self.order_by).dropna(subset=[self.column])
        rows = rows.sort_values(self.order_by, kind="stable")
        return rows[self.order_by].to_numpy("float64"), rows[self.column].to_numpy("float64")


@attrs.frozen
class Rows:
    """How many rows a table has.

    Args:
        table: its name in a result.
        where: only rows that have these values.
        per_second: of the time during which visitors come, not in all.
    """

    table: str = attrs.field(validator=a_name)
    where: Mapping[str, Any] = attrs.field(factory=dict, validator=_a_filter, kw_only=True)
    per_second: bool = attrs.field(default=False, kw_only=True)

    def __call__(self, result: Result) -> float:
        """Count them."""
        return len(_rows(result, self.table, self.where)) / (result.scenario.lasts if self.per_second else 1.0)


@attrs.frozen
class ShareOf:
    """The share of a table's rows that have certain values. Its metric's kind is share.

    Args:
        table: its name in a result.
        having: the values: `{"outcome": ("placed", "deferred")}`.
        where: of which rows.
    """

    table: str = attrs.field(validator=a_name)
    having: Mapping[str, Any] = attrs.field(validator=_a_filter)
    where: Mapping[str, Any] = attrs.field(factory=dict, validator=_a_filter, kw_only=True)

    def __call__(self, result: Result) -> Share:
        """Count both."""
        return Share(
            len(_rows(result, self.table, {**self.where, **self.having})), len(_rows(result, self.table, self.where))
        )


@attrs.frozen
class Uptime:
    """A context's outage cycles: up while so many of its pods are, else down. Its metric's kind is availability.

    A cycle begins when it comes up, the first one when it does so first. What the run ended with is no whole cycle and
    is given beside them.

    Args:
        context: which.
        needed: how many of its pods have to be up.
    """

    context: str = attrs.field(validator=a_name)
    needed: int = attrs.field(default=1, validator=a_count, kw_only=True)

    def __call__(self, result: Result) -> Cycles:
        """Follow the pods through the run, as long as visitors come.

        Raises:
            InvalidField: there is no such context.
        """
        known("Uptime", "context", self.context, sorted(result.world.records))
        changes = _rows(result, "pods", {"context": self.context}, "time_s", "pod", "change")
        changes = changes[changes["time_s"] <= result.scenario.lasts]
        alive: set[str] = set()
        turns: list[tuple[float, bool]] = []
        for at, pod, change in changes[["time_s", "pod", "change"]].itertuples(index=False):
            (alive.add if change == "up" else alive.discard)(pod)
            is_up = len(alive) >= self.needed
            if not turns or turns[-1][1] is not is_up:
                turns.append((at, is_up))
        # From the first time it came up; each cycle is up, then down, then ends with coming up.
        ups = [at for at, is_up in turns if is_up]
        downs = [at for at, is_up in turns if not is_up and ups and at > ups[0]]
        whole = list(zip(ups, downs, ups[1:], strict=False))
        rest_up_s = rest_down_s = 0.0
        if ups:
            fell = downs[len(whole)] if len(downs) > len(whole) else result.scenario.lasts
            rest_up_s, rest_down_s = fell - ups[len(whole)], result.scenario.lasts - fell
        return Cycles(
            (down - up for up, down, _ in whole), (again - down for _, down, again in whole), rest_up_s, rest_down_s
        )


DEFAULT_METRICS = (
    Metric("requests", Rows("requests")),
    Metric("answered", ShareOf("requests", {"outcome": GOOD}), Kind.SHARE),
    Metric("latency_mean_s", Mean("requests", "latency_s"), Kind.MEAN, "s"),
    Metric("latency_p50_s", Quantile("requests", "latency_s", level=0.5), Kind.MEDIAN, "s"),
    Metric("latency_p99_s", Quantile("requests", "latency_s", level=0.99), Kind.MEDIAN, "s"),
)
"""What is read off where nothing else is asked for: what any system's visitors meet with."""
