"""Everything that is written down about a simulated world while it runs."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence

from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Outcome, Unit
from bookdelivery.simulation.tables import Table


class Recording:
    """The tables of one run; `Result` says what their columns mean."""

    def __init__(self, view_consumers: frozenset[str]) -> None:
        self._view_consumers = view_consumers
        self.requests = Table(
            {
                "kind": "word",
                "order_id": "id",
                "context": "word",
                "arrived_s": "time",
                "finished_s": "time",
                "latency_s": "time",
                "outcome": "word",
            }
        )
        self.operations = Table(
            {
                "context": "word",
                "operation": "word",
                "pod": "word",
                "arrived_s": "time",
                "started_s": "time",
                "finished_s": "time",
                "outcome": "word",
            }
        )
        self.calls = Table(
            {
                "caller": "word",
                "callee": "word",
                "command": "word",
                "started_s": "time",
                "finished_s": "time",
                "outcome": "word",
            }
        )
        self.breakers = Table({"time_s": "time", "context": "word", "pod": "word", "call": "word", "state": "word"})
        self.pods = Table({"time_s": "time", "context": "word", "pod": "word", "change": "word"})
        self.queues = Table(
            {"time_s": "time", "context": "word", "busy": "id", "waiting": "id", "lag": "id", "outbox": "id"}
        )
        self.events: list[Envelope] = []
        self.published_s = array("d")
        self._row_of: dict[str, int] = {}
        self.shown_rows = array("q")
        self.shown_s = array("d")

    def committed(self, units: Sequence[Unit], outcomes: Sequence[Outcome], now_s: float) -> None:
        """Note what a store has committed: events, and rows of views."""
        for unit, outcome in zip(units, outcomes, strict=True):
            if outcome is not Outcome.COMMITTED:
                continue
            for envelope in unit.outbox:
                self._enter(envelope, math.nan)
            handled = unit.handled
            if handled is not None and handled.consumer in self._view_consumers:
                row = self._row_of.get(handled.message_id)
                if row is not None:
                    self.shown_rows.append(row)
                    self.shown_s.append(now_s)

    def published(self, envelopes: Sequence[Envelope], now_s: float) -> None:
        """Note what the broker has acknowledged; an event counts as published the first time."""
        for envelope in envelopes:
            row = self._row_of.get(envelope.id)
            if row is None:
                self._enter(envelope, now_s)
            elif math.isnan(self.published_s[row]):
                self.published_s[row] = now_s

    def _enter(self, envelope: Envelope, published_s: float) -> None:
        self._row_of[envelope.id] = len(self.events)
        self.events.append(envelope)
        self.published_s.append(published_s)

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many rows each table has."""
        tables = {name: len(table) for name, table in vars(self).items() if isinstance(table, Table)}
        return {**tables, "events": len(self.events), "views": len(self.shown_s)}
