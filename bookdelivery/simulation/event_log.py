"""Every event of a run, and who handled it when: kept as columns, so that a million orders fit into memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import COMMITTED, Outcome, Unit
from bookdelivery.simulation.packed_ids import PackedIds
from bookdelivery.simulation.pieces import Pieces
from bookdelivery.simulation.sampling import Sampling
from bookdelivery.simulation.tables import Chunk, Table, Totals

_ARCHIVE_AT = 4096
"""Events kept as objects before they are turned into columns."""

_AT_ONCE = 65_536
"""Events in a part of a table that is read part by part."""

_NOTHING_DONE = [0, 1]

Rows = npt.NDArray[np.int64]
"""Numbers of events, in the order of commits, from 0."""


class EventLog:
    """What the stores commit and the broker gets, written down as it happens.

    An event has a row from its commit on. As long as somebody has still to publish or to handle it, its id is found in
    a dictionary; after that only by a search, which takes long but is needed only for what is published twice.

    Args:
        subscribers: for each type of event, the consumers that handle it.
        sampling: says of which orders it is kept what led to an event, and who handled it when.
    """

    def __init__(self, subscribers: Mapping[str, Sequence[str]], sampling: Sampling) -> None:
        self.subscribers = subscribers
        self._sampling = sampling
        self._deeds = {type: len(consumers) + 1 for type, consumers in subscribers.items()}
        self._open: dict[str, list[int]] = {}
        self._fresh: list[Envelope] = []
        self._archived = Table({"time_s": "time", "type": "word", "source": "word"})
        self._order_ids = Pieces("q")
        self._ids = PackedIds()
        # The ids of the messages that led to an event, and the rows of those of which they are kept.
        self._origins = {"correlation_id": PackedIds(), "causation_id": PackedIds()}
        self._rows_with_origin = Pieces("q")
        self._archived_until_s = -math.inf
        self._published_s = Pieces("d")
        self.lags = Totals(by=("consumer",), seconds=self._lag)
        """How long after its publication each consumer handled an event."""
        keeps = None if sampling.part >= 1 else self._keeps
        self._handled = Table({"row": "id", "consumer": "word", "handled_s": "time"}, self.lags, keeps)

    def __len__(self) -> int:
        return len(self._published_s)

    @property
    def handlings(self) -> int:
        """How often an event was handled."""
        return len(self._handled)

    def committed(self, units: Sequence[Unit], outcomes: Sequence[Outcome], now_s: float) -> None:
        """Note what a store has committed: events, and the marks of those handled."""
        for unit, outcome in zip(units, outcomes, strict=True):
            if outcome is not COMMITTED:
                continue
            for envelope in unit.outbox:
                self._enter(envelope, math.nan)
            for mark in unit.handled:
                row = self._done(mark.message_id)
                if row >= 0:
                    self._handled.add((row, mark.consumer, now_s))

    def published(self, envelopes: Sequence[Envelope], now_s: float) -> None:
        """Note what the broker has acknowledged; an event counts as published the first time."""
        for envelope in envelopes:
            entry = self._open.get(envelope.id)
            if entry is None and (envelope.time > self._archived_until_s or self._ids.find(envelope.id) < 0):
                self._enter(envelope, now_s)
                self._done(envelope.id)
            elif entry is not None and math.isnan(self._published_s[entry[0]]):
                self._published_s[entry[0]] = now_s
                self._done(envelope.id)

    def _enter(self, envelope: Envelope, published_s: float) -> None:
        self._open[envelope.id] = [len(self._published_s), self._deeds.get(envelope.type, 1)]
        self._published_s.append(published_s)
        self._order_ids.append(envelope.key)
        self._fresh.append(envelope)
        if len(self._fresh) >= _ARCHIVE_AT:
            self._archive()

    def _done(self, id: str) -> int:
        """Take note of one thing done with an event, and give its row; -1 if there is none."""
        entry = self._open.get(id)
        if entry is None:
            return self._ids.find(id)
        row, entry[1] = entry[0], entry[1] - 1
        if entry[1] <= 0 and row < len(self._archived):
            del self._open[id]
        return row

    def _archive(self) -> None:
        first = len(self._archived)
        # Rows are in the order of commits, which is nearly, but not quite, the order of time.
        for envelope in self._fresh:
            self._archived.add((envelope.time, envelope.type, envelope.source))
            self._archived_until_s = max(self._archived_until_s, envelope.time)
            if self._open.get(envelope.id, _NOTHING_DONE)[1] <= 0:
                del self._open[envelope.id]
        self._ids.extend([event.id for event in self._fresh])
        keeps = self._sampling.keeps(np.array([event.key for event in self._fresh], dtype="int64"))
        kept = np.flatnonzero(keeps)
        self._rows_with_origin.extend(first + kept)
        for name, ids in self._origins.items():
            ids.extend([getattr(self._fresh[place], name) for place in kept.tolist()])
        self._fresh.clear()

    def flush(self) -> None:
        """Bring the totals up to date."""
        self._handled.flush()

    def events(self) -> pd.DataFrame:
        """Make the table of events, one row each, in the order of commits; see `bookdelivery.simulation.columns`.

        What led to an event is "" where it was not kept.
        """
        frame = self.stated()
        frame["message_id"] = self._ids.texts()
        rows = self._rows_with_origin.all()
        for name, ids in self._origins.items():
            origins = ids.texts()
            if len(rows) < len(frame):
                origins = origins.set_axis(rows).reindex(frame.index, fill_value="")
            frame[name] = origins
        frame["published_s"] = self._published_s.all()
        return frame

    def message_ids(self, rows: Rows) -> pd.Series:
        """Give the ids of the events in some rows."""
        self._archive()
        return self._ids.texts(rows)

    def published_s(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Give when the events in some rows were published, in seconds; nan for those that were not."""
        return self._published_s.at(rows)

    def stated(self, rows: Rows | None = None) -> pd.DataFrame:
        """Make the table of events, or of those in some rows, without their ids and what became of them."""
        self._archive()
        frame = self._archived.frame(rows)
        frame["order_id"] = self._order_ids.all() if rows is None else self._order_ids.at(rows)
        return frame

    def in_parts(self) -> Iterator[pd.DataFrame]:
        """Give `stated()` part by part, so that it is not all in memory at the same time."""
        for rows in self._parts():
            yield self.stated(rows)

    def kept_rows(self) -> Rows:
        """Give the rows of the events of which everything is kept."""
        kept = [rows[self._sampling.keeps(self._order_ids.at(rows))] for rows in self._parts()]
        return np.concatenate([np.empty(0, dtype="int64"), *kept])

    def _parts(self) -> Iterator[Rows]:
        for first in range(0, len(self), _AT_ONCE):
            yield np.arange(first, min(first + _AT_ONCE, len(self)))

    def _lag(self, handled: Chunk) -> npt.NDArray[np.float64]:
        return np.subtract(handled["handled_s"], self.published_s(handled["row"]))

    def _keeps(self, handled: Chunk) -> npt.NDArray[np.bool_]:
        return self._sampling.keeps(self._order_ids.at(handled["row"]))

    def handlings_frame(self) -> pd.DataFrame:
        """Make the table of handlings: row, the event's; consumer; handled_s."""
        return self._handled.frame()
