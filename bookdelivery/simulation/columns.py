"""What the columns of a result's tables mean: the one place that says so, from which the reference page is made.

```python
from bookdelivery.simulation.columns import TABLES
TABLES["orders"].columns["paid_s"].meaning
```
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bookdelivery.simulation.frames import MOMENTS

WHOLE, SECONDS, TEXT, WON, PART = "whole number", "seconds", "text", "won", "part"


@attrs.frozen
class Column:
    """A column of a table.

    Attributes:
        unit: "seconds" and "part" (of 1) are floats, nan where something never was; "whole number" and "won" are
            integers; "text" is text.
        meaning: what it tells.
    """

    unit: str
    meaning: str

    @property
    def dtype(self) -> str:
        """The column's pandas type."""
        return {WHOLE: "int64", WON: "int64", TEXT: "str"}.get(self.unit, "float64")


@attrs.frozen
class TableDescription:
    """A table of a result.

    Attributes:
        row: what one row is, and in which order they come.
        columns: by name, in their order.
    """

    row: str
    columns: Mapping[str, Column]


_ORDER = Column(WHOLE, "the order it belongs to; 0: to none")
_CONTEXT = Column(TEXT, "the context")
_POD = Column(TEXT, "the pod")
_TIME = Column(SECONDS, "when")

TABLES: Mapping[str, TableDescription] = {
    "orders": TableDescription(
        "One row for each order that a customer tried to place, by ascending id.",
        {
            "order_id": Column(WHOLE, "the order"),
            "customer_id": Column(WHOLE, "the customer; 0: the shop never knew the order"),
            "arrived_s": Column(SECONDS, "when the customer first sent it"),
            "answer": Column(TEXT, "the outcome of that request; see `requests`"),
            "status": Column(TEXT, 'its state in the order context at the end; "": unknown there'),
            "mypage_status": Column(TEXT, 'its state on MyPage at the end; "": not shown'),
            "price_won": Column(WON, "what it costs"),
            "charged_won": Column(WON, "what the payment provider has charged for it"),
            "refunded_won": Column(WON, "what the payment provider has paid back"),
            **{column: Column(SECONDS, f"when {event} was first stated of it") for column, event in MOMENTS.items()},
        },
    ),
    "requests": TableDescription(
        "One row for each request of a visitor, in the order in which they ended.",
        {
            "kind": Column(TEXT, "place, pay, cancel, look, or what the behaviour calls it"),
            "order_id": _ORDER,
            "context": Column(TEXT, "the context it went to"),
            "arrived_s": Column(SECONDS, "when the visitor sent it"),
            "finished_s": Column(SECONDS, "when the visitor had the answer, or gave up"),
            "latency_s": Column(SECONDS, "between the two"),
            "outcome": Column(
                TEXT,
                "placed, deferred or declined for place and pay; answered for others; refused: a rule of the business; "
                "turned_away: held off, as too much was asked; timed_out: the visitor gave up; failed: nobody there, "
                "or the pod died",
            ),
        },
    ),
    "events": TableDescription(
        "One row for each event, in the order of commits.",
        {
            "time_s": Column(SECONDS, "when it was decided, by the clock of the pod that did"),
            "type": Column(TEXT, "its name"),
            "source": Column(TEXT, "the context that states it"),
            "order_id": Column(WHOLE, "its correlation key"),
            "message_id": Column(TEXT, "its own id"),
            "correlation_id": Column(TEXT, 'the id of the message that began the conversation; "": not kept'),
            "causation_id": Column(TEXT, 'the id of the message that caused it; "": none, or not kept'),
            "published_s": Column(SECONDS, "when the broker first had it; nan: never"),
        },
    ),
    "messages": TableDescription(
        "One row for each event and each policy or view that listens to it, in the order of `events`.",
        {
            "message_id": Column(TEXT, "the event's id"),
            "type": Column(TEXT, "the event's name"),
            "order_id": Column(WHOLE, "the event's correlation key"),
            "source": Column(TEXT, "the context that published it"),
            "context": Column(TEXT, "the context that listens"),
            "consumer": Column(TEXT, "the policy or view, as `context.name`"),
            "published_s": Column(SECONDS, "when the broker first had it; nan: never"),
            "consumed_s": Column(SECONDS, "when its handling was first committed; nan: never"),
            "lag_s": Column(SECONDS, "between the two"),
        },
    ),
    "views": TableDescription(
        "One row for each time an event was folded into a view's row, in the order of these.",
        {
            "order_id": Column(WHOLE, "the row's key"),
            "type": Column(TEXT, "the event's name"),
            "event_time_s": Column(SECONDS, "when the event was decided"),
            "shown_s": Column(SECONDS, "when the row that shows it was committed"),
            "staleness_s": Column(SECONDS, "between the two"),
        },
    ),
    "operations": TableDescription(
        "One row for each operation of a pod, in the order in which they ended.",
        {
            "context": _CONTEXT,
            "operation": Column(TEXT, "the command's name, `context.policy`, `context.view`, or look"),
            "pod": _POD,
            "arrived_s": Column(SECONDS, "when it came to the pod"),
            "started_s": Column(SECONDS, "when a worker took it up; nan: none ever did"),
            "finished_s": Column(SECONDS, "when it ended"),
            "outcome": Column(TEXT, "done, refused, failed, turned_away, or killed: the pod died"),
        },
    ),
    "calls": TableDescription(
        "One row for each synchronous request between contexts, or of the people who work in the shop, in the order in "
        "which they ended. What a breaker held off was never sent.",
        {
            "caller": Column(TEXT, 'the context that asks, or "people"'),
            "callee": Column(TEXT, "the context asked"),
            "command": Column(TEXT, "the command's name"),
            "order_id": _ORDER,
            "started_s": Column(SECONDS, "when it was sent"),
            "finished_s": Column(SECONDS, "when it ended for the caller"),
            "outcome": Column(
                TEXT,
                "answered; refused: a rule of the business; turned_away: too much was asked, it had no effect; "
                "unanswered: a failure or time-out; killed: the caller died",
            ),
        },
    ),
    "breakers": TableDescription(
        "One row each time a circuit breaker changed its state. A pod that starts has closed ones.",
        {
            "time_s": _TIME,
            "context": _CONTEXT,
            "pod": _POD,
            "call": Column(TEXT, "the call it guards, by the command's name"),
            "state": Column(TEXT, "its state from then on"),
        },
    ),
    "policies": TableDescription(
        "One row for each policy other than a breaker that a deployment put around something, pod and sample, every "
        "`Scenario.sample_every_s` seconds. Counts are since the pod's process began to serve.",
        {
            "time_s": _TIME,
            "context": _CONTEXT,
            "pod": _POD,
            "around": Column(
                TEXT,
                "what it is around: the command or external system called, the operation, or requests: all of them",
            ),
            "policy": Column(TEXT, "retry, rate_limit, bulkhead or shedding"),
            "admitted": Column(WHOLE, "calls it has let in; retry: calls begun"),
            "refused": Column(WHOLE, "calls it has turned away; retry: retries that its budget did not allow"),
            "repeated": Column(WHOLE, "retry: attempts beyond the first ones; else 0"),
            "inside": Column(WHOLE, "bulkhead, shedding: calls under way; else 0"),
            "waiting": Column(WHOLE, "calls that wait for their turn; retry: 0"),
        },
    ),
    "pods": TableDescription(
        "One row for each change of a pod.",
        {
            "time_s": _TIME,
            "context": _CONTEXT,
            "pod": _POD,
            "change": Column(
                TEXT,
                "starting: its process was started; up: it serves; ready, unready: a platform sends it requests, or "
                "none any more; killed: by a fault, a failed liveness probe or the end of its grace period; failed: "
                "its code ended with an error; waiting: a platform starts it again later; ending: told to go; "
                "ended: gone",
            ),
        },
    ),
    "queues": TableDescription(
        "One row for each context and sample, every `Scenario.sample_every_s` seconds.",
        {
            "time_s": _TIME,
            "context": _CONTEXT,
            "busy": Column(WHOLE, "workers with something to do"),
            "waiting": Column(WHOLE, "operations that wait for a worker"),
            "lag": Column(WHOLE, "messages in the topic that it has not acknowledged"),
            "outbox": Column(WHOLE, "events committed and not marked as published"),
        },
    ),
    "scaling": TableDescription(
        "One row for each look of an autoscaler.",
        {
            "time_s": _TIME,
            "context": _CONTEXT,
            "ready": Column(WHOLE, "how many pods were ready"),
            "cpu_percent": Column(WHOLE, "their use of CPU in percent of what they request; -1: not known"),
            "recommended": Column(WHOLE, "how many pods that asks for; -1: not known"),
            "replicas": Column(WHOLE, "how many pods are wanted from then on"),
        },
    ),
    "rollouts": TableDescription(
        "One row for each step of a rollout.",
        {
            "time_s": _TIME,
            "context": _CONTEXT,
            "version": Column(TEXT, "the new version"),
            "change": Column(TEXT, "progressing, complete, or failed: no progress within the deadline"),
            "new_pods": Column(WHOLE, "pods of the new version, those told to go not counted"),
            "new_available": Column(WHOLE, "those of them that have been ready for long enough"),
            "old_pods": Column(WHOLE, "pods of older versions, those told to go not counted"),
        },
    ),
    "alerts": TableDescription(
        "One row for each time an alert fired, by objective and alert.",
        {
            "objective": Column(TEXT, "the objective's name"),
            "severity": Column(TEXT, "page or ticket"),
            "long_s": Column(SECONDS, "the alert's long window"),
            "short_s": Column(SECONDS, "the alert's short window"),
            "threshold": Column(PART, "the burn rate above which it fires"),
            "burn_rate": Column(PART, "the long window's when it fired; 1: the budget lasts exactly for its window"),
            "fired_s": Column(SECONDS, "from when it fired"),
            "resolved_s": Column(SECONDS, "until when; nan: to the end"),
            "fault": Column(TEXT, 'the fault that had begun last by then; "": none'),
            "time_to_detect_s": Column(SECONDS, "from that fault's beginning until it fired; nan: no fault"),
        },
    ),
    "totals": TableDescription(
        "One row for each kind of operation, call and handling of messages: exact sums over all of them, also where "
        "`Scenario.keep_rows` has kept only some rows.",
        {
            "table": Column(TEXT, "operations, calls or messages"),
            "context": Column(TEXT, "the context that works, asks or listens"),
            "what": Column(TEXT, "the operation, the command asked for, or the consumer"),
            "outcome": Column(TEXT, "as in that table; handled for messages"),
            "rows": Column(WHOLE, "how many"),
            "mean_s": Column(
                SECONDS,
                "the mean time: of an operation in the pod, of a call under way, of a message from its "
                "publication until it was handled",
            ),
            "longest_s": Column(SECONDS, "the longest of these"),
        },
    ),
    "faults": TableDescription(
        "One row for each fault, and each change on purpose, of the scenario; a fault whose times only the run says "
        "(chance draws them, or it comes at some step) has one for each time it struck.",
        {
            "label": Column(TEXT, "what it is"),
            "start_s": Column(SECONDS, "when it begins"),
            "end_s": Column(SECONDS, "when it ends"),
        },
    ),
}
"""A result's tables by name."""


def reference() -> str:
    """Write the reference page of all tables, as Markdown."""
    lines = [
        "# The tables of a result",
        "",
        "`result.frames` has them all by name, and each is an attribute of the result, a pandas DataFrame, made when",
        "it is first asked for. All times are seconds of virtual time since the beginning of the simulation, nan where",
        "something never happened. `result.to_parquet(directory)` writes them to files.",
        "",
        "This page is made from `bookdelivery.simulation.columns`; a test keeps the two equal.",
    ]
    for name, table in TABLES.items():
        lines += [
            "",
            f"## `{name}`",
            "",
            table.row,
            "",
            "| column | unit | type | meaning |",
            "| --- | --- | --- | --- |",
        ]
        lines += [f"| `{key}` | {each.unit} | `{each.dtype}` | {each.meaning} |" for key, each in table.columns.items()]
    return "\n".join(lines) + "\n"
