"""Marks of handled messages that nobody has asked for in a while, packed into sorted arrays."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from bookdelivery.adapters.stores.marks import Marks

_AT_ONCE = 1024
"""Marks that are packed together."""

_ID = 16
"""Bytes of an id."""

_TAIL = 8
"""Of these, the last ones, which are random in a UUIDv7 but for two bits."""

_MARK = np.dtype([("id", f"S{_ID}"), ("at", "float32")])
"""Half of a number's digits are enough for when a mark was made: it is only asked which are too old."""

_TRACES = 16
"""Bits for each mark of a block: at most one search in so many looks for what is not there."""

Marked = npt.NDArray[Any]
"""Marks, as `_MARK` has them."""


class Block:
    """Marks in the order of their ids, with a trace of each by which most of those that are not there are told.

    The traces are a Bloom filter with one hash function (Bloom, Space/Time Trade-offs in Hash Coding with Allowable
    Errors, 1970): to look into it costs a thirtieth of a search.

    Args:
        marks: in any order, at least one.
    """

    __slots__ = ("_mask", "_traces", "marks")

    def __init__(self, marks: Marked) -> None:
        self.marks = marks[np.argsort(marks["id"], kind="stable")]
        ids = np.ascontiguousarray(self.marks["id"]).view(np.uint8).reshape(-1, _ID)
        tails = np.ascontiguousarray(ids[:, -_TAIL:]).view(">u8").ravel()
        bits = 1 << (_TRACES * len(marks) - 1).bit_length()
        self._mask = bits - 1
        places = tails.astype(np.uint64) & np.uint64(self._mask)
        traces = np.zeros(bits // 8, dtype=np.uint8)
        np.bitwise_or.at(traces, places >> np.uint64(3), (1 << (places & np.uint64(7))).astype(np.uint8))
        self._traces = traces.tobytes()

    def holds(self, id: bytes, tail: int) -> bool:
        """Say whether there is a mark of this id, whose last bytes are `tail` as a number."""
        place = tail & self._mask
        if not self._traces[place >> 3] >> (place & 7) & 1:
            return False
        ids = self.marks["id"]
        wanted = np.array(id, dtype=f"S{_ID}")
        found = int(np.searchsorted(ids, wanted))
        return found < len(ids) and bool(ids[found] == wanted)


class PackingMarks(Marks):
    """Marks of which all but the latest take about 30 bytes each.

    A message is nearly always handled soon after it was made, and ids begin with the time (UUIDv7). So most are newer
    than all that is packed, and only for those that come late the blocks are searched. There are few of these, as two
    of the same size become one.
    """

    __slots__ = ("_blocks", "_newest")

    def __init__(self) -> None:
        super().__init__()
        self._blocks: list[Block] = []
        self._newest = ""

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return len(self._blocks)

    def __contains__(self, message_id: object) -> bool:
        return super().__contains__(message_id) or (
            isinstance(message_id, str) and message_id <= self._newest and self._is_packed(message_id)
        )

    def __setitem__(self, message_id: str, at: float) -> None:
        super().__setitem__(message_id, at)
        if len(self) >= 2 * _AT_ONCE:
            self._pack()

    def purge(self, before: float) -> int:
        """Drop those made before a time; give how many."""
        blocks = [block.marks for block in self._blocks]
        # Rounded as they are, so that none goes too early.
        kept = [marks[marks["at"] >= np.float32(before)] for marks in blocks]
        self._blocks = [Block(marks) for marks in kept if len(marks)]
        return sum(map(len, blocks)) - sum(map(len, kept)) + super().purge(before)

    def _pack(self) -> None:
        oldest = list(islice(self.items(), _AT_ONCE))
        marks: list[tuple[bytes, float]] = []
        for message_id, at in oldest:
            # What a stranger sent has an id of another kind: it stays as it is.
            if (id := _bytes(message_id)) is not None:
                marks.append((id, at))
                self._newest = max(self._newest, message_id)
                del self[message_id]
        packed = np.array(marks, dtype=_MARK)
        while self._blocks and len(self._blocks[-1].marks) <= len(packed):
            packed = np.concatenate([self._blocks.pop().marks, packed])
        if len(packed):
            self._blocks.append(Block(packed))

    def _is_packed(self, message_id: str) -> bool:
        id = _bytes(message_id)
        if id is None:
            return False
        tail = int.from_bytes(id[-_TAIL:], "big")
        return any(block.holds(id, tail) for block in self._blocks)


def _bytes(message_id: str) -> bytes | None:
    """Give a UUID's 16 bytes, None if it is none."""
    try:
        id = bytes.fromhex(message_id.replace("-", ""))
    except ValueError:
        return None
    return id if len(id) == _ID else None
