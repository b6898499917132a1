"""The headers that a call between contexts brings along beside `traceparent`, the same on both sides."""

CORRELATION = "ce-correlationid"
CAUSATION = "ce-causationid"
"""As with events: CloudEvents' extension attributes, in the form of its HTTP binding."""

TIMEOUT_S = "request-timeout-s"
"""How many seconds the caller waits, so that nobody works on what nobody waits for."""
