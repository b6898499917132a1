"""A lifecycle as a state diagram: states from left to right, and on each what leads to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil
from operator import itemgetter
from typing import Any

import attrs

from bookdelivery.design.drawing.board_frame import heading, legend
from bookdelivery.design.drawing.drawing import Drawing
from bookdelivery.design.drawing.geometry import ORIGIN, Point, Rect
from bookdelivery.design.drawing.mermaid import StateChart
from bookdelivery.design.drawing.overlay import NOTHING
from bookdelivery.design.drawing.routing import Link as Wanted
from bookdelivery.design.drawing.routing import Port, Routed, Spacing, Table, route
from bookdelivery.design.drawing.scene import Note, Scene, Wire
from bookdelivery.design.drawing.stickies import Link, Part, moved, relative_link, sticky
from bookdelivery.design.drawing.timeline import columns_in_time
from bookdelivery.design.drawing.words import Words
from bookdelivery.design.elements import Node, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.errors import InvalidField

MARGIN = 16.0
STATE = 116.0
GAP = 9.0
DOT = 12.0

MOST_LINES = 2
"""Up to so many states that one thing can happen in, each has a line of its own."""


def lifecycle(model: DesignModel, aggregate: str, *, language: str = "en", link: Link = relative_link) -> Drawing:
    """Draw the lifecycle of an aggregate, as `transitions` runs it.

    On each state stands what leads to it, with its guards. Lines come from the states in which that can happen; where
    those are many, all are named and only the nearest has a line. A state that nothing leads on from is an end.

    Args:
        model: the system's design.
        aggregate: its id or name.
        language: of the labels: `en` or `ko`.
        link: makes the address of the declaration.

    Raises:
        UnknownElement: there is no such aggregate.
        InvalidField: it declares no lifecycle, or the language is neither.
    """
    node = model.find(aggregate, NodeKind.AGGREGATE)
    declared = node.facts.get("lifecycle")
    if declared is None:
        raise InvalidField("lifecycle", "aggregate", node.name, "one that declares a lifecycle")
    return _StateDiagram(node, declared, Words.of(model, language), link).drawing()


@attrs.frozen
class _Way:
    """Everything that leads to one state by one trigger under the same guards."""

    trigger: str
    dest: str
    guards: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.trigger + (f" [{', '.join(self.guards)}]" if self.guards else "")

    @property
    def id(self) -> str:
        return f"{self.label}>{self.dest}"


class _StateDiagram:
    def __init__(self, node: Node, declared: Mapping[str, Any], words: Words, link: Link) -> None:
        self._node, self._words, self._link = node, words, link
        self._states: Sequence[str] = declared["states"]
        self._initial: str = declared["initial"]
        self._sources: dict[_Way, list[str]] = defaultdict(list)
        self._loops: dict[str, list[str]] = defaultdict(list)
        for transition in declared["transitions"]:
            way = _Way(transition["trigger"], transition["dest"], tuple(transition["guards"]))
            if transition["source"] == transition["dest"]:
                self._loops[transition["dest"]].append(way.label)
            else:
                self._sources[way].append(transition["source"])
        self._lines: dict[_Way, list[str]] = {}
        leads = [(source, way.dest) for way, sources in self._sources.items() for source in sources]
        self._left = {source for source, _ in leads}
        self._columns = columns_in_time(self._states, leads)
        self._rows = self._in_rows()
        for way, sources in self._sources.items():
            self._lines[way] = sources if len(sources) <= MOST_LINES else [self._nearest(way)]

    def drawing(self) -> Drawing:
        """Put it together."""
        words = self._words
        stacks = {state: self._stack(state) for state in self._states}
        table = self._table(stacks)
        routed = route(table, self._links(stacks))
        width = max(routed.right + MARGIN, 420.0)
        title = f"{words.name(self._node)}: {words('lifecycle')}"
        head = heading(title, NOTHING, width, MARGIN)
        items = [("trigger", words("what happens")), ("state", words("state")), ("final", words("end"))]
        key = legend(items, (), width, MARGIN).moved(0.0, head.height)
        down = head.height + key.height
        notes: list[Note] = []
        wires: list[Wire] = []
        for state, stack in stacks.items():
            x, y = routed.xs[self._columns[state]], routed.ys[self._rows[state]] + down
            placed = [moved(note, x, y + offset) for offset, note in stack]
            notes += placed
            if len(placed) > 1:
                wires.append(_down(placed[-2], placed[-1]))
        notes, wires = self._begin(notes, wires)
        wires += self._wires(routed, down)
        scene = Scene(
            name="lifecycle",
            title=title,
            desc=f"{len(self._states)} states",
            width=ceil(width),
            height=ceil(routed.bottom + down + MARGIN / 2),
            wires=(*wires, *key.wires),
            notes=(*key.notes, *notes),
            labels=(*head.labels, *key.labels),
            language=words.language,
        )
        return Drawing(scene, self._chart())

    def _nearest(self, way: _Way) -> str:
        """Give the last state before the one it leads to, else the first one after it."""
        column = self._columns
        return max(
            self._sources[way],
            key=lambda source: (column[source] < column[way.dest], -abs(column[way.dest] - column[source])),
        )

    def _in_rows(self) -> dict[str, int]:
        """Keep the longest story on the first row, and put the other states below."""
        rows: dict[str, int] = {}
        column_of = self._columns
        main = self._main_story()
        for column in sorted(set(column_of.values())):
            states = [state for state in self._states if column_of[state] == column]
            states.sort(key=lambda state: (state not in main, self._states.index(state)))
            first = 0 if states[0] in main else 1
            rows.update({state: first + index for index, state in enumerate(states)})
        return rows

    def _main_story(self) -> set[str]:
        """Give the states on a longest way through the columns that is declared first."""
        column = self._columns
        before: dict[str, str] = {}
        for way, sources in self._sources.items():
            for source in sources:
                if column[source] == column[way.dest] - 1:
                    before.setdefault(way.dest, source)
        last = max(column.values())
        story = [next(state for state in self._states if column[state] == last)]
        while story[-1] in before:
            story.append(before[story[-1]])
        return set(story)

    def _stack(self, state: str) -> list[tuple[float, Note]]:
        stack: list[tuple[float, Note]] = []
        y = 0.0
        ways = [way for way in self._sources if way.dest == state]
        for way in ways:
            sources = ", ".join(map(self._words, self._sources[way]))
            listed = self._words("from {}").format(sources) if self._lines[way] != self._sources[way] else ""
            note = sticky(
                way.id,
                "trigger",
                (Part(way.label, 10.0, bold=True), Part(listed, 8.5, role="note-soft")),
                width=STATE,
                icon="trigger",
                shape="card",
                title=way.label,
                desc=f"from {sources} to {state}",
            )
            stack.append((y, note))
            y += note.rect.height + 3
        kind = "state" if state in self._left else "final"
        loops = self._words("stays on {}").format(", ".join(self._loops[state])) if state in self._loops else ""
        note = sticky(
            state,
            kind,
            (
                Part(self._words(state), 11.5, bold=True),
                Part(state if self._words(state) != state else "", 8.5, role="note-soft"),
                Part(loops, 9.0, role="note-soft"),
            ),
            width=STATE,
            icon=kind,
            shape="card",
            least_height=30.0,
            title=state,
            desc=f"a state of {self._node.name}" if kind == "state" else f"an end of {self._node.name}",
            href=self._link(self._node.file, self._node.line),
        )
        stack.append((y - 3 + GAP if stack else 0.0, note))
        return stack

    def _table(self, stacks: Mapping[str, list[tuple[float, Note]]]) -> Table:
        count = max(self._rows.values()) + 1
        heights = [0.0] * count
        for state, stack in stacks.items():
            offset, note = stack[-1]
            heights[self._rows[state]] = max(heights[self._rows[state]], offset + note.rect.height)
        return Table(
            column_widths=[STATE] * (max(self._columns.values()) + 1),
            row_heights=heights,
            above=[4.0] * count,
            below=[4.0] * count,
            taken=frozenset((self._rows[state], self._columns[state]) for state in stacks),
            blocked=frozenset(),
            left=MARGIN,
            top=0.0,
            spacing=Spacing(column_gap=30.0),
        )

    def _links(self, stacks: Mapping[str, list[tuple[float, Note]]]) -> list[Wanted]:
        ports: dict[str, Port] = {}
        for state, stack in stacks.items():
            for offset, note in stack:
                ports[note.id] = Port(self._rows[state], self._columns[state], offset + note.rect.height / 2)
        leaving: dict[str, list[str]] = defaultdict(list)
        for way, sources in self._lines.items():
            for source in sources:
                leaving[source].append(way.id)
        for source, ways in leaving.items():
            # What goes far leaves above what goes to the next state, and what goes down leaves last.
            places = [(self._rows[_dest(id)], -abs(self._columns[_dest(id)] - self._columns[source])) for id in ways]
            ways[:] = [way for _, way in sorted(zip(places, ways, strict=True), key=itemgetter(0))]
        links = []
        for way, sources in self._lines.items():
            for source in sources:
                offset, note = stacks[source][-1]
                share = (leaving[source].index(way.id) + 1) / (len(leaving[source]) + 1)
                port = attrs.evolve(ports[source], down=offset + note.rect.height * share, right=True)
                links.append(Wanted(port, ports[way.id], way.id))
        return links

    def _wires(self, routed: Routed, down: float) -> list[Wire]:
        pairs = [(source, way) for way, sources in self._lines.items() for source in sources]
        return [
            Wire(
                source=source,
                target=way.id,
                kind="plain",
                points=tuple(Point(x, y + down) for x, y in points),
                title=f"{source}: {way.label} → {way.dest}",
                net=way.id,
            )
            for (source, way), points in zip(pairs, routed.points, strict=True)
        ]

    def _begin(self, notes: list[Note], wires: list[Wire]) -> tuple[list[Note], list[Wire]]:
        """Put the dot at which it all begins before the initial state."""
        initial = next(note for note in notes if note.id == self._initial)
        y = initial.rect.center.y
        dot = Note(id="[*]", kind="dot", rect=Rect(MARGIN - 4, y - DOT / 2, DOT, DOT), shape="circle", icon_at=ORIGIN)
        points = (Point(dot.rect.right, y), Point(initial.rect.x, y))
        return [*notes, dot], [*wires, Wire(source="[*]", target=initial.id, kind="plain", points=points)]

    def _chart(self) -> StateChart:
        ways = tuple((source, way.dest, way.label) for way, sources in self._sources.items() for source in sources)
        loops = tuple((state, state, label) for state, labels in self._loops.items() for label in labels)
        return StateChart(self._initial, tuple(self._states), (*ways, *loops))


def _dest(way: str) -> str:
    """Give the state that a way's id names."""
    return way.rpartition(">")[2]


def _down(above: Note, below: Note) -> Wire:
    x = above.rect.center.x
    points = (Point(x, above.rect.bottom), Point(x, below.rect.y))
    return Wire(source=above.id, target=below.id, kind="plain", points=points)
