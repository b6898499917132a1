"""Writes units of work: reads what stands against them in one go, decides in memory, writes what is left in one go."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import attrs

from bookdelivery.adapters.sqlite.statements import ForRows, for_tables
from bookdelivery.kernel.ports import Outcome

RecordRow = tuple[int, int, int, int | None, float | None, bytes, bool]
"""Place, identity, version, owner, wake_at, body; and whether it is found by the same id, owner and time as before."""

LetterRow = tuple[str, str, str | None, bytes, str, float, int]
"""Consumer, message id, headers (None if unreadable), body, error, time, attempts."""


@attrs.define
class UnitRows:
    """A unit of work, as rows. Not frozen, as that would double the cost of making one; nobody changes one."""

    saves: tuple[RecordRow, ...]
    outbox: tuple[tuple[str, bytes], ...]
    marks: tuple[bytes, ...]
    buries: LetterRow | None
    revives: tuple[str, str] | None
    at: float


Written = tuple[Outcome, int]
"""What became of a unit, and the outbox position of its first event (0 if it has none)."""


class UnitWriter:
    """Writes all units that several callers want to commit at one time to one context's tables.

    Args:
        context: whose tables they are.
    """

    def __init__(self, context: str) -> None:
        def statement(sql: str, columns: int) -> ForRows:
            return ForRows(for_tables(context, sql), columns)

        self._versions = statement(
            "SELECT group_concat(place || ',' || identity || ',' || version) FROM @records WHERE place IN (<rows>)", 1
        )
        self._holders = statement(
            "SELECT group_concat(identity || ',' || place) FROM @records WHERE identity IN (<rows>)", 1
        )
        self._marked = statement("SELECT group_concat(1) FROM @inbox WHERE mark IN (<rows>)", 1)
        self._mark = for_tables(context, "SELECT 1 FROM @inbox WHERE mark = ?")
        self._letter = for_tables(context, "SELECT 1 FROM @dead_letters WHERE consumer = ? AND message_id = ?")
        self._save = statement(
            "INSERT INTO @records (place, identity, version, owner, wake_at, body) VALUES <rows> ON CONFLICT (place)"
            " DO UPDATE SET version = excluded.version, owner = excluded.owner, wake_at = excluded.wake_at,"
            " body = excluded.body",
            6,
        )
        # Naming no column that an index is on spares SQLite writing the indexes again.
        self._save_in_place = statement(
            "INSERT INTO @records (place, identity, version, owner, wake_at, body) VALUES <rows> ON CONFLICT (place)"
            " DO UPDATE SET version = excluded.version, body = excluded.body",
            6,
        )
        self._remove = statement("DELETE FROM @records WHERE place IN (<rows>)", 1)
        self._append = statement("INSERT INTO @outbox (headers, body) VALUES <rows>", 2)
        self._await = for_tables(
            context, "INSERT INTO @unsent SELECT position FROM @outbox WHERE position BETWEEN ? AND ?"
        )
        self._handle = statement("INSERT INTO @inbox (mark, at) VALUES <rows>", 2)
        self._revive = for_tables(context, "DELETE FROM @dead_letters WHERE consumer = ? AND message_id = ?")
        self._bury = for_tables(
            context,
            "INSERT OR REPLACE INTO @dead_letters (consumer, message_id, headers, body, error, at, attempts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
        )

    def write(
        self, connection: sqlite3.Connection, requests: Sequence[Sequence[UnitRows]]
    ) -> Sequence[Sequence[Written]]:
        """Write the units of several callers, in order; for each caller what became of its units."""
        units = [unit for request in requests for unit in request]
        outcomes = self._decide(connection, requests, units)
        positions = self._publish(connection, units, outcomes)
        written = iter(zip(outcomes, positions, strict=True))
        return [[next(written) for _ in request] for request in requests]

    def _decide(
        self, connection: sqlite3.Connection, requests: Sequence[Sequence[UnitRows]], units: Sequence[UnitRows]
    ) -> list[Outcome]:
        records = self._records_before(connection, units)
        marks = self._marks_before(connection, units)
        letters = self._letters_before(connection, units)
        fresh: list[tuple[bytes, float]] = []
        outcomes: list[Outcome] = []
        for request in requests:
            unsaved: set[int] = set()
            for unit in request:
                if not _is_fresh(unit.marks, marks) or (unit.revives is not None and unit.revives not in letters):
                    outcomes.append(Outcome.DUPLICATE)
                    unsaved.update(row[0] for row in unit.saves)
                    continue
                if unit.saves and not records.follow(unit.saves, unsaved):
                    outcomes.append(Outcome.CONFLICT)
                    unsaved.update(row[0] for row in unit.saves)
                    continue
                outcomes.append(Outcome.COMMITTED)
                marks.update(unit.marks)
                fresh += [(mark, unit.at) for mark in unit.marks]
                if unit.revives is not None:
                    letters.discard(unit.revives)
                    connection.execute(self._revive, unit.revives)
                if unit.buries is not None:
                    letters.add(unit.buries[:2])
                    connection.execute(self._bury, unit.buries)
        if records.renamed:
            # Ids may change hands within a group, so the old rows make room first.
            self._remove.write(connection, [(place,) for place in records.renamed])
        self._save.write(connection, [row[:6] for row in records.changed.values() if row[0] in records.moved])
        in_place = [row[:6] for row in records.changed.values() if row[0] not in records.moved]
        self._save_in_place.write(connection, in_place)
        self._handle.write(connection, fresh)
        return outcomes

    def _publish(
        self, connection: sqlite3.Connection, units: Sequence[UnitRows], outcomes: Sequence[Outcome]
    ) -> list[int]:
        """Append the committed units' events to the outbox; for each unit the position of its first one."""
        events: list[tuple[str, bytes]] = []
        ahead: list[int] = []
        for unit, outcome in zip(units, outcomes, strict=True):
            published = unit.outbox and outcome is Outcome.COMMITTED
            ahead.append(len(events) if published else -1)
            if published:
                events += unit.outbox
        last = 0
        for cursor in self._append.run(connection, events):
            last = cursor.lastrowid or 0
        first = last - len(events) + 1
        if events:
            connection.execute(self._await, (first, last))
        return [0 if place < 0 else first + place for place in ahead]

    def _records_before(self, connection: sqlite3.Connection, units: Iterable[UnitRows]) -> _Records:
        wanted = {row[0]: row[1] for unit in units for row in unit.saves}
        flat = self._versions.numbers(connection, [(place,) for place in wanted])
        stored = {place: (identity, version) for place, identity, version in zip(*[iter(flat)] * 3, strict=True)}
        # The id of a record that keeps it is certainly not taken by another.
        new = {row[1] for unit in units for row in unit.saves if stored.get(row[0], (0, 0))[0] != row[1]}
        flat = self._holders.numbers(connection, [(identity,) for identity in new])
        holders = dict(zip(*[iter(flat)] * 2, strict=True))
        holders.update((identity, place) for place, (identity, _) in stored.items())
        return _Records(stored, holders)

    def _marks_before(self, connection: sqlite3.Connection, units: Iterable[UnitRows]) -> set[bytes]:
        wanted = [(mark,) for mark in {mark for unit in units for mark in unit.marks}]
        if not self._marked.numbers(connection, wanted):
            return set()
        return {mark for (mark,) in wanted if connection.execute(self._mark, (mark,)).fetchone()}

    def _letters_before(self, connection: sqlite3.Connection, units: Iterable[UnitRows]) -> set[tuple[str, str]]:
        wanted = {unit.revives for unit in units if unit.revives is not None}
        return {letter for letter in wanted if connection.execute(self._letter, letter).fetchone()}


def _is_fresh(marks: Sequence[bytes], known: set[bytes]) -> bool:
    return known.isdisjoint(marks) and (len(marks) < 2 or len(set(marks)) == len(marks))


class _Records:
    """The records a group of units touches: as stored, and as the units decided so far leave them."""

    __slots__ = ("_holders", "_stored", "changed", "moved", "renamed")

    def __init__(self, stored: dict[int, tuple[int, int]], holders: dict[int, int]) -> None:
        self._stored = stored
        self._holders = holders
        self.changed: dict[int, RecordRow] = {}
        self.moved: set[int] = set()
        """Those that the indexes have to be written for."""
        self.renamed: set[int] = set()

    def follow(self, saves: Sequence[RecordRow], unsaved: set[int]) -> bool:
        """Take all of a unit's records over if each follows on what is there, else none.

        Args:
            saves: the unit's records.
            unsaved: the places of records that an earlier unit of the same caller was to save, and did not.
        """
        done: list[tuple[RecordRow, tuple[int, int] | None]] = []
        for row in saves:
            place, identity, version = row[:3]
            before = self._stored.get(place)
            follows = version == (1 if before is None else before[1] + 1) and place not in unsaved
            if not follows or self._holders.get(identity, place) != place:
                for earlier, state in reversed(done):
                    self._set(earlier[0], state)
                return False
            done.append((row, before))
            self._set(place, (identity, version))
        for row, before in done:
            self.changed[row[0]] = row
            if not row[6]:
                self.moved.add(row[0])
                if before is not None and before[0] != row[1]:
                    self.renamed.add(row[0])
        return True

    def _set(self, place: int, state: tuple[int, int] | None) -> None:
        before = self._stored.pop(place, None)
        if before is not None and (state is None or state[0] != before[0]):
            del self._holders[before[0]]
        if state is not None:
            self._stored[place] = state
            self._holders[state[0]] = place
