"""Every requirement on one sheet: ticked or not, with the stickies that cover it in the order in which they lead on."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import attrs

from bookdelivery.design.coverage import Coverage
from bookdelivery.design.drawing.board_frame import Piece, heading, ticked
from bookdelivery.design.drawing.drawing import Drawing
from bookdelivery.design.drawing.geometry import Point
from bookdelivery.design.drawing.mermaid import Arrow, Box, Flowchart
from bookdelivery.design.drawing.metrics import text_width, wrap
from bookdelivery.design.drawing.overlay import NOTHING
from bookdelivery.design.drawing.scene import Note, Scene, Text, Wire
from bookdelivery.design.drawing.stickies import Link, moved, relative_link, sticky_of
from bookdelivery.design.drawing.words import Words
from bookdelivery.design.elements import Edge, EdgeKind
from bookdelivery.design.model import DesignModel

MARGIN = 16.0
WIDTH = 1160.0
LEFT = 66.0
GAP = 20.0
ROW_GAP = 8.0
MOST = 128.0
BESIDE = 7.0


def coverage_sheet(
    model: DesignModel, covered: Sequence[Coverage], *, language: str = "en", link: Link = relative_link
) -> Drawing:
    """Draw which requirements a design covers, and what covers each.

    Args:
        model: the system's design.
        covered: how it covers each requirement.
        language: of the labels: `en` or `ko`.
        link: makes the address of a place in the source.

    Raises:
        InvalidField: the language is neither.
    """
    return _Sheet(model, covered, Words.of(model, language), link).drawing()


class _Sheet:
    def __init__(self, model: DesignModel, covered: Sequence[Coverage], words: Words, link: Link) -> None:
        self._model, self._covered, self._words, self._link = model, covered, words, link

    def drawing(self) -> Drawing:
        """Put it together."""
        words = self._words
        title = f"{self._model.name}: {words('requirements and what covers them')}"
        piece = heading(title, NOTHING, WIDTH, MARGIN)
        y = piece.height
        for one in self._covered:
            y = self._requirement(one, y, piece)
        count = sum(one.covered for one in self._covered)
        scene = Scene(
            name="coverage",
            title=title,
            desc=f"{count} of {len(self._covered)} requirements are covered",
            width=WIDTH,
            height=ceil(y + MARGIN),
            wires=tuple(piece.wires),
            notes=tuple(piece.notes),
            labels=tuple(piece.labels),
            language=words.language,
        )
        return Drawing(scene, self._chart())

    def _requirement(self, one: Coverage, y: float, piece: Piece) -> float:
        words, wish = self._words, one.requirement
        piece.notes.append(ticked(f"tick:{wish.id}", holds=one.covered, x=MARGIN, y=y + 2))
        piece.labels.append(Text(text=wish.id, x=MARGIN + 22, y=y + 15, size=13, bold=True, role="lit-ink"))
        text = wish.korean if words.language == "ko" else wish.text
        for line in wrap(text, WIDTH - LEFT - MARGIN, 12):
            piece.labels.append(Text(text=line, x=LEFT, y=y + 15, size=12))
            y += 16
        for line in (line for missing in one.missing for line in wrap(missing, WIDTH - LEFT - MARGIN, 11)):
            piece.labels.append(Text(text=line, x=LEFT, y=y + 15, size=11, role="bad", bold=True))
            y += 15
        y += ROW_GAP
        for number, chain in enumerate(self._chains(one)):
            y = self._chain(f"{wish.id}.{number}", chain, y, piece)
        return y + 14

    def _chains(self, one: Coverage) -> list[list[str | Edge]]:
        """Give what each claim rests on, nodes and the edges between them, none that an earlier one has shown."""
        chains: list[list[str | Edge]] = []
        shown: set[str] = set()
        for evidence in one.evidence:
            between = {(edge.source, edge.target): edge for edge in evidence.edges}
            chain: list[str | Edge] = []
            before = ""
            for id in evidence.nodes:
                if (before, id) in between:
                    chain.append(between[before, id])
                chain.append(id)
                before = id
            nodes = set(evidence.nodes)
            if not nodes <= shown:
                chains.append(chain)
            shown |= nodes
        return chains

    def _chain(self, name: str, chain: Sequence[str | Edge], y: float, piece: Piece) -> float:
        x, height = LEFT, 0.0
        before: Note | None = None
        edge: Edge | None = None
        for link in chain:
            if isinstance(link, Edge):
                edge = link
                continue
            note = self._note(name, link)
            x += 0.0 if before is None else GAP if edge else BESIDE
            if x + note.rect.width > WIDTH - MARGIN:
                x, y, height = LEFT + GAP, y + height + ROW_GAP, 0.0
            note = moved(note, x, y)
            piece.notes.append(note)
            if edge is not None and before is not None:
                # What goes on in the next row begins there with an arrow from the left.
                begin = before.rect.right if before.rect.y == y else LEFT
                piece.wires.append(_between(before, begin, note, edge))
            x += note.rect.width
            height = max(height, note.rect.height)
            before, edge = note, None
        return y + height + ROW_GAP

    def _note(self, name: str, id: str) -> Note:
        node = self._model.node(id)
        words = self._words
        longest = max(text_width(words.name(node), 11, bold=True), text_width(words.code_name(node), 8.5))
        note = sticky_of(node, words, self._link, width=min(longest + 30, MOST))
        return attrs.evolve(note, id=f"{name}:{id}")

    def _chart(self) -> Flowchart:
        words, model = self._words, self._model
        ids = dict.fromkeys(id for one in self._covered for id in one.nodes)
        boxes = [Box(id, str(model.node(id).kind), words.name(model.node(id))) for id in ids]
        arrows = [
            Arrow(edge.source, edge.target, one.requirement.id, edge.kind in {EdgeKind.TRIGGERS, EdgeKind.PROJECTS})
            for one in self._covered
            for edge in one.edges
        ]
        return Flowchart(tuple(boxes), tuple(arrows))


def _between(before: Note, begin: float, after: Note, edge: Edge) -> Wire:
    y = after.rect.y + min(before.rect.height, after.rect.height) / 2
    kinds = {EdgeKind.TRIGGERS: "pubsub", EdgeKind.PROJECTS: "pubsub", EdgeKind.CALLS: "request"}
    kind = kinds.get(edge.kind, "plain")
    return Wire(
        source=before.id,
        target=after.id,
        kind=kind,
        points=(Point(begin, y), Point(after.rect.x, y)),
        dashed=kind == "pubsub",
        title=str(edge.kind),
    )
