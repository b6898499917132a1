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

_MARK = np.dtype([("id", f"S{_ID}"), ("at", "float64")])

Block = npt.NDArray[Any]
"""Marks in the order of their ids."""


class PackingMarks(Marks):
    """Marks of which all but the latest take 24 bytes each.

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
        blocks = self._blocks
        kept = [block[block["at"] >= before] for block in blocks]
        self._blocks = [block for block in kept if len(block)]
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
        block = np.array(marks, dtype=_MARK)
        block = block[np.argsort(block["id"])]
        while self._blocks and len(self._blocks[-1]) <= len(block):
            both = np.concatenate([self._blocks.pop(), block])
            block = both[np.argsort(both["id"], kind="stable")]
        self._blocks.append(block)

    def _is_packed(self, message_id: str) -> bool:
        id = _bytes(message_id)
        if id is None:
            return False
        wanted = np.array(id, dtype=f"S{_ID}")
        for block in self._blocks:
            ids = block["id"]
            place = int(np.searchsorted(ids, wanted))
            if place < len(ids) and ids[place] == wanted:
                return True
        return False


def _bytes(message_id: str) -> bytes | None:
    """Give a UUID's 16 bytes, None if it is none."""
    try:
        id = bytes.fromhex(message_id.replace("-", ""))
    except ValueError:
        return None
    return id if len(id) == _ID else None
