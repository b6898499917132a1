"""The log of what a simulated context has stated, packed: it is read once at the end, if ever."""

from __future__ import annotations

import lzma
import pickle
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec.structs import astuple

from bookdelivery.adapters.stores.outbox import Outbox
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Outgoing

_PAGE = 1024
"""Events that are packed together."""


class PackingOutbox(Outbox):
    """An outbox whose older events take a twentieth of the memory, and some time to read.

    What is still to be published is at hand in any case. Nothing but what this very object packed is ever unpacked, so
    a pickle does no harm here.
    """

    __slots__ = ("_opened", "_packs", "_pages", "_sent_pages")

    def __init__(self) -> None:
        super().__init__()
        # Each but the log's last events, `_PAGE` of them in each, up to where the log begins.
        self._pages: list[bytes] = []
        self._packs = True
        # The page read last, and its number.
        self._opened: tuple[int, list[Envelope | None]] | None = None
        # Which events were sent and when, but for the last ones, as `_sent` and `_sent_at` have it.
        self._sent_pages: list[tuple[bytes, bytes]] = []

    @property
    def pages(self) -> int:
        """How many pages are packed."""
        return len(self._pages)

    def append(self, envelopes: Sequence[Envelope]) -> None:
        """Add events."""
        super().append(envelopes)
        if len(self._log) >= 2 * _PAGE and self._packs:
            self._pack()

    def mark_sent(self, positions: Sequence[int], at: float) -> None:
        """Mark events as sent at a time; those that are marked already, or unknown, change nothing."""
        super().mark_sent(positions, at)
        if len(self._sent) >= _PAGE:
            self._sent_pages.append((_packed_numbers(self._sent), _packed_numbers(self._sent_at)))
            self._sent, self._sent_at = array("q"), array("d")

    def read(self, after: int, limit: int) -> list[Outgoing]:
        """Events sent or not, beginning after a position."""
        begins = self._first - _PAGE * len(self._pages)
        found: list[Outgoing] = []
        position = max(after + 1, begins)
        while position < self._first and len(found) < limit:
            number, place = divmod(position - begins, _PAGE)
            page = self._open(number)[place : place + limit - len(found)]
            found += [Outgoing(at, envelope) for at, envelope in enumerate(page, position) if envelope is not None]
            position += len(page)
        return found + super().read(position - 1, limit - len(found))

    def purge(self, before: float) -> int:
        """Drop events that were marked sent before a time; give how many."""
        if self._sent_pages:
            self._unpack_sent()
        if self._pages:
            packed = [envelope for number in range(len(self._pages)) for envelope in self._open(number)]
            self._first -= len(packed)
            self._log[:0] = packed
            self._pages.clear()
            self._opened = None
        return super().purge(before)

    def _pack(self) -> None:
        try:
            packed = _packed(self._log[:_PAGE])
        except (pickle.PicklingError, AttributeError, TypeError):
            # Classes made within a function, say: such events stay as they are.
            self._packs = False
            return
        self._pages.append(packed)
        del self._log[:_PAGE]
        self._first += _PAGE

    def _unpack_sent(self) -> None:
        sent, sent_at = array("q"), array("d")
        for positions, times in self._sent_pages:
            sent.frombytes(_unpacked_numbers(positions))
            sent_at.frombytes(_unpacked_numbers(times))
        self._sent, self._sent_at = sent + self._sent, sent_at + self._sent_at
        self._sent_pages.clear()

    def _open(self, number: int) -> list[Envelope | None]:
        if self._opened is None or self._opened[0] != number:
            self._opened = number, _unpacked(self._pages[number])
        return self._opened[1]


def _packed(page: Sequence[Envelope | None]) -> bytes:
    # By columns, what is alike lies together.
    columns = list(zip(*[astuple(envelope) for envelope in page if envelope is not None], strict=True))
    gaps = [place for place, envelope in enumerate(page) if envelope is None]
    return lzma.compress(pickle.dumps((columns, gaps), pickle.HIGHEST_PROTOCOL), preset=0)


def _unpacked(packed: bytes) -> list[Envelope | None]:
    columns, gaps = pickle.loads(lzma.decompress(packed))  # noqa: S301 - see `PackingOutbox`
    page: list[Envelope | None] = [Envelope(*fields) for fields in zip(*columns, strict=True)]
    for gap in gaps:
        page.insert(gap, None)
    return page


def _packed_numbers(numbers: array[Any]) -> bytes:
    # What ascends has small steps from one to the next; times, read as whole numbers, ascend as they do themselves.
    steps = np.diff(np.frombuffer(numbers, dtype="int64"), prepend=0)
    return lzma.compress(steps.tobytes(), preset=0)


def _unpacked_numbers(packed: bytes) -> bytes:
    return np.cumsum(np.frombuffer(lzma.decompress(packed), dtype="int64")).tobytes()
