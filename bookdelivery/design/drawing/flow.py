"""The flow of a command, drawn as a tree that is read from top to bottom, and held against what was seen to happen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import ceil

import attrs

from bookdelivery.design.drawing.board_frame import Piece, heading, legend
from bookdelivery.design.drawing.drawing import Drawing
from bookdelivery.design.drawing.geometry import Point
from bookdelivery.design.drawing.mermaid import Arrow, Box, Flowchart
from bookdelivery.design.drawing.metrics import text_width, wrap
from bookdelivery.design.drawing.overlay import NOTHING, Overlay
from bookdelivery.design.drawing.scene import Note, Scene, Text, Wire
from bookdelivery.design.drawing.stickies import Link, Part, moved, relative_link, sticky, sticky_of
from bookdelivery.design.drawing.words import Words
from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.flow import Flow, Step
from bookdelivery.design.observed import Comparison

MARGIN = 16.0
INDENT = 24.0
ROW_GAP = 6.0
WIDTH = 900.0
STEM = 11.0
REMARK = 10.0
LEAST_REMARK = 190.0

_LINES = {
    EdgeKind.TRIGGERS: ("pubsub", True),
    EdgeKind.CALLS: ("request", False),
    EdgeKind.PROMPTS: ("prompts", True),
    EdgeKind.ISSUES: ("plain", False),
    EdgeKind.EMITS: ("plain", False),
}


def draw_flow(
    flow: Flow, *, compared: Comparison | None = None, language: str = "en", link: Link = relative_link
) -> Drawing:
    """Draw what may follow from a command (or an event, a policy, an actor).

    Args:
        flow: the tree of causes and effects.
        compared: a run held against the design: every step then says how often it was taken, those never taken are
            pale, and what was seen but nobody declared is listed below.
        language: of the labels: `en` or `ko`.
        link: makes the address of a place in the source.

    Raises:
        InvalidField: the language is neither.
    """
    return _FlowDrawing(flow, compared, Words.of(flow.model, language), link).drawing()


@attrs.define
class _Twig:
    """One step as it is drawn: how deep, after which other, and the views that show it."""

    step: Step
    depth: int
    parent: int | None
    views: list[Node] = attrs.field(factory=list)


def _twigs(flow: Flow) -> list[_Twig]:
    """Give the steps from top to bottom; views go with the event they show."""
    twigs: list[_Twig] = []
    above: list[int] = []
    for depth, step in flow.root:
        del above[depth:]
        if step.node.kind is NodeKind.VIEW:
            twigs[above[-1]].views.append(step.node)
            continue
        twigs.append(_Twig(step, depth, above[-1] if above else None))
        above.append(len(twigs) - 1)
    return twigs


class _FlowDrawing:
    def __init__(self, flow: Flow, compared: Comparison | None, words: Words, link: Link) -> None:
        self._model, self._compared, self._words, self._link = flow.model, compared, words, link
        self._root = flow.root.node
        self._twigs = _twigs(flow)

    def drawing(self) -> Drawing:
        """Put it together."""
        words = self._words
        title = f"{words.name(self._root)}: {words('what follows')}"
        overlay = NOTHING
        if self._compared is not None:
            overlay = Overlay(heading=words("observed"), text=words("held against a run"))
        notes = [self._note(index, twig) for index, twig in enumerate(self._twigs)]
        tabs = [self._tab(index, twig) for index, twig in enumerate(self._twigs)]
        ends = [
            MARGIN + twig.depth * INDENT + note.rect.width + (tab.rect.width if tab else 0.0)
            for twig, note, tab in zip(self._twigs, notes, tabs, strict=True)
        ]
        remarks_at = max(ends) + 14
        width = max(WIDTH, remarks_at + LEAST_REMARK + MARGIN)
        head = heading(title, overlay, width, MARGIN)
        key = self._legend(width).moved(0.0, head.height)
        piece = Piece(labels=[*head.labels, *key.labels], notes=[*head.notes, *key.notes], wires=list(key.wires))
        y = head.height + key.height + 6
        places: list[Note] = []
        for index, twig in enumerate(self._twigs):
            note = moved(notes[index], MARGIN + twig.depth * INDENT, y)
            lines = wrap(self._remark(twig), width - MARGIN - remarks_at, REMARK)
            for number, line in enumerate(lines):
                at = y + 15 + number * 13
                piece.labels.append(Text(text=line, x=remarks_at, y=at, size=REMARK, role="muted"))
            places.append(note)
            tab = tabs[index]
            if tab is not None:
                piece.notes.append(moved(tab, note.rect.right + 3, y + (note.rect.height - tab.rect.height) / 2))
            y += max(note.rect.height, 13 * len(lines) + 6) + ROW_GAP
        piece.notes += places
        piece.wires += [wire for index in range(len(places)) if (wire := self._wire(index, places)) is not None]
        y = self._undeclared(piece, y)
        scene = Scene(
            name="flow",
            title=title,
            desc=f"{len(self._twigs)} steps",
            width=ceil(width),
            height=ceil(y + MARGIN),
            wires=tuple(piece.wires),
            notes=tuple(piece.notes),
            labels=tuple(piece.labels),
            language=words.language,
        )
        return Drawing(scene, self._chart())

    # --- parts --------------------------------------------------------------------------------------------------------

    def _legend(self, width: float) -> Piece:
        words = self._words
        kinds = list(dict.fromkeys(twig.step.node.kind for twig in self._twigs))
        used = list(dict.fromkeys(twig.step.by.kind for twig in self._twigs if twig.step.by))
        lines = [
            (EdgeKind.TRIGGERS, f"{words('event')} → {words('policy')} (Pub/Sub)"),
            (EdgeKind.CALLS, words("request and response")),
            (EdgeKind.PROMPTS, words("prompts a person")),
        ]
        wires = [(*_LINES[kind][:1], word, _LINES[kind][1]) for kind, word in lines if kind in used]
        return legend([(str(kind), words(kind)) for kind in kinds], wires, width, MARGIN)

    def _note(self, index: int, twig: _Twig) -> Note:
        words = self._words
        longest = max(
            text_width(words.name(twig.step.node), 11, bold=True), text_width(words.code_name(twig.step.node), 8.5)
        )
        note = sticky_of(twig.step.node, words, self._link, width=min(longest + 32, 240.0))
        return attrs.evolve(
            note,
            id=f"{index}:{twig.step.node.id}",
            shape="again" if twig.step.told_before else note.shape,
            tone="dim" if self._count(twig) == 0 else "plain",
        )

    def _tab(self, index: int, twig: _Twig) -> Note | None:
        if not twig.views:
            return None
        names = ", ".join(self._words.name(view) for view in twig.views)
        width = min(text_width(names, 8.5) + 28, 150.0)
        tab = sticky(
            f"tab:{index}:{twig.step.node.id}",
            "view",
            (Part(names, 8.5),),
            width=width,
            icon="view",
            title=f"{self._words('view')}: {names}",
        )
        return attrs.evolve(tab, tone="dim" if self._count(twig) == 0 else "plain")

    def _remark(self, twig: _Twig) -> str:
        words, parts = self._words, []
        count = self._count(twig)
        if count is not None:
            parts.append(words("never seen") if count == 0 else f"× {count:,}")
        if twig.step.told_before:
            parts.append(words("told where it comes first"))
            return " · ".join(parts)
        home = twig.step.node.context
        parent = None if twig.parent is None else self._twigs[twig.parent].step.node
        if home and (parent is None or parent.context != home):
            parts.append(words.name(self._model.node(f"context:{home}")))
        if twig.step.by is not None and "timeout_s" in twig.step.by.facts:
            parts.append(words("answer within {} s").format(f"{twig.step.by.facts['timeout_s']:g}"))
        if twig.step.node.summary:
            parts.append(twig.step.node.summary)
        return " · ".join(parts)

    def _count(self, twig: _Twig) -> int | None:
        """Say how often a step was seen, None where that could not be told."""
        if self._compared is None or twig.step.by is None:
            return None
        return self._times.get((twig.step.by.source, twig.step.by.target))

    @cached_property
    def _times(self) -> Mapping[tuple[str, str], int]:
        if self._compared is None:
            return {}
        never = {(edge.source, edge.target): 0 for edge in self._compared.never}
        return never | {(edge.source, edge.target): times for edge, times in self._compared.seen.items()}

    def _wire(self, index: int, places: Sequence[Note]) -> Wire | None:
        twig = self._twigs[index]
        if twig.step.by is None or twig.parent is None:
            return None
        parent, note = places[twig.parent], places[index]
        kind, dashed = _LINES[twig.step.by.kind]
        # Steps of different kinds do not share their stem.
        x, y = parent.rect.x + STEM + (3 if kind in {"pubsub", "request"} else -3), note.rect.center.y
        return Wire(
            source=parent.id,
            target=note.id,
            kind=kind,
            points=(Point(x, parent.rect.bottom), Point(x, y), Point(note.rect.x, y)),
            dashed=dashed,
            title=f"{parent.title} {twig.step.by.kind} {note.title}",
            tone="never" if self._count(twig) == 0 else "plain",
            net=f"{kind}:{parent.id}",
        )

    def _undeclared(self, piece: Piece, y: float) -> float:
        """List what was seen but not declared, below the tree."""
        for surprise in self._compared.surprises if self._compared else ():
            text = f"{self._words('seen but not declared')}: {surprise.cause} → {surprise.effect} × {surprise.times:,}"
            y += 18
            piece.labels.append(Text(text=text, x=MARGIN, y=y, size=11, bold=True, role="bad"))
        return y

    def _chart(self) -> Flowchart:
        words = self._words
        nodes = {twig.step.node.id: twig.step.node for twig in self._twigs}
        boxes = [Box(node.id, str(node.kind), words.name(node), node.context or "") for node in nodes.values()]
        arrows = [
            Arrow(twig.step.by.source, twig.step.by.target, dashed=_LINES[twig.step.by.kind][1])
            for twig in self._twigs
            if twig.step.by is not None
        ]
        return Flowchart(tuple(boxes), tuple(dict.fromkeys(arrows)), direction="TB")
