"""Records that nobody has touched for long, packed: a million orders' states fit into memory only like that."""

from __future__ import annotations

import builtins
import pickle
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from bookdelivery.adapters.stores.shelf import Shelf
from bookdelivery.kernel.ports import Record

_BITS = 8
"""Keys that are equal but for these last bits belong to one box."""

_LOOK_EVERY = 4096
"""Records saved between two looks at which boxes rest, at least."""

_LOOK_EVERY_OPEN = 0.5
"""The same for each record that is open.

Under a heavier load more records are open at a time, and each waits for as long while more of the others are saved: by
a number alone it would be packed and unpacked between any two of its steps. By too large a part, what lies about open
puts off the look that would pack it: by 1.0 a run of 150,000 orders took 619 MB, by 0.5 it took 540 MB.
"""


class PackingShelf(Shelf):
    """A shelf that packs records by the box, so that those that rest take a twentieth of the memory.

    A box holds the records whose keys are next to one another. It is packed when none of them was saved while some
    thousands of others were, or half as many as are open, and unpacked when one is asked for. None is packed in which
    a deadline waits.

    Nothing but what this very object packed is ever unpacked, so a pickle does no harm here.
    """

    __slots__ = ("_highest_packed_id", "_look", "_packed", "_saved", "_touched")

    def __init__(self) -> None:
        super().__init__()
        self._packed: dict[int, bytes] = {}
        # For each box that is open, at which look it was touched last.
        self._touched: dict[int, int] = {}
        self._look = 0
        self._saved = 0
        self._highest_packed_id = 0

    @property
    def boxes(self) -> int:
        """How many boxes are packed."""
        return len(self._packed)

    def get(self, key: int) -> Record | None:
        """The record with this correlation key."""
        found = self.records.get(key)
        if found is None and self._packed and key >> _BITS in self._packed:
            self._unpack(key >> _BITS)
            found = self.records.get(key)
        return found

    def find(self, id: int) -> Record | None:
        """The record with this business id; it takes long for one that is packed."""
        found = super().find(id)
        if found is None and id <= self._highest_packed_id:
            found = next((record for record in self._in_boxes() if record.id == id), None)
        return found

    def list(self, owner: int | None, after: int, limit: int) -> Sequence[Record]:
        """Records by ascending key, beginning after a key; only one owner's, if given. Boxes stay packed."""
        if not self._packed:
            return super().list(owner, after, limit)
        found: builtins.list[Record] = []
        for number in sorted({*self._packed, *(key >> _BITS for key in self.keys)}):
            if number < after >> _BITS:
                continue
            packed = self._packed.get(number)
            box = self._open(number) if packed is None else _unpacked(packed)
            found += [record for record in box if record.key > after and owner in (None, record.owner)]
            if len(found) >= limit:
                break
        return found[:limit]

    def put(self, record: Record) -> bool:
        """Put a record's next version in its place; says whether it follows on what is there, and its id is free."""
        number = record.key >> _BITS
        if number in self._packed:
            self._unpack(number)
        if record.version == 1 and record.id <= self._highest_packed_id and self.find(record.id) is not None:
            return False
        self._touched[number] = self._look
        self._saved += 1
        if self._saved >= _LOOK_EVERY and self._saved >= _LOOK_EVERY_OPEN * len(self.records):
            self._saved = 0
            self._look += 1
            self._pack_what_rests()
        return super().put(record)

    def _pack_what_rests(self) -> None:
        for number in [number for number, look in self._touched.items() if look < self._look - 1]:
            self._pack(number)

    def _pack(self, number: int) -> None:
        box = self._open(number)
        if any(record.wake_at is not None for record in box):
            self._touched[number] = self._look
            return
        del self._touched[number]
        try:
            packed = zlib.compress(pickle.dumps(box, pickle.HIGHEST_PROTOCOL), 1)
        except (pickle.PicklingError, AttributeError, TypeError):
            # Classes made within a function, say: such records stay as they are.
            return
        self._packed[number] = packed
        self._highest_packed_id = max(self._highest_packed_id, *(record.id for record in box))
        first = bisect_left(self.keys, number << _BITS)
        del self.keys[first : first + len(box)]
        for record in box:
            del self.records[record.key]
            del self.key_of[record.id]
            if record.owner is not None:
                keys = self.keys_of[record.owner]
                keys.remove(record.key)
                if not keys:
                    del self.keys_of[record.owner]

    def _unpack(self, number: int) -> None:
        self._touched[number] = self._look
        box = _unpacked(self._packed.pop(number))
        # All at once: each by itself would move all the keys after it.
        first = bisect_left(self.keys, number << _BITS)
        self.keys[first:first] = [record.key for record in box]
        for record in box:
            self.enter(record)

    def _open(self, number: int) -> builtins.list[Record]:
        first = bisect_left(self.keys, number << _BITS)
        last = bisect_left(self.keys, (number + 1) << _BITS)
        return [self.records[key] for key in self.keys[first:last]]

    def _in_boxes(self) -> Iterator[Record]:
        for packed in self._packed.values():
            yield from _unpacked(packed)


def _unpacked(packed: bytes) -> builtins.list[Record]:
    box: builtins.list[Record] = pickle.loads(zlib.decompress(packed))  # noqa: S301 - see `PackingShelf`
    return box
