"""What is read off a run: a figure, and what kind of figure it is, which decides its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from math import isnan, nan
from typing import Any

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.result import Result
from bookdelivery.simulation.statistics import (
    Estimate,
    clopper_pearson,
    mean_interval,
    median_interval,
    share_interval,
)


@attrs.frozen
class Share:
    """How many of how many: orders of a run, or seconds. Runs with more of them weigh more.

    Args:
        part: of how many it holds.
        whole: how many there are.
    """

    part: float
    whole: float

    def __float__(self) -> float:
        return self.part / self.whole if self.whole else nan


Reading = float | Share
"""What a metric gives for one run: a number, not a number if there was nothing to measure, or a share."""


class Kind(StrEnum):
    """What kind of figure a metric gives, and so which interval is right for it."""

    MEAN = "mean"
    """Averaged over runs, with Student's interval: counts, rates, means of a run."""

    MEDIAN = "median"
    """The typical run's, by order statistics: quantiles, maxima, times that may be infinite."""

    SHARE = "share"
    """Parts over wholes (`Share`), from the spread between runs: customers of one run are not independent."""

    EVENT = "event"
    """True or false for a whole run; runs are independent, so the exact binomial interval is right."""


@attrs.frozen
class Metric:
    """A figure of a run.

    Args:
        name: what to call it; a column of the tables.
        read: reads it off a result. A function at the top of a module or one of the readers here, so that worker
            processes find it by name.
        kind: which interval is right for it.
        unit: of the figure, for people.
    """

    name: str = attrs.field()
    read: Callable[[Result], Any] = attrs.field()
    kind: Kind = attrs.field(default=Kind.MEAN, converter=Kind)
    unit: str = ""

    @name.validator
    def _is_a_name(self, attribute: attrs.Attribute[str], value: object) -> None:
        if not isinstance(value, str) or not value.strip():
            raise InvalidField("Metric", attribute.name, value, "a name that is not blank")

    @read.validator
    def _is_a_function(self, attribute: attrs.Attribute[Any], value: object) -> None:
        if not callable(value):
            raise InvalidField("Metric", attribute.name, value, "a function from a Result to a number or a Share")

    def reading(self, result: Result) -> Reading:
        """Read it off a run.

        Raises:
            InvalidField: what `read` gave is not of this kind.
        """
        given = self.read(result)
        if isinstance(given, Share) or self.kind is Kind.SHARE:
            if not isinstance(given, Share) or self.kind is not Kind.SHARE:
                raise InvalidField(self.name, "reading", given, "a Share, if and only if the metric's kind is share")
            if not 0 <= given.part <= given.whole:
                raise InvalidField(self.name, "reading", given, "a part from 0 to the whole")
            return Share(float(given.part), float(given.whole))
        try:
            value = float(given)
        except (TypeError, ValueError):
            raise InvalidField(self.name, "reading", given, "a number") from None
        if self.kind is Kind.EVENT and value not in {0.0, 1.0}:
            raise InvalidField(self.name, "reading", given, "true or false, as the metric's kind is event")
        return value

    def estimate(self, readings: Sequence[Reading], confidence: float) -> Estimate:
        """Give the figure with the interval that is right for its kind, from one reading a run.

        A run in which there was nothing to measure leaves the interval open: it may hide the worst.

        Raises:
            InvalidField: the confidence is not between 0 and 1.
        """
        if self.kind is Kind.SHARE:
            shares = [one if isinstance(one, Share) else Share(nan, nan) for one in readings]
            return share_interval([one.part for one in shares], [one.whole for one in shares], confidence)
        values = [float(one) for one in readings]
        if self.kind is Kind.MEDIAN:
            return median_interval(values, confidence)
        if self.kind is Kind.EVENT and not any(map(isnan, values)):
            return clopper_pearson(sum(value > 0 for value in values), len(values), confidence)
        return mean_interval(values, confidence)

    def contrast(self, differences: Sequence[float], confidence: float) -> Estimate:
        """Give by how much one system's figure exceeds another's, from one difference a pair of runs.

        Raises:
            InvalidField: the confidence is not between 0 and 1.
        """
        if self.kind is Kind.MEDIAN:
            return median_interval(differences, confidence)
        return mean_interval(differences, confidence, "Student's t over paired replications")


Metrics = Iterable[Metric] | Mapping[str, Callable[[Result], Any]]
"""Metrics, or functions by name, each of which gives a number that is averaged over runs."""


def as_metrics(given: Metrics) -> tuple[Metric, ...]:
    """Give metrics whose names are all different.

    Raises:
        InvalidField: there is none, one is no metric, or two have the same name.
    """
    metrics = tuple(Metric(name, read) for name, read in given.items()) if isinstance(given, Mapping) else tuple(given)
    for place, metric in enumerate(metrics):
        if not isinstance(metric, Metric):
            raise InvalidField("experiment", f"metrics[{place}]", metric, "a Metric")
    names = [metric.name for metric in metrics]
    if not names or len(set(names)) < len(names):
        raise InvalidField("experiment", "metrics", names, "one or more metrics with different names")
    return metrics


def named(metrics: Sequence[Metric], name: str) -> Metric:
    """Give the metric of this name.

    Raises:
        InvalidField: there is none; says which there are.
    """
    for metric in metrics:
        if metric.name == name:
            return metric
    raise InvalidField("experiment", "metric", name, f"one of {', '.join(metric.name for metric in metrics)}")
