"""Every event of a run, and who handled it when: kept as columns, so that a million orders fit into memory."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import COMMITTED, Outcome, Unit
from bookdelivery.simulation.sampling import Sampling
from bookdelivery.simulation.tables import Chunk, Table, Totals, text

_ARCHIVE_AT = 4096
"""Events kept as objects before they are turned into columns."""

_ID = 16
"""Bytes of an id."""

_UNPACKED_AT_ONCE = 65_536

_NOTHING_DONE = [0, 1]


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
        self._order_ids = array("q")
        self._ids = bytearray()
        # The ids of the messages that led to an event, two each, and the rows of those of which they are kept.
        self._origins = bytearray()
        self._rows_with_origin = array("q")
        self._archived_until_s = -math.inf
        self._published_s = array("d")
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
            if entry is None and (envelope.time > self._archived_until_s or self._found(envelope.id) < 0):
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
            return self._found(id)
        row, entry[1] = entry[0], entry[1] - 1
        if entry[1] <= 0 and row < len(self._archived):
            del self._open[id]
        return row

    def _found(self, id: str) -> int:
        wanted = _packed([id])
        at = self._ids.find(wanted)
        while at >= 0 and at % _ID:
            at = self._ids.find(wanted, at + 1)
        return at // _ID if at >= 0 else -1

    def _archive(self) -> None:
        first = len(self._archived)
        # Rows are in the order of commits, which is nearly, but not quite, the order of time.
        for envelope in self._fresh:
            self._archived.add((envelope.time, envelope.type, envelope.source))
            self._archived_until_s = max(self._archived_until_s, envelope.time)
            if self._open.get(envelope.id, _NOTHING_DONE)[1] <= 0:
                del self._open[envelope.id]
        self._ids += _packed([event.id for event in self._fresh])
        keeps = self._sampling.keeps(np.array([event.key for event in self._fresh], dtype="int64"))
        kept = np.flatnonzero(keeps).tolist()
        self._rows_with_origin.extend([first + place for place in kept])
        origins = [self._fresh[place] for place in kept]
        self._origins += _packed([each for event in origins for each in (event.correlation_id, event.causation_id)])
        self._fresh.clear()

    def flush(self) -> None:
        """Bring the totals up to date."""
        self._handled.flush()

    def events(self) -> pd.DataFrame:
        """Make the table of events, one row each, in the order of commits; see `bookdelivery.simulation.columns`.

        What led to an event is "" where it was not kept.
        """
        frame = self.stated()
        frame["message_id"] = self.message_ids(np.arange(len(frame)))
        rows = np.array(self._rows_with_origin)
        for place, name in enumerate(("correlation_id", "causation_id")):
            origins = _unpacked(np.frombuffer(self._origins, dtype="uint8").reshape(-1, 2, _ID)[:, place])
            if len(rows) < len(frame):
                origins = origins.set_axis(rows).reindex(frame.index, fill_value="")
            frame[name] = origins
        frame["published_s"] = self.published_s()
        return frame

    def message_ids(self, rows: npt.NDArray[np.int64]) -> pd.Series:
        """Give the ids of the events in some rows of `stated()`."""
        self._archive()
        return _unpacked(np.frombuffer(self._ids, dtype="uint8").reshape(-1, _ID)[rows])

    def published_s(self) -> npt.NDArray[np.float64]:
        """Give when each event was published, in seconds; nan for those that were not."""
        return np.array(self._published_s)

    def stated(self) -> pd.DataFrame:
        """Make the table of events without their ids and without what became of them, which takes a tenth of it."""
        self._archive()
        frame = self._archived.frame()
        frame["order_id"] = np.array(self._order_ids)
        return frame

    def _lag(self, handled: Chunk) -> npt.NDArray[np.float64]:
        # The view is gone before the array grows again.
        published_s: npt.NDArray[np.float64] = np.frombuffer(self._published_s)[handled["row"]]
        return np.subtract(handled["handled_s"], published_s)

    def _keeps(self, handled: Chunk) -> npt.NDArray[np.bool_]:
        return self._sampling.keeps(np.frombuffer(self._order_ids, dtype="int64")[handled["row"]])

    def handlings_frame(self) -> pd.DataFrame:
        """Make the table of handlings: row, the event's; consumer; handled_s."""
        return self._handled.frame()


def _packed(ids: Sequence[str | None]) -> bytes:
    """Put ids (UUIDs in text form; None for none) one after the other, 16 bytes each."""
    return bytes.fromhex("".join(["0" * 32 if id is None else id for id in ids]).replace("-", ""))


def _unpacked(ids: npt.NDArray[np.uint8]) -> pd.Series:
    """Turn ids, a row of bytes each, back into text; "" for none."""
    # As Python's own texts they take several times the memory of a column, so not all are that at once.
    parts = [_texts(ids[first : first + _UNPACKED_AT_ONCE]) for first in range(0, len(ids), _UNPACKED_AT_ONCE)]
    return pd.concat(parts, ignore_index=True) if parts else text([])


def _texts(ids: npt.NDArray[np.uint8]) -> pd.Series:
    digits = np.frombuffer(ids.tobytes().hex().encode(), dtype="uint8").reshape(-1, 2 * _ID)
    letters = np.full((len(digits), 36), ord("-"), dtype="uint8")
    begin = 0
    for at, length in ((0, 8), (9, 4), (14, 4), (19, 4), (24, 12)):
        letters[:, at : at + length] = digits[:, begin : begin + length]
        begin += length
    letters[(digits == ord("0")).all(axis=1)] = 0
    return text(letters.reshape(-1).view("S36").astype("U36").tolist())
