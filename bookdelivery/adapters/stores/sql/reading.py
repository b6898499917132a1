"""The statements that read a context's tables, and what rows become."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from bookdelivery.adapters.sqlite.encoded import Encoded
from bookdelivery.adapters.stores.deciding import Place
from bookdelivery.adapters.stores.sql.schema import PURGED_BEFORE, Tables, looked_up
from bookdelivery.kernel.errors import InvalidMessage, UnusableStore
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import DeadLetter, Outgoing, Record, Unreadable
from bookdelivery.kernel.wire import Codec


class Reading:
    """Reads one context's tables, on a connection it is given.

    Args:
        tables: the context's.
        codec: reads states and events.
        where: the database, for error messages.
        dialect: the database's.
    """

    def __init__(self, tables: Tables, codec: Codec, where: str, dialect: sa.Dialect) -> None:
        self._tables = tables
        self._codec = codec
        self._encoded = Encoded(codec, {})
        self._where = where
        c = tables.records.c
        columns = (c.kind, c.key, c.id, c.version, c.owner, c.wake_at, c.state)
        self._records = sa.select(*columns)
        self._keys = looked_up(columns, c.kind == sa.bindparam("of_kind"), c.key, "keys", dialect)
        c = tables.outbox.c
        self._outbox = sa.select(c.position, c.headers, c.body)
        # `sent_at` is the same in all of them; named, it has PostgreSQL read the index in its order, and sort nothing.
        self._unsent = self._outbox.where(c.sent_at.is_(None)).order_by(c.sent_at, c.position)

    def many(self, connection: Connection, places: Sequence[Place]) -> list[Record | None]:
        """Read records by kind and key, those of a kind at once."""
        found: dict[Place, Record] = {}
        for kind in dict.fromkeys(kind for kind, _ in places):
            keys = sorted({key for of_kind, key in places if of_kind == kind})
            for record in self._read(connection, self._keys, {"of_kind": kind, "keys": keys}):
                found[record.kind, record.key] = record
        return [found.get(place) for place in places]

    def find(self, connection: Connection, kind: str, id: int) -> Record | None:
        """Read a record by its own id."""
        c = self._tables.records.c
        return next(iter(self._read(connection, self._records.where(c.kind == kind, c.id == id))), None)

    def page(self, connection: Connection, kind: str, owner: int | None, after: int, limit: int) -> list[Record]:
        """Read records by ascending key, beginning after a key."""
        c = self._tables.records.c
        query = self._records.where(c.kind == kind, c.key > after).order_by(c.key).limit(limit)
        return self._read(connection, query if owner is None else query.where(c.owner == owner))

    def due(self, connection: Connection, kinds: Sequence[str], now: float, limit: int) -> list[Record]:
        """Read records whose time has come, the earliest first."""
        c = self._tables.records.c
        query = self._records.where(c.kind.in_(kinds), c.wake_at <= now).order_by(c.wake_at, c.key).limit(limit)
        return self._read(connection, query)

    def next_wake_up(self, connection: Connection, kinds: Sequence[str]) -> float | None:
        """Say when the earliest of these kinds wants to be woken."""
        c = self._tables.records.c
        # One kind at a time it is the first entry of an index; of several at once PostgreSQL would read all rows.
        first = sa.select(c.wake_at).where(c.wake_at.is_not(None)).order_by(c.wake_at).limit(1)
        found = [connection.execute(first.where(c.kind == kind)).scalar() for kind in kinds]
        return min((at for at in found if at is not None), default=None)

    def waiting(self, connection: Connection, limit: int) -> list[Outgoing]:
        """Read events not marked sent, by ascending position."""
        return self._events(connection, self._unsent.limit(limit))

    def sealed(self, connection: Connection, after: int, limit: int) -> list[Outgoing]:
        """Read events behind a position that are not marked sent, by ascending position, unopened."""
        query = self._unsent.where(self._tables.outbox.c.position > after).limit(limit)
        found = connection.execute(query).all()
        try:
            return [Outgoing(position, self._encoded.sealed(headers, body)) for position, headers, body in found]
        except InvalidMessage as error:
            raise self._unreadable(str(error)) from error

    def log(self, connection: Connection, after: int, limit: int) -> list[Outgoing]:
        """Read all events kept, by ascending position."""
        c = self._tables.outbox.c
        return self._events(connection, self._outbox.where(c.position > after).order_by(c.position).limit(limit))

    def purged_before(self, connection: Connection) -> float | None:
        """Say up to what time events were purged."""
        c = self._tables.facts.c
        found: float | None = connection.execute(sa.select(c.at).where(c.name == PURGED_BEFORE)).scalar()
        return found

    def dead_letters(self, connection: Connection) -> list[DeadLetter]:
        """Read the messages given up, the oldest first."""
        c = self._tables.dead_letters.c
        query = sa.select(c.letter, c.at, c.body).order_by(c.at, c.consumer, c.message)
        return [self._letter(*row) for row in connection.execute(query)]

    def _read(self, connection: Connection, query: Any, parameters: dict[str, Any] | None = None) -> list[Record]:
        return [self._record(*row) for row in connection.execute(query, parameters or {})]

    def _record(
        self, kind: str, key: int, id: int, version: int, owner: int | None, wake_at: float | None, state: str
    ) -> Record:
        try:
            loaded = self._codec.load(kind, state.encode())
        except InvalidMessage as error:
            raise UnusableStore(self._where, f"its {kind} {key} cannot be read: {error}") from error
        return Record(kind, key, id, version, loaded, owner, wake_at)

    def _events(self, connection: Connection, query: Any) -> list[Outgoing]:
        return [Outgoing(position, self._event(*row)) for position, *row in _rows(connection.execute(query))]

    def _event(self, headers: str, body: bytes) -> Envelope:
        content = self._encoded.read(headers, body, "")
        if isinstance(content, Unreadable):
            raise self._unreadable(content.error)
        return content

    def _unreadable(self, why: str) -> UnusableStore:
        return UnusableStore(self._where, f"an event of its outbox cannot be read: {why}")

    def _letter(self, letter: str, at: float, body: bytes) -> DeadLetter:
        consumer, message_id, headers, error, attempts = orjson.loads(letter)
        content = None if headers is None else self._encoded.read(headers, body, message_id)
        if isinstance(content, Envelope):
            return DeadLetter(consumer, message_id, content, b"", error, at, attempts)
        return DeadLetter(consumer, message_id, None, body, error, at, attempts)


def _rows(result: Iterable[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in result]
