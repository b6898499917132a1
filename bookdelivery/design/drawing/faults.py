"""What is wrong with a drawing, found in its geometry: notes that overlap, lines through notes, text cut off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Generic, TypeVar

import attrs

from bookdelivery.design.drawing.geometry import (
    Point,
    Rect,
    Segment,
    crossing,
    passes_through,
    segments,
    shared_length,
)
from bookdelivery.design.drawing.scene import Scene, Text, Wire


class FaultKind(StrEnum):
    """What no drawing may have."""

    TWICE = "two notes have one id"
    OVERLAP = "two notes overlap"
    THROUGH_NOTE = "a line runs through a note"
    THROUGH_TEXT = "a line runs through a label"
    CLIPPED = "text leaves its note"
    COVERED = "text is covered"
    OUTSIDE = "something lies outside the picture"
    ON_TOP = "two lines run on top of one another"


@attrs.frozen
class Fault:
    """One thing wrong.

    Attributes:
        kind: what.
        where: the ids or texts it is about.
    """

    kind: FaultKind
    where: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}: {', '.join(self.where)}"


def faults_of(scene: Scene) -> tuple[Fault, ...]:
    """Find all that is wrong, in the order of `FaultKind`.

    Takes time in proportion to what lies near to one another, so a large drawing is checked as quickly as it is made.
    """
    found = [
        *_twice(scene),
        *_overlaps(scene),
        *_wires_over(scene),
        *_clipped(scene),
        *_covered(scene),
        *_outside(scene),
        *_on_top(scene),
    ]
    order = list(FaultKind)
    return tuple(sorted(found, key=lambda fault: order.index(fault.kind)))


def crossings_of(scene: Scene) -> int:
    """Count the places where two lines cross; lines of one net do not count."""
    return count_crossings((wire.net or f"{index}", wire.points) for index, wire in enumerate(scene.wires))


def count_crossings(lines: Iterable[tuple[str, Sequence[Point]]]) -> int:
    """Count the places where lines of different nets cross.

    Args:
        lines: the net and the corners of each.
    """
    near = _Near[tuple[str, Segment]]()
    # Lines of one net that run together are one line to the eye, so that a place counts once.
    places: set[tuple[str, str, int, int]] = set()
    for net, points in lines:
        pieces = [(_box(segment), segment) for segment in segments(points)]
        for box, segment in pieces:
            for other, piece in near.around(box):
                place = crossing(segment, piece) if net != other else None
                if place is not None:
                    one, two = sorted((net, other))
                    places.add((one, two, round(place.x), round(place.y)))
        for box, segment in pieces:
            near.add(box, (net, segment))
    return len(places)


def _twice(scene: Scene) -> Iterator[Fault]:
    seen: set[str] = set()
    for note in scene.notes:
        if note.id in seen:
            yield Fault(FaultKind.TWICE, (note.id,))
        seen.add(note.id)


def _overlaps(scene: Scene) -> Iterator[Fault]:
    near = _Near[int]()
    for index, note in enumerate(scene.notes):
        for other_index in near.around(note.rect):
            other = scene.notes[other_index]
            held = (note.holds and note.rect.contains(other.rect)) or (other.holds and other.rect.contains(note.rect))
            if note.rect.meets(other.rect) and not held:
                yield Fault(FaultKind.OVERLAP, (other.id, note.id))
        near.add(note.rect, index)


def _wires_over(scene: Scene) -> Iterator[Fault]:
    notes = _Near[int]()
    for index, note in enumerate(scene.notes):
        if not note.holds:
            notes.add(note.rect, index)
    labels = _Near[Text]()
    for label in scene.labels:
        labels.add(label.rect, label)
    for wire in scene.wires:
        name = f"{wire.source} -> {wire.target}"
        for segment in segments(wire.points):
            box = _box(segment)
            for index in notes.around(box):
                note = scene.notes[index]
                if passes_through(segment, note.rect.grown(-0.5)):
                    yield Fault(FaultKind.THROUGH_NOTE, (name, note.id))
            for label in labels.around(box):
                if passes_through(segment, label.rect.grown(-1.0)):
                    yield Fault(FaultKind.THROUGH_TEXT, (name, label.text))


def _clipped(scene: Scene) -> Iterator[Fault]:
    for note in scene.notes:
        for line in note.lines:
            if not note.rect.contains(line.rect, 0.5):
                yield Fault(FaultKind.CLIPPED, (note.id, line.text))


def _covered(scene: Scene) -> Iterator[Fault]:
    # Lines of two notes cannot meet unless the notes do, or one leaves its note: both are found elsewhere.
    for note in scene.notes:
        for line, below in pairwise(note.lines):
            if line.rect.grown(-0.5).meets(below.rect):
                yield Fault(FaultKind.COVERED, (line.text, below.text))
    free = _Near[tuple[Text, str]]()
    for label in scene.labels:
        for other, _ in free.around(label.rect):
            if label.rect.grown(-0.5).meets(other.rect):
                yield Fault(FaultKind.COVERED, (other.text, label.text))
        free.add(label.rect, (label, ""))
    yield from _under_notes(scene, free)


def _under_notes(scene: Scene, free: _Near[tuple[Text, str]]) -> Iterator[Fault]:
    """Find labels, and what stands on a card itself, that a note lies on."""
    for card in scene.notes:
        for line in card.lines if card.holds else ():
            free.add(line.rect, (line, card.id))
    for note in scene.notes:
        for text, home in free.around(note.rect):
            held = note.holds and note.rect.contains(text.rect)
            if home != note.id and not held and text.rect.grown(-0.5).meets(note.rect):
                yield Fault(FaultKind.COVERED, (text.text, note.id))


def _outside(scene: Scene) -> Iterator[Fault]:
    page = Rect(0.0, 0.0, scene.width, scene.height)
    named = [(note.id, note.rect) for note in scene.notes]
    named += [(region.id, region.rect) for region in scene.regions]
    named += [(text.text, text.rect) for text in scene.labels]
    named += [
        (f"{wire.source} -> {wire.target}", _box(piece)) for wire in scene.wires for piece in segments(wire.points)
    ]
    for name, rect in named:
        if not page.contains(rect):
            yield Fault(FaultKind.OUTSIDE, (name,))


def _on_top(scene: Scene) -> Iterator[Fault]:
    near = _Near[tuple[Wire, Segment]]()
    for wire in scene.wires:
        told: set[int] = set()
        for segment in segments(wire.points):
            for other, piece in near.around(_box(segment)):
                if id(other) in told or _same_net(other, wire):
                    continue
                if shared_length(segment, piece) > 1.0:
                    told.add(id(other))
                    names = (f"{other.source} -> {other.target}", f"{wire.source} -> {wire.target}")
                    yield Fault(FaultKind.ON_TOP, names)
        for segment in segments(wire.points):
            near.add(_box(segment), (wire, segment))


def _same_net(one: Wire, other: Wire) -> bool:
    return bool(one.net) and one.net == other.net


def _box(segment: Segment) -> Rect:
    (ax, ay), (bx, by) = segment
    return Rect(min(ax, bx), min(ay, by), abs(ax - bx), abs(ay - by))


Thing = TypeVar("Thing")


class _Near(Generic[Thing]):
    """Things by the squares of a coarse grid that they lie in, so that only neighbours are compared."""

    SIDE = 200.0

    def __init__(self) -> None:
        self._squares: dict[tuple[int, int], list[Thing]] = defaultdict(list)

    def add(self, rect: Rect, thing: Thing) -> None:
        for square in self._under(rect):
            self._squares[square].append(thing)

    def around(self, rect: Rect) -> Iterable[Thing]:
        """Give what may meet the rectangle, each once, in the order in which it was added to the squares."""
        squares = [self._squares[square] for square in self._under(rect) if square in self._squares]
        if len(squares) == 1:
            return squares[0]
        return {id(thing): thing for things in squares for thing in things}.values()

    def _under(self, rect: Rect) -> Iterator[tuple[int, int]]:
        side = self.SIDE
        for column in range(int((rect.x - 1) // side), int((rect.right + 1) // side) + 1):
            for row in range(int((rect.y - 1) // side), int((rect.bottom + 1) // side) + 1):
                yield column, row
