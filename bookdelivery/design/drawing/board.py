"""The event-storming board: sticky notes in time order, in one swim lane per context."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from math import ceil

import attrs

from bookdelivery.design.drawing.board_cells import NOTE, CellMaker, meant
from bookdelivery.design.drawing.board_frame import Header, Piece, heading, legend, rejected_panel
from bookdelivery.design.drawing.board_layout import (
    BAND_PAD,
    HEADER,
    HEADER_PAD,
    LANE_PAD,
    MARGIN,
    BoardLayout,
    net_of,
)
from bookdelivery.design.drawing.board_plan import BoardPlan
from bookdelivery.design.drawing.drawing import Drawing
from bookdelivery.design.drawing.geometry import Point, Rect
from bookdelivery.design.drawing.mermaid import Arrow, Box, Flowchart
from bookdelivery.design.drawing.overlay import MARKED, NOTHING, Overlay
from bookdelivery.design.drawing.scene import Note, Region, Scene, Text, Wire
from bookdelivery.design.drawing.stickies import Link, moved, relative_link
from bookdelivery.design.drawing.words import Words
from bookdelivery.design.elements import EdgeKind, NodeKind
from bookdelivery.design.model import DesignModel


class Step(IntEnum):
    """The steps of event storming, each showing what the one before it does and more."""

    EVENTS = 1
    COMMANDS = 2
    AGGREGATES = 3
    CONTEXTS = 4
    POLICIES = 5
    COMPLETE = 6


SHOWN_FROM = {
    NodeKind.EVENT: Step.EVENTS,
    NodeKind.ACTOR: Step.COMMANDS,
    NodeKind.COMMAND: Step.COMMANDS,
    NodeKind.AGGREGATE: Step.AGGREGATES,
    NodeKind.CONTEXT: Step.CONTEXTS,
    NodeKind.POLICY: Step.POLICIES,
    NodeKind.VIEW: Step.COMPLETE,
    NodeKind.EXTERNAL: Step.COMPLETE,
}
"""The step that each kind of note comes in with."""

NARROWEST = 760.0

ROWS_APART = 28.0
"""At most so much is left between the rows of the first step, in pixels."""

_LINES = {
    EdgeKind.TRIGGERS: ("pubsub", True),
    EdgeKind.CALLS: ("request", False),
    EdgeKind.PROMPTS: ("prompts", True),
}


def board(
    model: DesignModel,
    *,
    step: Step | int = Step.COMPLETE,
    overlay: Overlay = NOTHING,
    language: str = "en",
    link: Link = relative_link,
) -> Drawing:
    """Draw the event-storming board of a system.

    Args:
        model: the system's design.
        step: how far the storming has come. A note stays in its column, which is its time, from the first step to the
            last; on the first, where nothing stands between the events, their rows stand closer.
        overlay: a path to light up, or notes to shade.
        language: of the labels: `en`, or `ko` where Korean names are known.
        link: makes the address of a place in the source.

    Raises:
        ValueError: there is no such step.
        InvalidField: the language is neither.
    """
    return _Board(model, Step(step), overlay, Words.of(model, language), link).drawing()


class _Board:
    def __init__(self, model: DesignModel, step: Step, overlay: Overlay, words: Words, link: Link) -> None:
        self._model, self._step, self._overlay, self._words = model, step, overlay, words
        self._plan = BoardPlan(model)
        self._layout = BoardLayout(self._plan, CellMaker(self._plan, words, link), Header(words, HEADER))

    def drawing(self) -> Drawing:
        """Put it together."""
        layout, words = self._layout, self._words
        width = max(ceil(layout.routed.right + MARGIN), NARROWEST)
        title = f"{self._model.name}: {words('event-storming board')}"
        head = heading(title, self._overlay, width, MARGIN)
        key = self._legend(width).moved(0.0, head.height)
        down = head.height + key.height
        notes, arrows, labels = self._notes(down)
        bottom = layout.routed.bottom + down + 4
        if self._step is Step.EVENTS:
            notes, bottom = _closed_up(notes, down, bottom)
        dropped = rejected_panel(self._model, words, width, bottom, MARGIN, NOTE)
        scene = Scene(
            name="board",
            title=title,
            desc=self._desc(),
            width=width,
            height=ceil(dropped.height + MARGIN),
            regions=(*self._regions(down, width), *dropped.regions),
            wires=(*key.wires, *arrows, *self._wires(down)),
            notes=(*head.notes, *key.notes, *notes, *self._marks(down), *dropped.notes),
            labels=(*head.labels, *key.labels, *labels, *dropped.labels),
            language=words.language,
        )
        return Drawing(scene, self._chart())

    def _shown(self, kind: str) -> bool:
        return SHOWN_FROM[NodeKind(kind)] <= self._step

    def _desc(self) -> str:
        counts = [(kind, len(self._model.nodes(kind))) for kind in SHOWN_FROM]
        return ", ".join(f"{kind}: {count}" for kind, count in counts if count)

    def _legend(self, width: float) -> Piece:
        words = self._words
        kinds = [str(kind) for kind in SHOWN_FROM if kind is not NodeKind.CONTEXT and self._shown(kind)]
        items = [(kind, words(kind)) for kind in kinds if self._model.nodes(NodeKind(kind))]
        if self._step > Step.EVENTS and any(c.facts.get("open_questions") for c in self._model.contexts()):
            items.append(("hotspot", words("hot spot")))
        lines = {
            EdgeKind.TRIGGERS: ("pubsub", f"{words('event')} → {words('policy')} (Pub/Sub)", True),
            EdgeKind.CALLS: ("request", words("request and response"), False),
            EdgeKind.PROMPTS: ("prompts", words("prompts a person"), True),
        }
        drawn = [line for kind, line in lines.items() if self._shown(NodeKind.POLICY) and self._has_lines(kind)]
        return legend(items, drawn, width, MARGIN)

    def _has_lines(self, kind: EdgeKind) -> bool:
        # What stands on a card of its own, an external system or a deadline, has no line to it.
        return any(
            self._model.node(edge.source).kind in {NodeKind.EVENT, NodeKind.COMMAND}
            and self._model.node(edge.target).kind in {NodeKind.POLICY, NodeKind.COMMAND}
            for edge in self._model.edges(kind)
        )

    def _notes(self, down: float) -> tuple[list[Note], list[Wire], list[Text]]:
        layout = self._layout
        notes: list[Note] = []
        arrows: list[Wire] = []
        labels: list[Text] = []
        for (row, column), stack in sorted(layout.stacks.items()):
            before: Note | None = None
            for placed in stack.notes:
                kind = placed.note.kind
                # A question is asked from when what it is about is there.
                if not self._shown(self._model.node(meant(placed.note)).kind if kind == "hotspot" else kind):
                    before = None
                    continue
                y = layout.routed.ys[row] + down + placed.down
                note = self._toned(moved(placed.note, layout.routed.xs[column], y), stack.cell.heart.id)
                if placed.arrow and before is not None:
                    arrows.append(_arrow(before, note))
                notes.append(note)
                before = note
        for row, header in layout.headers.items():
            piece = header.moved(MARGIN, layout.routed.ys[row] - layout.table.above[row] + down + HEADER_PAD)
            notes += [self._toned(note, note.id) for note in piece.notes if self._shown(note.kind)]
            labels += piece.labels if self._shown(NodeKind.CONTEXT) else []
        return notes, arrows, labels

    def _toned(self, note: Note, heart: str) -> Note:
        """Set a note off as the overlay wants it; one that repeats a thing, as the line to or from that."""
        overlay, id = self._overlay, meant(note)
        if overlay is NOTHING:
            return note
        tone = overlay.note(id)
        if note.kind == "hotspot":
            tone = overlay.rest
        elif note.id.startswith("tab:"):
            tones = [overlay.wire(id, view.id) for view in self._plan.shown_in[id]]
            tone = next((tone for tone in tones if tone != overlay.rest), overlay.rest)
        elif ">" in note.id:
            ends = (id, heart) if note.kind == NodeKind.ACTOR else (heart, id)
            tone = overlay.wire(*ends)
        reason = overlay.reasons.get(id, "")
        return attrs.evolve(note, tone=tone, desc=f"{note.desc} {reason}".strip() if reason else note.desc)

    def _marks(self, down: float) -> list[Note]:
        """Pin a sign to the lane of every context that is set off."""
        layout, marks = self._layout, []
        for row in layout.headers:
            lane, band, _ = layout.rows[row]
            tone = self._overlay.note(lane.context.id) if lane.context else "plain"
            if band is lane.bands[0] and tone in MARKED and self._shown(NodeKind.CONTEXT):
                y = layout.routed.ys[row] - layout.table.above[row] + down
                place = Rect(MARGIN - 9, y - 6, 16, 16)
                marks.append(
                    Note(
                        id=f"mark:{lane.name}",
                        kind=tone,
                        rect=place,
                        shape="circle",
                        icon=tone,
                        icon_at=Point(place.x + 3, place.y + 3),
                        icon_size=10.0,
                        title=f"{self._words(lane.name)}: {self._words(tone)}",
                    )
                )
        return marks

    def _wires(self, down: float) -> list[Wire]:
        wires = []
        for edge, points in zip(self._layout.edges, self._layout.routed.points, strict=True):
            source, target = self._model.node(edge.source), self._model.node(edge.target)
            if self._step < Step.POLICIES:
                continue
            kind, dashed = _LINES[edge.kind]
            wires.append(
                Wire(
                    source=edge.source,
                    target=edge.target,
                    kind=kind,
                    points=tuple(Point(x, y + down) for x, y in points),
                    dashed=dashed,
                    title=f"{source.name} {edge.kind} {target.name}",
                    tone=self._overlay.wire(edge.source, edge.target),
                    net=net_of(edge),
                )
            )
        return wires

    def _regions(self, down: float, width: float) -> list[Region]:
        layout, table, ys = self._layout, self._layout.table, self._layout.routed.ys
        lanes: list[Region] = []
        bands: list[Region] = []
        tops = {id(self._layout.rows[row][1]): row for row in layout.headers}
        for lane in layout.lanes:
            begin = tops[id(lane.bands[0])]
            top, bottom = ys[begin] - table.above[begin] + down, 0.0
            for band in lane.bands:
                first = tops[id(band)]
                last = first + band.rows - 1
                bottom = ys[last] + table.row_heights[last] + table.below[last] + down
                end = bottom - (LANE_PAD if band is lane.bands[-1] else 0.0)
                rect = Rect(MARGIN + HEADER, ys[first] + down - BAND_PAD, width - 2 * MARGIN - HEADER - 6, 0.0)
                if band.aggregate is not None and self._shown(NodeKind.AGGREGATE):
                    rect = rect._replace(height=end - rect.y)
                    bands.append(Region(id=f"band:{band.aggregate.id}", kind="band", rect=rect, radius=5.0))
            if self._shown(NodeKind.CONTEXT):
                rect = Rect(MARGIN, top, width - 2 * MARGIN, bottom - top)
                lanes.append(Region(id=f"lane:{lane.name}", kind="lane", rect=rect, title=lane.name))
        return [*lanes, *bands]

    def _chart(self) -> Flowchart:
        model, words = self._model, self._words
        placed = [node for cell in self._plan.cells.values() for node in cell.nodes if self._shown(node.kind)]
        nodes = {node.id: node for node in placed}
        boxes = [Box(node.id, str(node.kind), words.name(node), node.context or "") for node in nodes.values()]
        dashed = {EdgeKind.TRIGGERS, EdgeKind.PROJECTS, EdgeKind.PROMPTS}
        drawn = {EdgeKind.ISSUES, EdgeKind.EMITS, EdgeKind.CALLS, *dashed}
        arrows = [
            Arrow(edge.source, edge.target, dashed=edge.kind in dashed)
            for edge in model.edges()
            if edge.kind in drawn and edge.source in nodes and edge.target in nodes
        ]
        groups = {context.name: words.name(context) for context in model.contexts()}
        return Flowchart(tuple(boxes), tuple(arrows), groups)


def _closed_up(notes: Sequence[Note], top: float, bottom: float) -> tuple[list[Note], float]:
    """Take out what is empty from left to right between top and bottom; give the notes and where it ends now."""
    closer: list[Note] = []
    end, saved = top, 0.0
    for note in sorted(notes, key=lambda note: note.rect.y):
        saved += max(0.0, note.rect.y - end - ROWS_APART)
        end = max(end, note.rect.bottom)
        closer.append(moved(note, 0.0, -saved))
    saved += max(0.0, bottom - end - ROWS_APART)
    return closer, bottom - saved


def _arrow(before: Note, after: Note) -> Wire:
    x = before.rect.center.x
    tones = {before.tone, after.tone}
    tone = "dim" if "dim" in tones else "lit" if tones == {"lit"} else "plain"
    points = (Point(x, before.rect.bottom), Point(x, after.rect.y))
    return Wire(source=before.id, target=after.id, kind="plain", points=points, tone=tone)
