"""Business ids that count up from 1 for all processes that share a store."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Protocol

from bookdelivery.kernel.errors import InvalidField

_GROWTH = 16
"""How many times its first size a block may become."""


class Sequences(Protocol):
    """Keeps a sequence for each kind of aggregate where all processes find it."""

    async def reserve_ids(self, kind: str, number: int) -> int:
        """Reserve ids, durably; gives the last of them, which is the highest ever reserved."""
        ...

    async def give_back_ids(self, kind: str, unused_from: int, last: int) -> None:
        """Return reserved ids from one to the last, unless somebody has reserved more meanwhile."""
        ...


class StoredIds:
    """Gives ids out of blocks that it reserves in a store.

    A block is reserved durably before the first id of it is given out, so that none is given twice whatever happens.
    Each block is twice as large as the one before, up to sixteen times the first, so that who needs many ids seldom
    waits for the store. What was not used is returned on closing; after a crash the rest of a block stays unused.

    Args:
        sequences: the store.
        block: how many ids to reserve at first.

    Raises:
        InvalidField: the block is less than 1.
    """

    def __init__(self, sequences: Sequences, *, block: int = 64) -> None:
        if type(block) is not int or block < 1:
            raise InvalidField("StoredIds", "block", block, "an integer of at least 1")
        self._sequences = sequences
        self._block = block
        self._blocks: defaultdict[str, int] = defaultdict(lambda: block)
        # For each kind the ids reserved and not given out: the next one, and the last.
        self._reserved: dict[str, tuple[int, int]] = {}
        self._reserving: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def next(self, kind: str) -> int:
        """Give the next id of this kind of aggregate."""
        async with self._reserving[kind]:
            first, last = self._reserved.get(kind, (1, 0))
            if first > last:
                number = self._blocks[kind]
                last = await self._sequences.reserve_ids(kind, number)
                first = last - number + 1
                self._blocks[kind] = min(2 * number, _GROWTH * self._block)
            self._reserved[kind] = (first + 1, last)
            return first

    async def close(self) -> None:
        """Return the ids that were reserved and not given out. The store is closed by whoever opened it."""
        unused, self._reserved = self._reserved, {}
        for kind, (first, last) in unused.items():
            if first <= last:
                await self._sequences.give_back_ids(kind, first, last)
