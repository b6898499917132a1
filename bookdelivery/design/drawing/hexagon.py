"""The hexagon of a context: its domain inside, its ports on the edge, and the adapters configured on them outside.

The picture is that of Cockburn's ports and adapters (https://alistair.cockburn.us/hexagonal-architecture): who drives
the context stands on the left, what it drives on the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

import attrs

from bookdelivery.design.drawing.board_frame import Piece, heading, legend
from bookdelivery.design.drawing.drawing import Drawing
from bookdelivery.design.drawing.geometry import Point, Rect, straightened
from bookdelivery.design.drawing.hexagon_sides import Berth, Sides
from bookdelivery.design.drawing.mermaid import Arrow, Box, Flowchart
from bookdelivery.design.drawing.overlay import NOTHING
from bookdelivery.design.drawing.scene import Note, Region, Scene, Text, Wire
from bookdelivery.design.drawing.stickies import Link, moved, relative_link, sticky_of
from bookdelivery.design.drawing.words import Words
from bookdelivery.design.elements import Node, NodeKind
from bookdelivery.design.model import DesignModel

MARGIN = 16.0
INNER = 106.0
GAP = 12.0
BERTH_GAP = 14.0
MOST_SPARE = 30.0
SNUG = 4.0
PORT = 92.0
OUTER = 124.0
REACH = 34.0
SLANT = 56.0
ROOM = 58.0
HEART_PAD = 16.0
LEAST_HALF = 74.0


def hexagon(model: DesignModel, context: str, *, language: str = "en", link: Link = relative_link) -> Drawing:
    """Draw the hexagon of a context.

    Args:
        model: the system's design.
        context: its name or id.
        language: of the labels: `en`, or `ko` where Korean names are known.
        link: makes the address of a place in the source.

    Raises:
        UnknownElement: there is no such context.
        InvalidField: the language is neither.
    """
    return _Hexagon(model, model.find(context, NodeKind.CONTEXT), Words.of(model, language), link).drawing()


@attrs.frozen
class _Shape:
    """A hexagon with a level top and bottom; its left and right sides come to a point at half height."""

    center: Point
    half_top: float
    half_height: float
    slant: float

    @property
    def points(self) -> tuple[Point, ...]:
        (x, y), top, tip, high = self.center, self.half_top, self.half_top + self.slant, self.half_height
        return (
            Point(x - tip, y),
            Point(x - top, y - high),
            Point(x + top, y - high),
            Point(x + tip, y),
            Point(x + top, y + high),
            Point(x - top, y + high),
        )

    @property
    def rect(self) -> Rect:
        tip = self.half_top + self.slant
        return Rect(self.center.x - tip, self.center.y - self.half_height, 2 * tip, 2 * self.half_height)

    def edge(self, y: float, side: int) -> float:
        """Give the x of the slanted edge at a height; `side` is -1 for the left and 1 for the right."""
        return self.center.x + side * (self.half_top + self.slant * (1 - abs(y - self.center.y) / self.half_height))


@attrs.frozen
class _Dock:
    """The notes of one berth: its port, and for each mooring the adapters and what is beyond; none is placed yet."""

    port: Note
    moorings: tuple[tuple[tuple[Note, ...], tuple[Note, ...]], ...]
    dashed: bool

    @property
    def layers(self) -> int:
        """How many columns of notes stand outside the port."""
        return max((bool(adapters) + bool(beyond) for adapters, beyond in self.moorings), default=0)

    @property
    def height(self) -> float:
        """The height of all together."""
        heights = [_mooring_height(mooring) for mooring in self.moorings]
        return max(self.port.rect.height, sum(heights) + SNUG * (len(heights) - 1))


class _Hexagon:
    def __init__(self, model: DesignModel, context: Node, words: Words, link: Link) -> None:
        self._model, self._context, self._words, self._link = model, context, words, link
        self._sides = Sides(model, context)
        nodes = model.nodes(context=context.name)

        def of(*kinds: NodeKind) -> list[Node]:
            return [node for kind in kinds for node in nodes if node.kind is kind]

        # What comes in stands on the left, what goes out on the right, what keeps the rules between them.
        columns = (of(NodeKind.COMMAND, NodeKind.POLICY), of(NodeKind.AGGREGATE, NodeKind.VIEW), of(NodeKind.EVENT))
        self._columns = [
            [sticky_of(node, words, link, width=INNER, small=node.kind is NodeKind.POLICY) for node in column]
            for column in columns
            if column
        ]

    def drawing(self) -> Drawing:
        """Put it together."""
        words = self._words
        heights = [_height(column) for column in self._columns]
        inner_width = len(self._columns) * (INNER + GAP) - GAP if self._columns else INNER
        inner_height = max(heights, default=0.0)
        left = [self._dock(berth) for berth in self._sides.left]
        right = [self._dock(berth) for berth in self._sides.right]
        sides_height = max(_stacked(left), _stacked(right))
        half = max(inner_height / 2 + HEART_PAD + 10, LEAST_HALF)
        heart = _Shape(Point(0, 0), inner_width / 2 + HEART_PAD, half, 34.0)
        hull_height = max(heart.half_height + 34.0, sides_height / 2 + 22)
        hull = _Shape(Point(0, 0), heart.half_top + ROOM, hull_height, SLANT)
        tip = hull.half_top + hull.slant
        depth = [max((dock.layers for dock in side), default=0) for side in (left, right)]
        center_x = MARGIN + depth[0] * (OUTER + REACH) + PORT / 2 + tip
        width = center_x + tip + PORT / 2 + depth[1] * (OUTER + REACH) + MARGIN
        title = f"{words.name(self._context)}: {words('ports and adapters')}"
        head = heading(title, NOTHING, width, MARGIN)
        key = self._legend(width).moved(0.0, head.height)
        center = Point(center_x, head.height + key.height + hull.half_height + 8)
        heart, hull = attrs.evolve(heart, center=center), attrs.evolve(hull, center=center)
        notes: list[Note] = []
        for index, column in enumerate(self._columns):
            x = center.x - inner_width / 2 + index * (INNER + GAP)
            y = center.y - heights[index] / 2
            for note in column:
                notes.append(moved(note, x, y))
                y += note.rect.height + SNUG
        wires: list[Wire] = []
        for docks, side in ((left, -1), (right, 1)):
            spare = (2 * hull.half_height - 44 - _stacked(docks)) / max(1, len(docks))
            gap = BERTH_GAP + min(max(0.0, spare), MOST_SPARE)
            y = center.y - (_stacked(docks) + (gap - BERTH_GAP) * (len(docks) - 1)) / 2
            for dock in docks:
                _moor(dock, hull, side, y, notes, wires)
                y += dock.height + gap
        name = Text(
            text=words.name(self._context),
            x=center.x,
            y=center.y - heart.half_height - 10,
            size=14,
            bold=True,
            anchor="middle",
        )
        scene = Scene(
            name="hexagon",
            title=title,
            desc=f"ports: {len(left) + len(right)}",
            width=ceil(width),
            height=ceil(center.y + hull.half_height + MARGIN),
            regions=(
                Region(id="hull", kind="hexagon", rect=hull.rect, points=hull.points, title=words("ports")),
                Region(id="heart", kind="heart", rect=heart.rect, points=heart.points, title=words("domain")),
            ),
            wires=(*wires, *key.wires),
            notes=(*key.notes, *notes),
            labels=(*head.labels, *key.labels, name),
            language=words.language,
        )
        return Drawing(scene, self._chart())

    def _legend(self, width: float) -> Piece:
        words = self._words
        nodes = [node for berth in (*self._sides.left, *self._sides.right) for node in berth.nodes]
        nodes += [node for node in self._model.nodes(context=self._context.name) if node.kind in _INSIDE]
        present = {node.kind for node in nodes}
        items = [(str(kind), words(str(kind))) for kind in _LEGEND if kind in present]
        lines = [("pubsub", "Pub/Sub", True), ("request", words("request and response"), False)]
        return legend(items, lines, width, MARGIN)

    def _dock(self, berth: Berth) -> _Dock:
        words, link = self._words, self._link
        port = sticky_of(berth.port, words, link, width=PORT, small=True, shape="card")

        def outside(node: Node) -> Note:
            sort = str(node.facts.get("sort", ""))
            shape = "cylinder" if node.kind in {NodeKind.STORE, NodeKind.TOPIC} else "sticky"
            note = sticky_of(node, words, link, width=OUTER, note=sort, shape=shape)
            kind = str(node.facts.get("subdomain", note.kind))
            # A thing may stand at several ports, and is drawn at each.
            return attrs.evolve(note, id=f"{node.id}>{berth.port.name}", kind=kind, icon=kind)

        moorings = tuple(
            (tuple(map(outside, mooring.adapters)), tuple(map(outside, mooring.beyond))) for mooring in berth.moorings
        )
        return _Dock(port, moorings, berth.dashed)

    def _chart(self) -> Flowchart:
        words, model = self._words, self._model
        berths = [*self._sides.left, *self._sides.right]
        nodes = {node.id: node for berth in berths for node in berth.nodes}
        inside = [node for node in model.nodes(context=self._context.name) if node.kind in _INSIDE]
        boxes = [Box(node.id, str(node.kind), words.name(node), "hexagon") for node in inside]
        boxes += [Box(node.id, str(node.kind), words.name(node)) for node in nodes.values()]
        boxes.append(Box("hexagon", "context", words.name(self._context), "hexagon"))
        arrows: list[Arrow] = []
        for berth in berths:
            outward = berth in self._sides.right
            ways = [
                [node.id for node in (berth.port, *filter(None, (adapter, end)))]
                for mooring in berth.moorings
                for adapter in mooring.adapters or (None,)
                for end in mooring.beyond or (None,)
            ]
            for way in ways:
                links = ["hexagon", *way] if outward else [*way[::-1], "hexagon"]
                arrows += [Arrow(one, other, dashed=berth.dashed) for one, other in pairwise(links)]
        return Flowchart(tuple(boxes), tuple(dict.fromkeys(arrows)), {"hexagon": words.name(self._context)})


_INSIDE = (NodeKind.COMMAND, NodeKind.POLICY, NodeKind.AGGREGATE, NodeKind.VIEW, NodeKind.EVENT)
_LEGEND = (*_INSIDE, NodeKind.ACTOR, NodeKind.PORT, NodeKind.ADAPTER, NodeKind.TOPIC, NodeKind.STORE, NodeKind.EXTERNAL)


def _height(column: Sequence[Note]) -> float:
    return sum(note.rect.height for note in column) + SNUG * (len(column) - 1)


def _stacked(docks: Sequence[_Dock]) -> float:
    return sum(dock.height for dock in docks) + BERTH_GAP * max(0, len(docks) - 1)


def _mooring_height(mooring: tuple[tuple[Note, ...], tuple[Note, ...]]) -> float:
    return max(_height(notes) if notes else 0.0 for notes in mooring)


def _moor(dock: _Dock, hull: _Shape, side: int, top: float, notes: list[Note], wires: list[Wire]) -> None:
    """Put a port on the slanted edge, its adapters outside it, and beyond them what they connect to."""
    middle = top + dock.height / 2
    port = _centered(dock.port, hull.edge(middle, side), middle)
    notes.append(port)
    edge = hull.center.x + side * (hull.half_top + hull.slant + PORT / 2)
    y = top + (dock.height - sum(map(_mooring_height, dock.moorings)) - SNUG * (len(dock.moorings) - 1)) / 2
    for mooring in dock.moorings:
        height = _mooring_height(mooring)
        inner, x = [port], edge
        for layer in filter(None, mooring):
            x += side * REACH
            placed, at = [], y + (height - _height(layer)) / 2
            for note in layer:
                placed.append(_centered(note, x + side * OUTER / 2, at + note.rect.height / 2))
                at += note.rect.height + SNUG
            wires += [_tie(one, other, side, dock) for one in inner for other in placed]
            notes += placed
            inner, x = placed, x + side * OUTER
        y += height + SNUG


def _centered(note: Note, x: float, y: float) -> Note:
    return moved(note, x - note.rect.width / 2, y - note.rect.height / 2)


def _tie(inner: Note, outer: Note, side: int, dock: _Dock) -> Wire:
    """Lead a line from the inner note to the outer one; on the left it points inward, as what drives does."""
    begin = Point(inner.rect.right if side > 0 else inner.rect.x, inner.rect.center.y)
    end = Point(outer.rect.x if side > 0 else outer.rect.right, outer.rect.center.y)
    bend = end.x - side * REACH / 2
    points = straightened([begin, Point(bend, begin.y), Point(bend, end.y), end])
    source, target = (inner, outer) if side > 0 else (outer, inner)
    return Wire(
        source=source.id,
        target=target.id,
        kind="pubsub" if dock.dashed else "request",
        points=points if side > 0 else points[::-1],
        dashed=dock.dashed,
        title=f"{source.title} → {target.title}",
        net=dock.port.id,
    )
