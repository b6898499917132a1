"""How a context's data stand in Redis: the arguments of its scripts, and what is read back."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from bookdelivery.adapters.sqlite.encoded import Encoded
from bookdelivery.kernel.errors import InvalidMessage, UnusableStore
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import DeadLetter, Handled, Outgoing, Record, Unit, Unreadable
from bookdelivery.kernel.wire import Codec

Argument = str | bytes | int | float

FIELDS = ("id", "version", "owner", "wake_at", "state")
"""The fields of a record's hash."""


class Packing:
    """Writes and reads one context's data.

    Args:
        codec: knows its aggregates, rows and events.
        where: the Redis, for error messages.
    """

    def __init__(self, codec: Codec, where: str) -> None:
        self._codec = codec
        self._encoded = Encoded(codec, {})
        self._where = where

    def unit(self, unit: Unit) -> list[Argument]:
        """Write a unit as `commit.lua` takes it.

        Raises:
            WronglyDeclared: the codec does not know one of its classes.
            InvalidField: a value cannot be written.
        """
        handled, revives, buries = unit.handled, unit.revives, unit.buries
        packed: list[Argument] = [
            repr(unit.at),
            len(handled),
            len(unit.saves),
            len(unit.outbox),
            "" if revives is None else letter_name(revives),
            "" if buries is None else letter_name(Handled(buries.consumer, buries.message_id)),
        ]
        for mark in handled:
            packed += mark.consumer, mark.message_id
        for record in unit.saves:
            packed += (record.kind, record.key, record.id, record.version)
            packed.append("" if record.owner is None else record.owner)
            packed.append("" if record.wake_at is None else repr(record.wake_at))
            packed.append(self._codec.dump(record.state))
        for envelope in unit.outbox:
            packed += self._encoded.write(envelope)
        if buries is not None:
            packed += self._letter(buries)
        return packed

    def record(self, kind: str, key: int, fields: Sequence[bytes | None]) -> Record | None:
        """Read a record from its fields; None if there is none.

        Raises:
            UnusableStore: its state cannot be read.
        """
        id, version, owner, wake_at, state = fields
        if id is None or version is None or state is None:
            return None
        try:
            loaded = self._codec.load(kind, state)
        except InvalidMessage as error:
            raise UnusableStore(self._where, f"its {kind} {key} cannot be read: {error}") from error
        return Record(
            kind, key, int(id), int(version), loaded, int(owner) if owner else None, float(wake_at) if wake_at else None
        )

    def outgoing(self, position: int, headers: bytes, body: bytes) -> Outgoing:
        """Read an event of the outbox.

        Raises:
            UnusableStore: it cannot be read.
        """
        content = self._encoded.read(headers.decode(), body, f"outbox/{position}")
        if isinstance(content, Unreadable):
            raise self._unreadable(position, content.error)
        return Outgoing(position, content)

    def sealed(self, position: int, headers: bytes, body: bytes) -> Outgoing:
        """Take an event of the outbox as it was written.

        Raises:
            UnusableStore: its headers are not those of an event.
        """
        try:
            return Outgoing(position, self._encoded.sealed(headers, body))
        except InvalidMessage as error:
            raise self._unreadable(position, str(error)) from error

    def letter(self, told: bytes, body: bytes) -> DeadLetter:
        """Read a dead letter; one whose message can no longer be read keeps its bytes."""
        consumer, message_id, headers, error, at, attempts = orjson.loads(told)
        content = None if headers is None else self._encoded.read(headers, body, message_id)
        if isinstance(content, Envelope):
            return DeadLetter(consumer, message_id, content, b"", error, at, attempts)
        return DeadLetter(consumer, message_id, None, body, error, at, attempts)

    def _unreadable(self, position: int, why: str) -> UnusableStore:
        return UnusableStore(self._where, f"the event at position {position} of its outbox cannot be read: {why}")

    def _letter(self, letter: DeadLetter) -> tuple[bytes, bytes]:
        headers, body = (None, letter.body) if letter.envelope is None else self._encoded.write(letter.envelope)
        told = [letter.consumer, letter.message_id, headers, letter.error, letter.at, letter.attempts]
        return orjson.dumps(told), body


def letter_name(letter: Handled) -> str:
    """Give the field that a dead letter stands under."""
    return f"{len(letter.consumer)}:{letter.consumer}{letter.message_id}"
