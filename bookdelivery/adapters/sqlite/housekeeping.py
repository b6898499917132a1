"""Removing what is no longer needed from a context's tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.statements import for_tables
from bookdelivery.adapters.sqlite.store_tables import marks_of, span_of
from bookdelivery.kernel.ports import Purged

_SLICE = 2000
"""Rows removed in one transaction, so that a long purge does not hold up the commits beside it."""

_PURGE_OUTBOX = (
    "DELETE FROM @outbox WHERE position IN (SELECT position FROM @sent WHERE at < ? ORDER BY at, position LIMIT ?)"
)
_PURGE_SENT = (
    "DELETE FROM @sent WHERE (at, position) IN"
    " (SELECT at, position FROM @sent WHERE at < ? ORDER BY at, position LIMIT ?)"
)
_PURGE_INBOX = "DELETE FROM @inbox WHERE mark IN (SELECT mark FROM @inbox WHERE at < ? ORDER BY at LIMIT ?)"
_NOTE = (
    "INSERT INTO @facts VALUES ('purged_before', ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)"
)
_NOTED = "SELECT value FROM @facts WHERE name = 'purged_before'"
_FORGET_ROWS = "DELETE FROM @records WHERE place BETWEEN ? AND ?"
_FORGET_MARKS = "DELETE FROM @inbox WHERE mark >= ? AND mark < ?"


class Housekeeping:
    """Purges a context's outbox and inbox, and clears views.

    Args:
        file: where the tables are.
        context: whose they are.
    """

    def __init__(self, file: SqliteFile, context: str) -> None:
        self._file = file
        self._outbox, self._sent, self._inbox, self._note, self._noted, self._rows, self._marks = (
            for_tables(context, sql)
            for sql in (_PURGE_OUTBOX, _PURGE_SENT, _PURGE_INBOX, _NOTE, _NOTED, _FORGET_ROWS, _FORGET_MARKS)
        )

    async def purge(self, before: float) -> Purged:
        """Remove sent events and inbox marks older than a time, a slice at a time."""
        outbox = inbox = 0
        while True:
            events, marks = await self._file.write(self._purge, before)
            outbox += events
            inbox += marks
            if events < _SLICE and marks < _SLICE:
                return Purged(outbox=outbox, inbox=inbox)

    def purged_before(self) -> float | None:
        """Say up to what time events were purged."""
        found = self._file.read(self._noted)
        return found[0][0] if found else None

    async def forget(self, kind: int | None, consumer: int | None, then: Callable[[], None]) -> None:
        """Remove a view's rows and its consumer's marks; numbers that are None stand for what never was written."""

        def done(_: tuple[int | None, int | None], __: None) -> None:
            then()

        await self._file.write(self._forget, (kind, consumer), done)

    def _purge(self, connection: sqlite3.Connection, requests: Sequence[float]) -> Sequence[tuple[int, int]]:
        purged: list[tuple[int, int]] = []
        for before in requests:
            events = connection.execute(self._outbox, (before, _SLICE)).rowcount
            if events:
                connection.execute(self._sent, (before, _SLICE))
                connection.execute(self._note, (before,))
            purged.append((events, connection.execute(self._inbox, (before, _SLICE)).rowcount))
        return purged

    def _forget(
        self, connection: sqlite3.Connection, requests: Sequence[tuple[int | None, int | None]]
    ) -> Sequence[None]:
        for kind, consumer in requests:
            if kind is not None:
                connection.execute(self._rows, span_of(kind))
            if consumer is not None:
                connection.execute(self._marks, marks_of(consumer))
        return [None] * len(requests)
