"""A store's outbox in memory: what is still to be published, and the log of all that was stated."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import islice

from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Outgoing


class Outbox:
    """Events in the order of commits, numbered from 1.

    Attributes:
        purged_before: up to what time sent events were purged, in seconds since the epoch; None if none were.
    """

    __slots__ = ("_first", "_log", "_sent", "_sent_at", "_unsent", "purged_before")

    def __init__(self) -> None:
        # The log begins with this position; where one was purged between others, there is None in its place.
        self._first = 1
        self._log: list[Envelope | None] = []
        self._unsent: dict[int, Envelope] = {}
        # The positions of those that were sent, in the order in which they were marked, and when each was.
        self._sent = array("q")
        self._sent_at = array("d")
        self.purged_before: float | None = None

    def append(self, envelopes: Sequence[Envelope]) -> None:
        """Add events."""
        log, unsent = self._log, self._unsent
        for envelope in envelopes:
            unsent[self._first + len(log)] = envelope
            log.append(envelope)

    def waiting(self, limit: int) -> list[Outgoing]:
        """Events not marked sent yet, the first of them."""
        return [Outgoing(position, envelope) for position, envelope in islice(self._unsent.items(), limit)]

    def mark_sent(self, positions: Sequence[int], at: float) -> None:
        """Mark events as sent at a time; those that are marked already, or unknown, change nothing."""
        unsent = self._unsent
        marked = [position for position in positions if unsent.pop(position, None) is not None]
        self._sent.extend(marked)
        self._sent_at.extend([at] * len(marked))

    def read(self, after: int, limit: int) -> list[Outgoing]:
        """Events sent or not, beginning after a position."""
        skipped = max(after + 1 - self._first, 0)
        rest = enumerate(islice(self._log, skipped, None), self._first + skipped)
        kept = (Outgoing(position, envelope) for position, envelope in rest if envelope is not None)
        return list(islice(kept, limit))

    def purge(self, before: float) -> int:
        """Drop events that were marked sent before a time; give how many."""
        sent = list(zip(self._sent, self._sent_at, strict=True))
        gone = [position for position, at in sent if at < before]
        if gone:
            self._sent = array("q", [position for position, at in sent if at >= before])
            self._sent_at = array("d", [at for _, at in sent if at >= before])
            for position in gone:
                self._log[position - self._first] = None
            self._forget_the_beginning()
            self.purged_before = before if self.purged_before is None else max(before, self.purged_before)
        return len(gone)

    def _forget_the_beginning(self) -> None:
        kept = next((place for place, envelope in enumerate(self._log) if envelope is not None), len(self._log))
        del self._log[:kept]
        self._first += kept
