"""Consumer groups in an SQLite file: who is a member, who reads which partition, and how far each group is done."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

import attrs

from bookdelivery.adapters.brokers.partitions import assign
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.processes import is_gone, this_process
from bookdelivery.adapters.sqlite.statements import ForRows

_TABLES = """
CREATE TABLE IF NOT EXISTS topic_members (
    member INTEGER PRIMARY KEY AUTOINCREMENT,
    consumers TEXT NOT NULL,
    process TEXT NOT NULL,
    seen REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS topic_assignments (
    consumers TEXT NOT NULL,
    partition INTEGER NOT NULL,
    member INTEGER,
    epoch INTEGER NOT NULL,
    done INTEGER NOT NULL,
    PRIMARY KEY (consumers, partition)
) WITHOUT ROWID
"""

_BEGIN = "INSERT OR IGNORE INTO topic_assignments SELECT ?, partition, NULL, 0, first FROM topic_partitions"
_JOIN = "INSERT INTO topic_members (consumers, process, seen) VALUES (?, ?, ?)"
_LEAVE = "DELETE FROM topic_members WHERE member = ?"
_SEEN = "UPDATE topic_members SET seen = ? WHERE member = ?"
_ALL = "SELECT member, consumers, process, seen FROM topic_members"
_MEMBERS = "SELECT member FROM topic_members WHERE consumers = ? ORDER BY member"
_IS_MEMBER = "SELECT 1 FROM topic_members WHERE member = ?"
_OWNERS = "SELECT member FROM topic_assignments WHERE consumers = ? ORDER BY partition"
_ASSIGN = "UPDATE topic_assignments SET member = ?, epoch = epoch + 1 WHERE consumers = ? AND partition = ?"
_MINE = "SELECT partition, epoch, done FROM topic_assignments WHERE consumers = ? AND member = ?"


@attrs.frozen
class Share:
    """A partition that a member reads.

    Attributes:
        partition: which.
        epoch: counts up whenever the partition changes hands, so that late acknowledgements can be told.
        done: the offset up to which the group has acknowledged it.
    """

    partition: int
    epoch: int
    done: int


class Groups:
    """All groups that read one topic.

    A member shows every now and then that it lives; one that has been silent for longer than the lease, or whose
    process has ended, is taken out, and its partitions go to the others. Time is the computer's monotonic clock, which
    all its processes share and nobody can set, and which does not run while the computer sleeps. One that was rebooted
    counts from nought again, so a sign of life from the future is as good as none.

    Args:
        file: where they are.
        lease_s: seconds of silence after which a member is gone.
        monotonic: gives the seconds of that clock.
    """

    def __init__(self, file: SqliteFile, lease_s: float, monotonic: Callable[[], float]) -> None:
        file.create_tables(_TABLES)
        self._file = file
        self._lease_s = lease_s
        self._monotonic = monotonic
        self._write_done = ForRows(
            "INSERT INTO topic_assignments (consumers, partition, epoch, done) VALUES <rows>"
            " ON CONFLICT (consumers, partition) DO UPDATE SET done = excluded.done"
            " WHERE epoch = excluded.epoch AND done < excluded.done",
            4,
        )

    async def join(self, group: str, then: Callable[[], None]) -> int:
        """Add a member; it gets its share of the partitions, and a number that is never given again."""
        return await self._file.write(self._join, group, lambda *_: then())

    async def leave(self, member: int, then: Callable[[], None]) -> None:
        """Take a member out; the others get its partitions."""
        await self._file.write(self._leave, member, lambda *_: then())

    async def show_life(self, members: Sequence[int], then: Callable[[], None]) -> None:
        """Show that these members live, and take out those that do not."""
        await self._file.write(self._show_life, members, lambda *_: then())

    async def acknowledge(self, group: str, done: Sequence[Share]) -> None:
        """Note how far a member is; ignored for partitions that changed hands since the epoch it knows."""
        rows = [(group, share.partition, share.epoch, share.done) for share in done]
        await self._file.write(self._acknowledge, rows)

    def shares(self, group: str, member: int) -> Sequence[Share] | None:
        """Read what a member's share is at present; None if it is no member any more."""
        shares = [Share(*row) for row in self._file.read(_MINE, (group, member))]
        return shares if shares or self._file.read(_IS_MEMBER, (member,)) else None

    def _join(self, connection: sqlite3.Connection, requests: Sequence[str]) -> Sequence[int]:
        now, process = self._monotonic(), this_process()
        members: list[int] = []
        for group in requests:
            connection.execute(_BEGIN, (group,))
            member = connection.execute(_JOIN, (group, process, now)).lastrowid
            assert member is not None
            members.append(member)
        self._rebalance(connection, self._remove_the_gone(connection, now) | set(requests))
        return members

    def _leave(self, connection: sqlite3.Connection, requests: Sequence[int]) -> Sequence[None]:
        leaving = set(requests)
        groups = {group for member, group, _, _ in connection.execute(_ALL).fetchall() if member in leaving}
        connection.executemany(_LEAVE, [(member,) for member in leaving])
        self._rebalance(connection, groups)
        return [None] * len(requests)

    def _show_life(self, connection: sqlite3.Connection, requests: Sequence[Sequence[int]]) -> Sequence[None]:
        now = self._monotonic()
        connection.executemany(_SEEN, [(now, member) for members in requests for member in members])
        self._rebalance(connection, self._remove_the_gone(connection, now))
        return [None] * len(requests)

    def _acknowledge(
        self, connection: sqlite3.Connection, requests: Sequence[Sequence[tuple[str, int, int, int]]]
    ) -> Sequence[None]:
        self._write_done.write(connection, [row for rows in requests for row in rows])
        return [None] * len(requests)

    def _remove_the_gone(self, connection: sqlite3.Connection, now: float) -> set[str]:
        """Delete members that do not live any more; gives the groups they were in."""
        gone = [
            (member, group)
            for member, group, process, seen in connection.execute(_ALL).fetchall()
            if abs(now - seen) > self._lease_s or is_gone(process)
        ]
        connection.executemany(_LEAVE, [(member,) for member, _ in gone])
        return {group for _, group in gone}

    def _rebalance(self, connection: sqlite3.Connection, groups: set[str]) -> None:
        for group in sorted(groups):
            members = [member for (member,) in connection.execute(_MEMBERS, (group,)).fetchall()]
            before = [member for (member,) in connection.execute(_OWNERS, (group,)).fetchall()]
            after = assign(before, members)
            moved = [
                (new, group, partition)
                for partition, (old, new) in enumerate(zip(before, after, strict=True))
                if old != new
            ]
            connection.executemany(_ASSIGN, moved)
