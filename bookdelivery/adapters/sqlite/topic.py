"""The topic's log in an SQLite file: appending, reading, counting, dropping what is old."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from bookdelivery.adapters.sqlite.encoded import Encoded
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.statements import ForRows
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Delivery, Unreadable

_REMEMBERED = 4096
_SLICE = 2000
"""Messages dropped in one transaction, so that a long purge does not hold up the commits beside it."""

_OFFSET_BITS = 48

_TABLES = """
CREATE TABLE IF NOT EXISTS topic_messages (
    place INTEGER PRIMARY KEY,
    time REAL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS topic_partitions (
    partition INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    next INTEGER NOT NULL
);
WITH RECURSIVE numbers (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number + 1 < <partitions>)
INSERT INTO topic_partitions SELECT number, 0, 0 FROM numbers WHERE NOT EXISTS (SELECT 1 FROM topic_partitions)
"""

_ENDS = "SELECT group_concat(next) FROM (SELECT next FROM topic_partitions ORDER BY partition)"
_READ = "SELECT place, headers, body FROM topic_messages WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?"
_LAG = (
    "SELECT coalesce(sum(p.next - coalesce(a.done, p.first)), 0) FROM topic_partitions AS p"
    " LEFT JOIN topic_assignments AS a ON a.consumers = ? AND a.partition = p.partition"
)
_DROPPABLE = (
    "SELECT p.partition, p.first, coalesce(min(a.done), p.next) FROM topic_partitions AS p"
    " LEFT JOIN topic_assignments AS a ON a.partition = p.partition GROUP BY p.partition"
)
_YOUNG = "SELECT place FROM topic_messages WHERE place BETWEEN ? AND ? AND time >= ? ORDER BY place LIMIT 1"

Message = tuple[int, float | None, str, bytes]
"""Partition, time (None if a stranger's), headers, body."""

Appended = tuple[Sequence[int], Sequence[int]]
"""The place of each message, and where each partition ends now."""


class Topic:
    """One topic's messages.

    Args:
        file: where they are.
        partitions: how many partitions the topic has.
        encoded: reads them.

    Raises:
        InvalidField: the topic in the file has another number of partitions.
    """

    def __init__(self, file: SqliteFile, partitions: int, encoded: Encoded) -> None:
        file.create_tables(_TABLES.replace("<partitions>", str(partitions)))
        ((number,),) = file.read("SELECT count(*) FROM topic_partitions")
        if number != partitions:
            raise InvalidField("SqliteBroker", "partitions", partitions, f"{number}, as in the topic in {file.path}")
        self.newest = float("-inf")
        self._file = file
        self._encoded = encoded
        self._ends: Sequence[int] | None = None
        # What this process published last, ready for all groups; a place never gets another message.
        self._recent: dict[int, Delivery] = {}
        self._write_messages = ForRows("INSERT INTO topic_messages (place, time, headers, body) VALUES <rows>", 4)
        self._write_ends = ForRows(
            "INSERT INTO topic_partitions (partition, first, next) VALUES <rows>"
            " ON CONFLICT (partition) DO UPDATE SET next = excluded.next",
            3,
        )

    def look_again(self) -> None:
        """Read the partitions' ends anew when next asked, as others may have appended."""
        self._ends = None

    async def append(self, messages: Sequence[Message], envelopes: Sequence[Envelope]) -> None:
        """Append messages; the envelopes are what their headers and bodies say, as far as we wrote them."""

        def then(_: Sequence[Message], appended: Appended) -> None:
            places, self._ends = appended
            for place, envelope in zip(places, envelopes, strict=False):
                self._recent[place] = Delivery(place >> _OFFSET_BITS, place & (1 << _OFFSET_BITS) - 1, envelope)
                self.newest = max(self.newest, envelope.time)
            while len(self._recent) > _REMEMBERED:
                del self._recent[next(iter(self._recent))]

        await self._file.write(self._append, messages, then)

    def ends(self) -> Sequence[int]:
        """Give the offset of each partition's next message."""
        self._file.is_current()
        if self._ends is None:
            ((text,),) = self._file.read(_ENDS)
            self._ends = tuple(map(int, text.split(",")))
        return self._ends

    def read(self, partition: int, position: int, limit: int) -> list[Delivery]:
        """Read messages of a partition from an offset on."""
        place = partition << _OFFSET_BITS | position
        stop = min(place + limit, partition << _OFFSET_BITS | self.ends()[partition])
        found: list[Delivery] = []
        while place < stop:
            delivery = self._recent.get(place)
            if delivery is None:
                found += self._read_stored(place, stop - 1, limit)
                break
            found.append(delivery)
            place += 1
        return found

    def lag(self, group: str) -> int:
        """Count what a group has not acknowledged."""
        ((number,),) = self._file.read(_LAG, (group,))
        return int(number)

    async def purge(self, before: float) -> int:
        """Drop messages older than a time that every group has acknowledged; says how many."""
        dropped = 0
        while True:
            number = await self._file.write(self._drop, before)
            dropped += number
            if number < _SLICE:
                return dropped

    def _append(self, connection: sqlite3.Connection, requests: Sequence[Sequence[Message]]) -> Sequence[Appended]:
        (text,) = connection.execute(_ENDS).fetchone()
        ends = list(map(int, text.split(",")))
        rows: list[tuple[int, float | None, str, bytes]] = []
        places: list[list[int]] = []
        for request in requests:
            mine: list[int] = []
            for partition, time, headers, body in request:
                place = partition << _OFFSET_BITS | ends[partition]
                ends[partition] += 1
                mine.append(place)
                rows.append((place, time, headers, body))
            places.append(mine)
        self._write_messages.write(connection, rows)
        touched = {row[0] >> _OFFSET_BITS for row in rows}
        self._write_ends.write(connection, [(partition, 0, ends[partition]) for partition in touched])
        return [(mine, ends) for mine in places]

    def _drop(self, connection: sqlite3.Connection, requests: Sequence[float]) -> Sequence[int]:
        numbers: list[int] = []
        for before in requests:
            dropped = 0
            for partition, first, done in connection.execute(_DROPPABLE).fetchall():
                base = partition << _OFFSET_BITS
                stop = min(done, first + _SLICE - dropped)
                # Messages nobody can read have no time of ours and go with those before them.
                young = connection.execute(_YOUNG, (base | first, (base | stop) - 1, before)).fetchone()
                stop = stop if young is None else young[0] - base
                if stop > first:
                    span = (base | first, (base | stop) - 1)
                    connection.execute("DELETE FROM topic_messages WHERE place BETWEEN ? AND ?", span)
                    connection.execute("UPDATE topic_partitions SET first = ? WHERE partition = ?", (stop, partition))
                    dropped += stop - first
            numbers.append(dropped)
        return numbers

    def _read_stored(self, first: int, last: int, limit: int) -> list[Delivery]:
        found: list[Delivery] = []
        for place, headers, body in self._file.read(_READ, (first, last, limit)):
            partition, offset = place >> _OFFSET_BITS, place & (1 << _OFFSET_BITS) - 1
            content: Envelope | Unreadable = self._encoded.read(headers, body, f"{partition}:{offset}")
            found.append(Delivery(partition, offset, content))
        return found
