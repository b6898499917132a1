"""A small world of the suites' own: one aggregate, one view row, one event, with a value of every kind."""

from __future__ import annotations

from enum import StrEnum
from itertools import count
from typing import Any

import attrs
from msgspec.structs import replace

from bookdelivery.kernel.aggregate import Row, Stored
from bookdelivery.kernel.messages import Envelope, Event
from bookdelivery.kernel.ports import Record
from bookdelivery.kernel.values import FLAT, Won
from bookdelivery.kernel.wire import Codec


class Mood(StrEnum):
    """How a note is meant."""

    KIND = "kind"
    STERN = "stern"


@attrs.frozen
class Paper:
    """What a note is written on."""

    colour: str = "white"
    price: Won = attrs.field(default=Won(5))


@attrs.frozen(kw_only=True)
class Note(Stored):
    """Something to keep."""

    correlation_key = "case_id"
    identity = "note_id"
    owner = "author_id"
    wake_at = "remind_at"

    case_id: int
    note_id: int
    text: str = "책 한 권"
    mood: Mood = Mood.KIND
    paper: Paper = Paper()
    author_id: int | None = None
    remind_at: float | None = None
    marks: tuple[int, ...] = (1, 2)


@attrs.frozen
class Page(Row):
    """A view's row."""

    correlation_key = "case_id"
    identity = "case_id"

    case_id: int
    notes: int = 0


@attrs.frozen(kw_only=True)
class Noted(Event):
    """Something was noted."""

    correlation_key = "case_id"

    case_id: int
    text: str = "한 줄"
    paper: Paper = attrs.field(default=Paper(), metadata=FLAT)


CODEC = Codec([Noted], [Note, Page])
"""Writes and reads the classes of this module; give it to an adapter that keeps bytes."""

_numbers = count(1)


def envelope(key: int, **changes: Any) -> Envelope:
    """Make an event of this key, unlike any made before."""
    number = next(_numbers)
    made = Envelope(
        id=f"message-{number}",
        type="Noted",
        source="notes",
        time=1_700_000_000.25 + number / 8,
        correlation_id=f"conversation-{number}",
        causation_id=None if number % 2 else f"cause-{number}",
        key=key,
        message=Noted(case_id=key, text=f"{number}번째"),
        traceparent=None if number % 2 else "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )
    return replace(made, **changes)


def note(key: int, version: int = 1, *, id: int | None = None, **fields: Any) -> Record:
    """Make the record of a note; its id is 1000 + key unless given."""
    state = Note(case_id=key, note_id=1000 + key if id is None else id, **fields)
    return Record("Note", key, state.note_id, version, state, state.author_id, state.remind_at)


def page(key: int, version: int = 1, notes: int = 0) -> Record:
    """Make the record of a view's row."""
    return Record("Page", key, key, version, Page(key, notes))
