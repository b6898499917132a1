"""A context's outbox in an SQLite file: reading it, marking what was sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from bookdelivery.adapters.sqlite.encoded import Encoded
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.statements import for_tables, runs
from bookdelivery.kernel.errors import UnusableStore
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Outgoing, Unreadable

_REMEMBERED = 4096

_WAITING = "SELECT position FROM @unsent ORDER BY position LIMIT ?"
_BETWEEN = "SELECT position, headers, body FROM @outbox WHERE position BETWEEN ? AND ? ORDER BY position"
_LOG = "SELECT position, headers, body FROM @outbox WHERE position > ? ORDER BY position LIMIT ?"
_MARK = "INSERT INTO @sent (at, position) SELECT ?, position FROM @unsent WHERE position BETWEEN ? AND ?"
_SENT = "DELETE FROM @unsent WHERE position BETWEEN ? AND ?"


class Outbox:
    """Reads one context's outbox and marks what was sent.

    Args:
        file: where it is.
        context: whose it is.
        encoded: reads the events.
    """

    def __init__(self, file: SqliteFile, context: str, encoded: Encoded) -> None:
        self._file = file
        self._encoded = encoded
        self._waiting, self._between, self._log, self._mark, self._sent = (
            for_tables(context, sql) for sql in (_WAITING, _BETWEEN, _LOG, _MARK, _SENT)
        )
        # Events of this process that wait to be sent; a position never gets another event, so they stay right.
        self._recent: dict[int, Envelope] = {}

    def remember(self, first: int, envelopes: Sequence[Envelope]) -> None:
        """Keep events just committed, from this position on, until they are sent."""
        for position, envelope in enumerate(envelopes, first):
            self._recent[position] = envelope
        while len(self._recent) > _REMEMBERED:
            del self._recent[next(iter(self._recent))]

    def waiting(self, limit: int) -> Sequence[Outgoing]:
        """List what is not marked sent, in the order of commits."""
        positions = [position for (position,) in self._file.read(self._waiting, (limit,))]
        unknown = [position for position in positions if position not in self._recent]
        found = {outgoing.position: outgoing for span in runs(unknown) for outgoing in self._read(self._between, span)}
        return [found.get(position) or Outgoing(position, self._recent[position]) for position in positions]

    def log(self, after: int, limit: int) -> Sequence[Outgoing]:
        """List all that is kept, in the order of commits."""
        return self._read(self._log, (after, limit))

    async def mark_sent(self, positions: Sequence[int], at: float) -> None:
        """Mark events as sent."""
        if not positions:
            return
        await self._file.write(self._write_sent, (runs(positions), at))
        for position in positions:
            self._recent.pop(position, None)

    def _write_sent(
        self, connection: sqlite3.Connection, requests: Sequence[tuple[Sequence[tuple[int, int]], float]]
    ) -> Sequence[None]:
        for spans, at in requests:
            for span in spans:
                connection.execute(self._mark, (at, *span))
                connection.execute(self._sent, span)
        return [None] * len(requests)

    def _read(self, sql: str, parameters: Sequence[Any]) -> list[Outgoing]:
        return [
            Outgoing(position, self._decode(position, headers, body))
            for position, headers, body in self._file.read(sql, parameters)
        ]

    def _decode(self, position: int, headers: str, body: bytes) -> Envelope:
        content = self._encoded.read(headers, body, f"outbox/{position}")
        if isinstance(content, Unreadable):
            raise UnusableStore(
                str(self._file.path), f"the event at position {position} of its outbox cannot be read: {content.error}"
            )
        return content
