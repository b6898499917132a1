"""Everything that is written down about a simulated world while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bookdelivery.application.composition import Composition
from bookdelivery.kernel.messages import Command
from bookdelivery.simulation.event_log import EventLog
from bookdelivery.simulation.sampling import Sampling
from bookdelivery.simulation.tables import Chunk, Table, Totals


class Recording:
    """The tables of one run; `bookdelivery.simulation.columns` says what they mean.

    Args:
        composition: says who handles which event, and which of them are views.
        sampling: says of which rows not all are kept.
    """

    def __init__(self, composition: Composition, sampling: Sampling) -> None:
        self.sampling = sampling
        wired = composition.wired.values()
        self.views = frozenset(each.consumer(view) for each in wired for view in each.views)
        """The consumers that are views."""
        subscribers: dict[str, list[str]] = {}
        for each in wired:
            for type, reactions in each.reactions.items():
                subscribers.setdefault(type, []).extend(reaction.consumer for reaction in reactions)
        self.log = EventLog(subscribers, sampling)
        self.committed = self.log.committed
        self.published = self.log.published
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
        self.operation_totals = Totals(by=("context", "operation", "outcome"), seconds=_in_the_pod)
        self.operations = Table(
            {
                "context": "word",
                "operation": "word",
                "pod": "word",
                "arrived_s": "time",
                "started_s": "time",
                "finished_s": "time",
                "outcome": "word",
            },
            self.operation_totals,
            sampling.some_rows,
        )
        self.call_totals = Totals(by=("caller", "command", "outcome"), seconds=_under_way)
        self.calls = Table(
            {
                "caller": "word",
                "callee": "word",
                "command": "word",
                "order_id": "id",
                "started_s": "time",
                "finished_s": "time",
                "outcome": "word",
            },
            self.call_totals,
            sampling.some_orders,
        )
        self.breakers = Table({"time_s": "time", "context": "word", "pod": "word", "call": "word", "state": "word"})
        self.policies = Table(
            {
                "time_s": "time",
                "context": "word",
                "pod": "word",
                "around": "word",
                "policy": "word",
                "admitted": "id",
                "refused": "id",
                "repeated": "id",
                "inside": "id",
                "waiting": "id",
            }
        )
        self.strikes = Table({"label": "word", "start_s": "time", "end_s": "time"})
        """When faults struck whose times only the run says."""
        self.pods = Table({"time_s": "time", "context": "word", "pod": "word", "change": "word"})
        self.queues = Table(
            {"time_s": "time", "context": "word", "busy": "id", "waiting": "id", "lag": "id", "outbox": "id"}
        )
        self.scaling = Table(
            {
                "time_s": "time",
                "context": "word",
                "ready": "id",
                "cpu_percent": "id",
                "recommended": "id",
                "replicas": "id",
            }
        )
        self.rollouts = Table(
            {
                "time_s": "time",
                "context": "word",
                "version": "word",
                "change": "word",
                "new_pods": "id",
                "new_available": "id",
                "old_pods": "id",
            }
        )

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many rows each table has that is written down as it is."""
        tables = {name: len(table) for name, table in vars(self).items() if isinstance(table, Table)}
        return {**tables, "events": len(self.log), "handlings": self.log.handlings}


def _in_the_pod(rows: Chunk) -> npt.NDArray[np.float64]:
    return np.subtract(rows["finished_s"], rows["arrived_s"])


def _under_way(rows: Chunk) -> npt.NDArray[np.float64]:
    return np.subtract(rows["finished_s"], rows["started_s"])


def order_of(command: Command[Any]) -> int:
    """Give the correlation key of a command, 0 if it has none (yet)."""
    return getattr(command, command.correlation_key, None) or 0
