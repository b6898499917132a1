"""Operations as OpenTelemetry spans (extra `traces`)."""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from bookdelivery.adapters.observability.observer import LEFT, OK, Kind, Operation

_KINDS = {
    Kind.HTTP: SpanKind.SERVER,
    Kind.CALL: SpanKind.CLIENT,
    Kind.PUBLISH: SpanKind.PRODUCER,
    Kind.MESSAGE: SpanKind.CONSUMER,
}

_NAMES = {Kind.CALL: "call {}", Kind.PUBLISH: "publish {}", Kind.MESSAGE: "process {}", Kind.READ: "read {}"}

_FINE = (OK, LEFT, "refused", "held_off")
"""A refusal is an answer of the business, no fault; so is to be asked to come again."""

_CARRIER = TraceContextTextMapPropagator()


class Traces:
    """Makes a span of each operation; an `Observer`.

    Messages and their effects are one trace, from the first request to the last event, as the trace goes on in the
    headers of HTTP, gRPC and the broker (W3C Trace Context).

    Args:
        tracer: makes them; by default the one that OpenTelemetry's provider gives.
    """

    def __init__(self, tracer: Tracer | None = None) -> None:
        self._tracer = tracer or trace.get_tracer("bookdelivery")

    def begin(self, operation: Operation) -> _Traced:
        """Begin a span, as a part of the trace that the operation belongs to."""
        parent = None if operation.parent is None else _CARRIER.extract({"traceparent": operation.parent})
        attributes = {"bookdelivery.context": operation.context, **operation.attributes}
        if operation.correlation_id is not None:
            attributes["bookdelivery.correlation_id"] = operation.correlation_id
        span = self._tracer.start_span(
            _NAMES.get(operation.kind, "{}").format(operation.name),
            # Never what happens to be current: it may be another request's, as a batch is many messages.
            context=parent or Context(),
            kind=_KINDS.get(operation.kind, SpanKind.INTERNAL),
            attributes=attributes,
        )
        return _Traced(span, operation.kind)


class _Traced:
    def __init__(self, span: Span, kind: Kind) -> None:
        self._span = span
        self._kind = kind
        carrier: dict[str, str] = {}
        _CARRIER.inject(carrier, trace.set_span_in_context(span, Context()))
        self.traceparent = carrier.get("traceparent")

    def end(self, outcome: str, *, name: str | None = None, correlation_id: str | None = None) -> None:
        if name is not None:
            self._span.update_name(name)
        if correlation_id is not None:
            self._span.set_attribute("bookdelivery.correlation_id", correlation_id)
        if self._kind is Kind.HTTP:
            self._span.set_attribute("http.response.status_code", int(outcome))
            is_fine = int(outcome) < 500
        else:
            self._span.set_attribute("bookdelivery.outcome", outcome)
            is_fine = outcome in _FINE
        if not is_fine:
            self._span.set_status(Status(StatusCode.ERROR, outcome))
        self._span.end()
