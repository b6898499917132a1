"""What can be done to a file store's data, and the JSON that the journal keeps of it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

import attrs
import orjson

from bookdelivery.adapters.stores.files.image import Image
from bookdelivery.kernel.errors import InvalidMessage
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import DeadLetter, Handled, Outgoing, Purged, Record, Unit, Unreadable
from bookdelivery.kernel.wire import Codec


@attrs.frozen
class Sent:
    """These events were acknowledged by the broker."""

    positions: Sequence[int]
    at: float

    def do(self, image: Image) -> None:
        """Do it to the image."""
        image.mark_sent(self.positions, self.at)


@attrs.frozen
class Purge:
    """Drop what is older than a time."""

    before: float

    def do(self, image: Image) -> Purged:
        """Do it to the image; says how much there was."""
        return image.purge(self.before)


@attrs.frozen
class Forget:
    """Drop a view and its consumer's marks."""

    kind: str
    consumer: str

    def do(self, image: Image) -> None:
        """Do it to the image."""
        image.forget(self.kind, self.consumer)


@attrs.frozen
class Reserve:
    """Reserve business ids."""

    kind: str
    number: int

    def do(self, image: Image) -> int:
        """Do it to the image; gives the last id."""
        return image.reserve(self.kind, self.number)


@attrs.frozen
class GiveBack:
    """Return reserved business ids, from one to the last."""

    kind: str
    unused_from: int
    last: int

    def do(self, image: Image) -> None:
        """Do it to the image."""
        image.give_back(self.kind, self.unused_from, self.last)


Change = Sent | Purge | Forget | Reserve | GiveBack
"""What is done as it is asked for, whatever is stored; units of work are decided on instead."""

_CHANGES = {cls.__name__: cls for cls in (Sent, Purge, Forget, Reserve, GiveBack)}


class Language:
    """Writes and reads what the journal and the documents keep.

    Args:
        codec: knows the context's aggregates, rows and events.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    def change(self, change: Change) -> bytes:
        """Write a change."""
        return orjson.dumps({"do": type(change).__name__, **attrs.asdict(change, recurse=False)})

    def unit(self, unit: Unit) -> bytes:
        """Write a unit of work.

        Raises:
            WronglyDeclared: the codec does not know one of its classes.
            InvalidField: a value cannot be written.
        """
        handled, revives, buries = unit.handled, unit.revives, unit.buries
        fields = {
            "do": "Unit",
            "at": unit.at,
            "saves": [orjson.Fragment(self.document(record)) for record in unit.saves],
            "outbox": [self.event(envelope) for envelope in unit.outbox],
            "handled": [[mark.consumer, mark.message_id] for mark in handled],
        }
        if revives is not None:
            fields["revives"] = [revives.consumer, revives.message_id]
        if buries is not None:
            fields["buries"] = self.letter(buries)
        return orjson.dumps({name: value for name, value in fields.items() if value != []})

    def read_unit(self, fields: dict[str, Any]) -> Unit:
        """Read a unit of work back.

        Raises:
            InvalidMessage: something of it cannot be read as what it was written as.
        """
        revives, buries = fields.get("revives"), fields.get("buries")
        return Unit(
            tuple([self.record(document) for document in fields.get("saves", ())]),
            tuple([self.read_event(*event) for event in fields.get("outbox", ())]),
            tuple([Handled(*mark) for mark in fields.get("handled", ())]),
            None if buries is None else self.read_letter(buries),
            None if revives is None else Handled(*revives),
            fields["at"],
        )

    def read_change(self, fields: dict[str, Any]) -> Change:
        """Read a change back.

        Raises:
            InvalidMessage: it is none that this release knows.
        """
        cls = _CHANGES.get(fields.pop("do"))
        if cls is None:
            raise InvalidMessage("a change in the journal", ["it is of a kind that this release does not know"])
        change: Change = cls(**fields)
        return change

    # --- parts --------------------------------------------------------------------------------------------------------

    def document(self, record: Record) -> bytes:
        """Write a record as the document that its file holds."""
        return orjson.dumps(
            {
                "kind": record.kind,
                "key": record.key,
                "id": record.id,
                "version": record.version,
                "owner": record.owner,
                "wakeAt": record.wake_at,
                "state": orjson.Fragment(self._codec.dump(record.state)),
            }
        )

    def record(self, document: dict[str, Any]) -> Record:
        """Read a record back.

        Raises:
            InvalidMessage: it is no such document.
        """
        try:
            kind, key, state = document["kind"], document["key"], document["state"]
            rest = [document[name] for name in ("id", "version", "owner", "wakeAt")]
        except (KeyError, TypeError) as error:
            raise InvalidMessage("a document", [f"it has no {error}"]) from error
        id, version, owner, wake_at = rest
        return Record(kind, key, id, version, self._codec.load(kind, orjson.dumps(state)), owner, wake_at)

    def event(self, envelope: Envelope) -> list[Any]:
        """Write an event: its headers, and its body exactly as it is."""
        headers, body = self._codec.encode_event(envelope)
        return [headers, _text(body)]

    def read_event(self, headers: dict[str, str], body: Any) -> Envelope:
        """Read an event back.

        Raises:
            InvalidMessage: it cannot be read.
        """
        content = self._codec.decode_event(headers, _bytes(body))
        if isinstance(content, Unreadable):
            raise InvalidMessage("an event", [content.error])
        return content

    def letter(self, letter: DeadLetter) -> list[Any]:
        """Write a dead letter."""
        if letter.envelope is None:
            headers, body = None, _text(letter.body)
        else:
            headers, body = self.event(letter.envelope)
        return [letter.consumer, letter.message_id, headers, body, letter.error, letter.at, letter.attempts]

    def read_letter(self, fields: Sequence[Any]) -> DeadLetter:
        """Read a dead letter back; one whose message can no longer be read keeps its bytes."""
        consumer, message_id, headers, text, error, at, attempts = fields
        body = _bytes(text)
        content = None if headers is None else self._codec.decode_event(headers, body, position=message_id)
        if isinstance(content, Envelope):
            return DeadLetter(consumer, message_id, content, b"", error, at, attempts)
        return DeadLetter(consumer, message_id, None, body, error, at, attempts)

    def outgoing(self, position: int, sent_at: float | None, envelope: Envelope) -> list[Any]:
        """Write an event of the outbox with its place."""
        return [position, sent_at, *self.event(envelope)]

    def read_outgoing(self, fields: Sequence[Any]) -> tuple[Outgoing, float | None]:
        """Read an event of the outbox back: with its place, and when it was sent."""
        position, sent_at, headers, body = fields
        return Outgoing(position, self.read_event(headers, body)), sent_at


def _text(body: bytes) -> Any:
    """Write bytes into JSON: as the text that they nearly always are, else in base 64."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}


def _bytes(text: Any) -> bytes:
    return text.encode() if isinstance(text, str) else b64decode(text["base64"])
