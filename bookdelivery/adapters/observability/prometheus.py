"""Metrics as Prometheus reads them (extra `serve`)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

import attrs
from prometheus_client import CollectorRegistry, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from bookdelivery.adapters.observability.catalogue import EVENT_DELAY_SECONDS, OPERATION_SECONDS, Metric, Sort
from bookdelivery.adapters.observability.observer import Operation

_OPERATION_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_DELAY_BUCKETS_S = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)


@attrs.frozen
class Sample:
    """A value found when Prometheus asked.

    Attributes:
        metric: of what.
        labels: the labels' values, in the order in which the metric declares them.
        value: the value.
    """

    metric: Metric
    labels: tuple[str, ...]
    value: float


Measure = Callable[[], Awaitable[Iterable[Sample]]]
"""Finds values out when Prometheus asks."""


class Metrics:
    """What one process tells Prometheus; an `Observer` of its operations.

    Args:
        measures: find out, when Prometheus asks, what nobody has to count.
    """

    def __init__(self, measures: Sequence[Measure] = ()) -> None:
        self._measures = list(measures)
        self._found = _Found()
        self.registry = CollectorRegistry(auto_describe=False)
        self._operations = _histogram(OPERATION_SECONDS, _OPERATION_BUCKETS_S, self.registry)
        self._delays = _histogram(EVENT_DELAY_SECONDS, _DELAY_BUCKETS_S, self.registry)
        self.registry.register(self._found)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    def add(self, measure: Measure) -> None:
        """Add something to be found out when Prometheus asks."""
        self._measures.append(measure)

    def begin(self, operation: Operation) -> _Timed:
        """Take the time of an operation."""
        return _Timed(operation, self._operations)

    def arrived(self, context: str, event: str, delay_s: float) -> None:
        """Note how long after it was stated an event arrived."""
        self._delays.labels(context, event).observe(delay_s)

    async def page(self) -> tuple[int, str, bytes]:
        """Answer Prometheus: the status, the content type and the text."""
        self._found.samples = [sample for measure in self._measures for sample in await measure()]
        return 200, CONTENT_TYPE_LATEST, generate_latest(self.registry)


class _Timed:
    traceparent = None

    def __init__(self, operation: Operation, seconds: Histogram) -> None:
        self._operation = operation
        self._seconds = seconds
        self._began_s = time.perf_counter()

    def end(self, outcome: str, *, name: str | None = None, correlation_id: str | None = None) -> None:  # noqa: ARG002
        operation = self._operation
        taken_s = time.perf_counter() - self._began_s
        self._seconds.labels(operation.context, operation.kind.value, name or operation.name, outcome).observe(taken_s)


class _Found(Collector):
    """Hands over what was found out, in Prometheus' own form."""

    def __init__(self) -> None:
        self.samples: Sequence[Sample] = ()

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
        for sample in self.samples:
            metric = sample.metric
            family = families.get(metric.name)
            if family is None:
                kind = CounterMetricFamily if metric.sort is Sort.COUNTER else GaugeMetricFamily
                family = families[metric.name] = kind(metric.name, metric.about, labels=metric.labels)
            family.add_metric(sample.labels, sample.value)
        return families.values()


def _histogram(metric: Metric, buckets_s: Sequence[float], registry: CollectorRegistry) -> Histogram:
    return Histogram(metric.name, metric.about, metric.labels, buckets=buckets_s, registry=registry)
