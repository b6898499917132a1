"""What is read off a run: a figure, and what kind of figure it is, which decides its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_number
from bookdelivery.simulation.experiments.readings import Cycles, Kind, Reading, Share, estimate
from bookdelivery.simulation.result import Result
from bookdelivery.simulation.statistics import Estimate, mean_interval, quantile_interval

_OWN: Mapping[Kind, type[Share | Cycles]] = {Kind.SHARE: Share, Kind.AVAILABILITY: Cycles}
"""Kinds whose readings are no plain numbers."""


@attrs.frozen
class Metric:
    """A figure of a run.

    Args:
        name: what to call it; a column of the tables.
        read: reads it off a result. A function at the top of a module or one of the readers here, so that worker
            processes find it by name.
        kind: which interval is right for it.
        unit: of the figure, for people.
        level: for the kind quantile, what share of runs stays below, between 0 and 1.
    """

    name: str = attrs.field()
    read: Callable[[Result], Any] = attrs.field()
    kind: Kind = attrs.field(default=Kind.MEAN, converter=Kind)
    unit: str = ""
    level: float = attrs.field(
        default=0.5, validator=a_number("a number between 0 and 1, both excluded", lambda level: 0 < level < 1)
    )

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
        wanted = _OWN.get(self.kind)
        if wanted is not None or isinstance(given, Share | Cycles):
            if wanted is None or not isinstance(given, wanted):
                allowed = f"a {wanted.__name__ if wanted else 'number'}, as the metric's kind is {self.kind}"
                raise InvalidField(self.name, "reading", given, allowed)
            return _checked(self.name, given)
        try:
            value = float(given)
        except (TypeError, ValueError):
            raise InvalidField(self.name, "reading", given, "a number") from None
        if self.kind is Kind.EVENT and value not in {0.0, 1.0}:
            raise InvalidField(self.name, "reading", given, "true or false, as the metric's kind is event")
        return value

    def estimate(self, readings: Sequence[Reading], confidence: float) -> Estimate:
        """Give the figure with the interval that is right for its kind, from one reading a run.

        Raises:
            InvalidField: the confidence is not between 0 and 1.
        """
        return estimate(self.kind, readings, confidence, self.level)

    def contrast(self, differences: Sequence[float], confidence: float) -> Estimate:
        """Give by how much one system's figure exceeds another's, from one difference a pair of runs.

        Raises:
            InvalidField: the confidence is not between 0 and 1.
        """
        if self.kind in {Kind.MEDIAN, Kind.QUANTILE}:
            return quantile_interval(differences, 0.5 if self.kind is Kind.MEDIAN else self.level, confidence)
        return mean_interval(differences, confidence, "Student's t over paired replications")


def _checked(name: str, given: Share | Cycles) -> Share | Cycles:
    if isinstance(given, Share):
        if not 0 <= given.part <= given.whole:
            raise InvalidField(name, "reading", given, "a part from 0 to the whole")
        return Share(float(given.part), float(given.whole))
    times_s = (*given.up_s, *given.down_s, given.rest_up_s, given.rest_down_s)
    if len(given.up_s) != len(given.down_s) or not all(seconds >= 0 for seconds in times_s):
        raise InvalidField(name, "reading", given, "as many times up as times down, all of 0 seconds or more")
    return given


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
