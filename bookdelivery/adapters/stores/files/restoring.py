"""Makes the image of what the files say, and the ledger of what the image holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import attrs
import orjson

from bookdelivery.adapters.stores.files.changes import Forget, Language
from bookdelivery.adapters.stores.files.image import Image
from bookdelivery.kernel.errors import InvalidMessage, UnusableStore

_IN_A_LINE = 500
"""So many events or marks are in one line of the ledger."""

T = TypeVar("T")


@attrs.define
class Touched:
    """Which documents no longer say what the image does.

    Attributes:
        records: kind and key of the records saved, in order.
        forgotten: the kinds of which records were dropped.
    """

    records: dict[tuple[str, int], None] = attrs.field(factory=dict)
    forgotten: set[str] = attrs.field(factory=set)


class Restoring:
    """Collects what the files say.

    The documents may be newer than the beginning of the journal, when a checkpoint was cut off. As the journal holds
    whole records and not what changed in them, going through it again ends at the same state; but only at its end do
    the ids of all records fit together, so the records are made last.

    Args:
        language: reads what is written there.
        path: the directory, for error messages.
    """

    def __init__(self, language: Language, path: Path) -> None:
        self._language = language
        self._path = path
        self._image = Image()
        self._touched = Touched()
        self._documents: defaultdict[str, dict[int, tuple[Path, dict[str, Any]]]] = defaultdict(dict)

    def document(self, path: Path, document: dict[str, Any]) -> None:
        """Take a document over."""
        self._documents[document["kind"]][document["key"]] = (path, document)

    def ledger(self, payloads: Sequence[bytes]) -> None:
        """Take the lines of the ledger over."""
        for payload in payloads:
            with_problem(self._path, lambda: self._ledger_line(orjson.loads(payload)))  # noqa: B023 - called at once

    def journal(self, payloads: Sequence[bytes], path: Path) -> None:
        """Take lines of the journal over."""
        for payload in payloads:
            for fields in orjson.loads(payload):
                for document in fields.pop("saves", ()):
                    kind, key = document["kind"], document["key"]
                    self._documents[kind][key] = (path, document)
                    self._touched.records[kind, key] = None
                change = with_problem(path, lambda: apply(fields, self._language, self._image))  # noqa: B023
                if isinstance(change, Forget):
                    self._documents.pop(change.kind, None)
                    self._touched.forgotten.add(change.kind)

    def end(self) -> tuple[Image, Touched]:
        """Give the image, and what of it is in the journal only."""
        for kind, documents in self._documents.items():
            shelf = self._image.shelves[kind]
            for key in sorted(documents):
                path, document = documents[key]
                shelf.add(with_problem(path, lambda: self._language.record(document)))  # noqa: B023
        return self._image, self._touched

    def _ledger_line(self, fields: dict[str, Any]) -> None:
        image = self._image
        if "lastPosition" in fields:
            image.last_position, image.purged_before = fields["lastPosition"], fields["purgedBefore"]
            image.ids = fields["ids"]
        last = image.last_position
        for event in fields.get("events", ()):
            image.append(*self._language.read_outgoing(event))
        image.last_position = max(last, image.last_position)
        for consumer, message_id, at in fields.get("inbox", ()):
            image.inbox[consumer][message_id] = at
        for fields_of_letter in fields.get("deadLetters", ()):
            letter = self._language.read_letter(fields_of_letter)
            image.dead[letter.consumer, letter.message_id] = letter


def apply(fields: dict[str, Any], language: Language, image: Image) -> Any:
    """Do to an image what one entry of the journal says; gives the unit or change.

    Raises:
        InvalidMessage: it cannot be read.
    """
    if fields["do"] == "Unit":
        unit = language.read_unit(fields)
        image.commit(unit)
        return unit
    change = language.read_change(fields)
    change.do(image)
    return change


def ledger_lines(image: Image, language: Language) -> Iterator[bytes]:
    """Write what an image holds beside its records."""
    yield orjson.dumps(
        {"lastPosition": image.last_position, "purgedBefore": image.purged_before, "ids": image.ids},
        option=orjson.OPT_SORT_KEYS,
    )
    events = (language.outgoing(one.position, image.sent.get(one.position), one.envelope) for one in image.events)
    for chunk in _chunks(events):
        yield orjson.dumps({"events": chunk})
    marks = ([consumer, message_id, at] for consumer, ids in image.inbox.items() for message_id, at in ids.items())
    for chunk in _chunks(marks):
        yield orjson.dumps({"inbox": chunk})
    for chunk in _chunks(language.letter(letter) for letter in image.dead.values()):
        yield orjson.dumps({"deadLetters": chunk})


def with_problem(path: Path, reading: Any) -> Any:
    """Say of what cannot be read where it stands.

    Raises:
        UnusableStore: it cannot be read.
    """
    try:
        return reading()
    except (InvalidMessage, KeyError, TypeError, ValueError) as error:
        raise UnusableStore(str(path), f"something in it cannot be read: {error}") from error


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, _IN_A_LINE)):
        yield chunk
