"""The log of what a simulated context has stated, packed: it is read once at the end, if ever."""

from __future__ import annotations

import lzma
import pickle
from collections.abc import Sequence

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

    __slots__ = ("_opened", "_packs", "_pages")

    def __init__(self) -> None:
        super().__init__()
        # Each but the log's last events, `_PAGE` of them in each, up to where the log begins.
        self._pages: list[bytes] = []
        self._packs = True
        # The page read last, and its number.
        self._opened: tuple[int, list[Envelope | None]] | None = None

    @property
    def pages(self) -> int:
        """How many pages are packed."""
        return len(self._pages)

    def append(self, envelopes: Sequence[Envelope]) -> None:
        """Add events."""
        super().append(envelopes)
        if len(self._log) >= 2 * _PAGE and self._packs:
            self._pack()

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
