"""The statements that commit units of work, many at once, in a transaction that is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice, zip_longest
from operator import itemgetter
from typing import Any, TypeVar

import attrs
import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from bookdelivery.adapters.sqlite.encoded import Encoded
from bookdelivery.adapters.stores.deciding import Before, Place, Wanted, decide
from bookdelivery.adapters.stores.sql.schema import LAST_POSITION, Tables, looked_up, name_of
from bookdelivery.kernel.ports import DeadLetter, Handled, Outcome, Unit
from bookdelivery.kernel.wire import Codec

Item = TypeVar("Item")

_AT_ONCE = 400
"""Values in one statement at most; SQLite takes 999 parameters in its oldest releases."""


@attrs.frozen(eq=False)
class Rows:
    """A unit of work in the form that its rows have."""

    unit: Unit
    states: Sequence[str]
    events: Sequence[tuple[str, bytes]]
    letter: dict[str, Any] | None


class _ForEach:
    """A statement that is done for many rows, and read only once: for each of them that costs as much as to send it.

    Args:
        statement: it takes two values or more.
        dialect: the database's.
    """

    def __init__(self, statement: sa.UpdateBase, dialect: sa.Dialect) -> None:
        another: Callable[..., sa.Dialect] = type(dialect)
        compiled = statement.compile(dialect=another(paramstyle="qmark" if dialect.name == "sqlite" else "format"))
        self._text = str(compiled)
        self._values = itemgetter(*compiled.positiontup or ())

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            connection.exec_driver_sql(self._text, [self._values(row) for row in rows])


class Writing:
    """Writes to one context's tables.

    Args:
        tables: the context's.
        codec: knows its aggregates, rows and events.
        dialect: the database's.
    """

    def __init__(self, tables: Tables, codec: Codec, dialect: sa.Dialect) -> None:
        self._codec = codec
        self._encoded = Encoded(codec, {})
        records, facts, outbox, inbox = tables.records, tables.facts, tables.outbox, tables.inbox
        letters = tables.dead_letters
        of_place = (records.c.kind == sa.bindparam("of_kind")) & (records.c.key == sa.bindparam("of_key"))
        self._position = sa.select(facts.c.number).where(facts.c.name == LAST_POSITION).with_for_update()
        self._count = facts.update().where(facts.c.name == LAST_POSITION).values(number=sa.bindparam("last"))
        self._insert = _ForEach(records.insert(), dialect)
        self._update = _ForEach(
            records.update().where(of_place).values(_given("version", "owner", "wake_at", "state")), dialect
        )
        self._delete = _ForEach(records.delete().where(of_place), dialect)
        self._publish = _ForEach(outbox.insert().values(_given("position", "headers", "body")), dialect)
        self._handle = _ForEach(inbox.insert(), dialect)
        c = records.c
        of_kind = c.kind == sa.bindparam("of_kind")
        self._found = sa.union_all(
            looked_up([c.key, c.id, c.version], of_kind, c.key, "keys", dialect),
            looked_up([c.key, c.id, c.version], of_kind, c.id, "ids", dialect),
        )
        self._handled = looked_up(
            [inbox.c.message], inbox.c.consumer == sa.bindparam("of_consumer"), inbox.c.message, "messages", dialect
        )
        self._letters = letters
        self._drop_letter = letters.delete().where(
            (letters.c.consumer == sa.bindparam("of_consumer")) & (letters.c.message == sa.bindparam("of_message"))
        )

    def rows(self, unit: Unit) -> Rows:
        """Write a unit's parts.

        Raises:
            WronglyDeclared: the codec does not know one of its classes.
            InvalidField: a value cannot be written.
        """
        return Rows(
            unit,
            [self._codec.dump(record.state).decode() for record in unit.saves],
            [self._encoded.write(envelope) for envelope in unit.outbox],
            None if unit.buries is None else self._letter(unit.buries),
        )

    def lock(self, connection: Connection) -> int:
        """Wait until nobody else is committing to this context; gives how many events its outbox ever had."""
        return int(connection.execute(self._position).scalar_one())

    def commit(self, connection: Connection, requests: Sequence[Sequence[Rows]]) -> list[list[Outcome]]:
        """Decide on the units of several callers and write those that stand."""
        last = self.lock(connection)
        units = [[rows.unit for rows in request] for request in requests]
        before = self._before(connection, Wanted.by(unit for request in units for unit in request))
        stored = dict(before.records)
        outcomes = decide(units, before)
        committed = [
            rows
            for request, decided in zip(requests, outcomes, strict=True)
            for rows, outcome in zip(request, decided, strict=True)
            if outcome is Outcome.COMMITTED
        ]
        self._save(connection, committed, stored)
        events = [event for rows in committed for event in rows.events]
        if events:
            self._publish(
                connection,
                [
                    {"position": position, "headers": headers, "body": body}
                    for position, (headers, body) in enumerate(events, last + 1)
                ],
            )
            connection.execute(self._count, {"last": last + len(events)})
        marks = [
            {"consumer": name_of(mark.consumer), "message": name_of(mark.message_id), "at": rows.unit.at}
            for rows in committed
            for mark in rows.unit.handled
        ]
        self._handle(connection, marks)
        for rows in committed:
            self._move_letters(connection, rows)
        return outcomes

    def _before(self, connection: Connection, wanted: Wanted) -> Before:
        before = Before()
        keys, ids = _by_kind(wanted.keys), _by_kind(wanted.ids)
        none: list[int] = []
        for kind, of_kind in keys.items():
            for some_keys, some_ids in zip_longest(_chunks(of_kind), _chunks(ids[kind]), fillvalue=none):
                asked = {"of_kind": kind, "keys": some_keys, "ids": some_ids}
                for key, id, version in connection.execute(self._found, asked):
                    before.records[kind, key] = (id, version)
                    before.holders[kind, id] = key
        by_consumer: dict[str, dict[str, Handled]] = {}
        for mark in wanted.marks:
            by_consumer.setdefault(mark.consumer, {})[name_of(mark.message_id)] = mark
        for consumer, marks in by_consumer.items():
            for some in _chunks(sorted(marks)):
                asked = {"of_consumer": name_of(consumer), "messages": some}
                before.marks |= {marks[message] for (message,) in connection.execute(self._handled, asked)}
        for consumer, message_id in wanted.letters:
            letter = sa.select(sa.literal(1)).where(
                self._letters.c.consumer == name_of(consumer), self._letters.c.message == name_of(message_id)
            )
            if connection.execute(letter).first() is not None:
                before.letters.add((consumer, message_id))
        return before

    def _save(self, connection: Connection, committed: Sequence[Rows], stored: dict[Place, tuple[int, int]]) -> None:
        """Write the last version of each record; those that get another id first make room, as ids may change hands."""
        changed = {
            (record.kind, record.key): (record, state)
            for rows in committed
            for record, state in zip(rows.unit.saves, rows.states, strict=True)
        }
        moved, inserts, updates = [], [], []
        for place, (record, state) in changed.items():
            kind, key = place
            old = stored.get(place)
            values = {
                "version": record.version,
                "owner": record.owner,
                "wake_at": record.wake_at,
                "state": state,
            }
            if old is not None and old[0] == record.id:
                updates.append({"of_kind": kind, "of_key": key, **values})
                continue
            if old is not None:
                moved.append({"of_kind": kind, "of_key": key})
            inserts.append({"kind": kind, "key": key, "id": record.id, **values})
        for statement, parameters in ((self._delete, moved), (self._update, updates), (self._insert, inserts)):
            statement(connection, parameters)

    def _move_letters(self, connection: Connection, rows: Rows) -> None:
        gone = [rows.unit.revives, rows.unit.buries]
        for letter in gone:
            if letter is not None:
                place = {"of_consumer": name_of(letter.consumer), "of_message": name_of(letter.message_id)}
                connection.execute(self._drop_letter, place)
        if rows.letter is not None:
            connection.execute(self._letters.insert(), rows.letter)

    def _letter(self, letter: DeadLetter) -> dict[str, Any]:
        headers, body = (None, letter.body) if letter.envelope is None else self._encoded.write(letter.envelope)
        # As JSON, since PostgreSQL's texts cannot hold the character 0, which an error may quote.
        told = [letter.consumer, letter.message_id, headers, letter.error, letter.attempts]
        return {
            "consumer": name_of(letter.consumer),
            "message": name_of(letter.message_id),
            "at": letter.at,
            "letter": orjson.dumps(told).decode(),
            "body": body,
        }


def _given(*names: str) -> dict[str, Any]:
    return {name: sa.bindparam(name) for name in names}


def _by_kind(places: set[Place]) -> dict[str, list[int]]:
    kinds: dict[str, list[int]] = {}
    for kind, number in sorted(places):
        kinds.setdefault(kind, []).append(number)
    return kinds


def _chunks(items: Sequence[Item]) -> Sequence[list[Item]]:
    remaining = iter(items)
    return list(iter(lambda: list(islice(remaining, _AT_ONCE)), []))
