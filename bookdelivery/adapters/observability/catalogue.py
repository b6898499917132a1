"""The metrics that there are, declared once: what is told to Prometheus and the reference page both come from here."""

from __future__ import annotations

from enum import StrEnum

import attrs


class Sort(StrEnum):
    """The sorts of metric, as Prometheus calls them."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@attrs.frozen
class Metric:
    """A metric.

    Attributes:
        name: as Prometheus knows it; its unit is its last word, before a counter's `_total`.
        sort: what sort it is.
        labels: what it is told apart by.
        about: what it means.
    """

    name: str
    sort: Sort
    labels: tuple[str, ...]
    about: str


OPERATION_SECONDS = Metric(
    "bookdelivery_operation_seconds",
    Sort.HISTOGRAM,
    ("context", "kind", "operation", "outcome"),
    "How long operations took. The kinds: http (a request), command (handled), read (looked up), call (to another"
    " context), publish (an event, until the broker has it), message (from its arrival until it is acknowledged). The"
    " outcomes: ok, refused (by the business), held_off (by a circuit breaker or limit), unavailable, failed, left (to"
    " another member of the group); of http: the status.",
)
EVENT_DELAY_SECONDS = Metric(
    "bookdelivery_event_delay_seconds",
    Sort.HISTOGRAM,
    ("context", "type"),
    "How long after it was stated an event arrived in a context. The clocks of both computers matter.",
)
READY = Metric("bookdelivery_ready", Sort.GAUGE, ("context",), "1 if the process may be asked things, else 0.")
CHECK_OK = Metric(
    "bookdelivery_check_ok", Sort.GAUGE, ("context", "check"), "1 if a check of its readiness holds, else 0."
)
OUTBOX_EVENTS = Metric(
    "bookdelivery_outbox_events",
    Sort.GAUGE,
    ("context",),
    "Events that wait to be published; 1000 stands for 1000 or more.",
)
OUTBOX_OLDEST_SECONDS = Metric(
    "bookdelivery_outbox_oldest_seconds",
    Sort.GAUGE,
    ("context",),
    "How long the oldest event has waited to be published; 0 if none waits.",
)
CONSUMER_LAG_MESSAGES = Metric(
    "bookdelivery_consumer_lag_messages",
    Sort.GAUGE,
    ("context",),
    "Messages on the topic that the context's consumer group has not acknowledged yet.",
)
DEAD_LETTERS = Metric(
    "bookdelivery_dead_letters",
    Sort.GAUGE,
    ("context",),
    "Messages given up that wait for somebody to see to them (`bookdelivery dead-letters`).",
)
MESSAGES_TOTAL = Metric(
    "bookdelivery_messages_total",
    Sort.COUNTER,
    ("context", "result"),
    "Messages, once for each policy and view: handled, duplicate (handled before), ignored (nobody here reacts to its"
    " type), retried (an attempt after a failed one), dead_lettered (given up).",
)
CONFLICTS_TOTAL = Metric(
    "bookdelivery_conflicts_total",
    Sort.COUNTER,
    ("context",),
    "Units of work that came too late, as somebody else had changed the same aggregate, and were decided anew.",
)
PUBLISHED_EVENTS_TOTAL = Metric(
    "bookdelivery_published_events_total", Sort.COUNTER, ("context",), "Events that the broker has acknowledged."
)
TURNED_AWAY_TOTAL = Metric(
    "bookdelivery_turned_away_total",
    Sort.COUNTER,
    ("context",),
    "Requests that a policy of the deployment did not let in.",
)
WAKE_UPS_TOTAL = Metric("bookdelivery_wake_ups_total", Sort.COUNTER, ("context",), "Deadlines seen to.")
BREAKER_STATE = Metric(
    "bookdelivery_breaker_state",
    Sort.GAUGE,
    ("context", "breaker", "state"),
    "1 for the state that a circuit breaker is in, 0 for the others.",
)
BREAKER_REFUSED_TOTAL = Metric(
    "bookdelivery_breaker_refused_total",
    Sort.COUNTER,
    ("context", "breaker"),
    "Calls that a circuit breaker has not let through.",
)
BREAKER_FAILURE_PERCENT = Metric(
    "bookdelivery_breaker_failure_percent",
    Sort.GAUGE,
    ("context", "breaker"),
    "The part of a circuit breaker's last calls that failed; not told while there are too few to judge.",
)

CATALOGUE: tuple[Metric, ...] = (
    OPERATION_SECONDS,
    EVENT_DELAY_SECONDS,
    READY,
    CHECK_OK,
    OUTBOX_EVENTS,
    OUTBOX_OLDEST_SECONDS,
    CONSUMER_LAG_MESSAGES,
    DEAD_LETTERS,
    MESSAGES_TOTAL,
    CONFLICTS_TOTAL,
    PUBLISHED_EVENTS_TOTAL,
    TURNED_AWAY_TOTAL,
    WAKE_UPS_TOTAL,
    BREAKER_STATE,
    BREAKER_REFUSED_TOTAL,
    BREAKER_FAILURE_PERCENT,
)
