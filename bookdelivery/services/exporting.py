"""Traces on their way to a collector, over OTLP (extra `traces`)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Tracer

from bookdelivery._version import __version__

logger = logging.getLogger(__name__)

_EVERY_MS = 1000.0
_PATIENCE_S = 5


class Exporting:
    """Sends spans in the background. What the collector does not take in time is lost, and nothing waits for it.

    Args:
        endpoint: of the collector, such as http://127.0.0.1:4318.
        service: which process it is.
    """

    def __init__(self, endpoint: str, service: str) -> None:
        about = {"service.name": service, "service.namespace": "bookdelivery", "service.version": __version__}
        exporter = _Told(endpoint)
        self._provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_EVERY_MS))

    @property
    def tracer(self) -> Tracer:
        """Makes the spans."""
        return self._provider.get_tracer("bookdelivery", __version__)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


class _Told(SpanExporter):
    """Says once that the collector does not take spans, and once that it does again."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_PATIENCE_S)
        self._fails = False
        # It would say each time that it tries again.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        fails = result is not SpanExportResult.SUCCESS
        if fails and not self._fails:
            logger.warning("%s takes no traces; they are lost until it does", self._endpoint)
        elif self._fails and not fails:
            logger.warning("%s takes traces again", self._endpoint)
        self._fails = fails
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()  # type: ignore[no-untyped-call]
