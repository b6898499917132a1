"""Business ids that count up from 1 for all processes that use one SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.kernel.errors import InvalidField

_GROWTH = 16
"""How many times its first size a block may become."""

_RESERVE = "INSERT INTO ids VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET last = last + excluded.last"
_LAST = "SELECT last FROM ids WHERE kind = ?"
_RETURN = "UPDATE ids SET last = ? WHERE kind = ? AND last = ?"


class SqliteIds:
    """A sequence for each kind of aggregate, kept in a file.

    Ids are reserved a block at a time, durably before the first one is given out, so that none is given twice whatever
    happens. Each block is twice as large as the one before, up to sixteen times the first, so that who needs many ids
    seldom waits for the disk. What a process did not use is returned when the source is closed, unless another process
    has reserved ids meanwhile; after a crash the rest of a block stays unused.

    Args:
        file: where the sequences are.
        block: how many ids to reserve at first.

    Raises:
        InvalidField: the block is less than 1.
    """

    def __init__(self, file: SqliteFile, *, block: int = 64) -> None:
        if type(block) is not int or block < 1:
            raise InvalidField("SqliteIds", "block", block, "an integer of at least 1")
        self._file = file
        self._block = block
        self._blocks: defaultdict[str, int] = defaultdict(lambda: block)
        # For each kind the ids reserved and not given out: the next one, and the last.
        self._reserved: dict[str, tuple[int, int]] = {}
        self._reserving: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def next(self, kind: str) -> int:
        """Give the next id of this kind of aggregate."""
        value = self._take(kind)
        if value is None:
            async with self._reserving[kind]:
                # Somebody else may have reserved while this one waited.
                while (value := self._take(kind)) is None:
                    await self._file.write(self._reserve, (kind, self._blocks[kind]), self._keep)
                    self._blocks[kind] = min(2 * self._blocks[kind], _GROWTH * self._block)
        return value

    async def close(self) -> None:
        """Return the ids that were reserved and not given out. The file is closed by whoever opened it."""
        unused, self._reserved = self._reserved, {}
        rows = [(first - 1, kind, last) for kind, (first, last) in unused.items() if first <= last]
        if rows:
            await self._file.write(_give_back, rows)

    def _take(self, kind: str) -> int | None:
        first, last = self._reserved.get(kind, (1, 0))
        if first > last:
            return None
        self._reserved[kind] = (first + 1, last)
        return first

    def _keep(self, request: tuple[str, int], last: int) -> None:
        kind, number = request
        self._reserved[kind] = (last - number + 1, last)

    def _reserve(self, connection: sqlite3.Connection, requests: Sequence[tuple[str, int]]) -> Sequence[int]:
        lasts: list[int] = []
        for kind, number in requests:
            connection.execute(_RESERVE, (kind, number))
            lasts += connection.execute(_LAST, (kind,)).fetchone()
        return lasts


def _give_back(connection: sqlite3.Connection, requests: Sequence[Sequence[tuple[int, str, int]]]) -> Sequence[None]:
    connection.executemany(_RETURN, [row for rows in requests for row in rows])
    return [None] * len(requests)
