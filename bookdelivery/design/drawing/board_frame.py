"""What stands around a board's cells: its heading and legend, the lanes' headers, and the events that were dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from bookdelivery.design.drawing.board_plan import Band, Lane
from bookdelivery.design.drawing.geometry import Point, Rect
from bookdelivery.design.drawing.metrics import ASCENT, LINE_HEIGHT, block_height, fitting_size, text_width, wrap
from bookdelivery.design.drawing.overlay import Overlay
from bookdelivery.design.drawing.scene import Note, Region, Text, Wire
from bookdelivery.design.drawing.stickies import Part, moved, sticky
from bookdelivery.design.drawing.words import Words
from bookdelivery.design.elements import Node
from bookdelivery.design.model import DesignModel

NAME = 13.0
SMALL = 9.5
GAP = 6.0


@attrs.define
class Piece:
    """A part of a drawing, with the height it takes or, once placed, the y where it ends."""

    height: float = 0.0
    notes: list[Note] = attrs.field(factory=list)
    labels: list[Text] = attrs.field(factory=list)
    wires: list[Wire] = attrs.field(factory=list)
    regions: list[Region] = attrs.field(factory=list)

    def moved(self, x: float, y: float) -> Piece:
        """Give the same part elsewhere."""
        return Piece(
            self.height,
            [moved(note, x, y) for note in self.notes],
            [attrs.evolve(label, x=label.x + x, y=label.y + y) for label in self.labels],
            [attrs.evolve(w, points=tuple(Point(p.x + x, p.y + y) for p in w.points)) for w in self.wires],
            [attrs.evolve(region, rect=region.rect.moved(x, y)) for region in self.regions],
        )


def heading(title: str, overlay: Overlay, width: float, margin: float) -> Piece:
    """Make the title, and below it what is laid over the drawing."""
    piece = Piece()
    y = margin + 14
    piece.labels.append(Text(text=title, x=margin, y=y, size=17, bold=True))
    if overlay.heading:
        y += 24
        x = margin
        if overlay.holds is not None:
            piece.notes.append(ticked("overlay:tick", holds=overlay.holds, x=x, y=y - 13))
            x += 22
        piece.labels.append(Text(text=overlay.heading, x=x, y=y, size=13, bold=True, role="lit-ink"))
        x += text_width(overlay.heading, 13, bold=True) + 8
        for index, line in enumerate(wrap(overlay.text, width - margin - x, 12)):
            y += 16 if index else 0
            piece.labels.append(Text(text=line, x=x, y=y, size=12))
    if overlay.key:
        y += 10
        x = margin
        for tone, word in overlay.key:
            chip = sticky(f"key:{tone}", "row", (Part(word, SMALL),), width=text_width(word, SMALL) + 34, icon="event")
            piece.notes.append(attrs.evolve(moved(chip, x, y), tone=tone, kind="event", title=word))
            x += chip.rect.width + GAP + 6
        y += 18
    piece.height = y + 12
    return piece


def ticked(id: str, *, holds: bool, x: float, y: float) -> Note:
    """Make a round sign that says whether something holds: a tick or a cross."""
    kind, icon = ("good", "tick") if holds else ("bad", "stops")
    return Note(
        id=id,
        kind=kind,
        rect=Rect(x, y, 16, 16),
        shape="circle",
        icon=icon,
        icon_at=Point(x + 3, y + 3),
        icon_size=10.0,
        title="covered" if holds else "not covered",
    )


def legend(
    items: Sequence[tuple[str, str]], lines: Sequence[tuple[str, str, bool]], width: float, margin: float
) -> Piece:
    """Make the legend, in as many rows as it needs.

    Args:
        items: the kind of each note and what it is called.
        lines: the kind of each line, what it stands for and whether it is dashed.
        width: of the drawing.
        margin: on its left and right.
    """
    piece = Piece()
    x, y, row = margin, 0.0, 22.0
    for kind, word in items:
        note_width = text_width(word, SMALL) + 28
        if x + note_width > width - margin:
            x, y = margin, y + row
        note = sticky(f"legend:{kind}", kind, (Part(word, SMALL),), width=note_width, icon=kind)
        piece.notes.append(moved(note, x, y))
        x += note_width + GAP
    for kind, word, dashed in lines:
        line_width = 30 + text_width(word, SMALL) + 10
        if x + line_width > width - margin:
            x, y = margin, y + row
        points = (Point(x + 4, y + 11), Point(x + 28, y + 11))
        piece.wires.append(Wire(source="legend", target=word, kind=kind, points=points, dashed=dashed))
        piece.labels.append(Text(text=word, x=x + 33, y=y + 14, size=SMALL, role="muted"))
        x += line_width + GAP
    piece.height = y + row + 6
    return piece


@attrs.frozen
class Header:
    """Makes what stands at the left of a lane: what the context is, and its aggregates.

    Attributes:
        words: names things.
        width: in pixels.
    """

    words: Words
    width: float

    def title(self, lane: Lane) -> list[Text]:
        """Give the lines about a context, from (0, 0) downwards."""
        context = lane.context
        if context is None:
            return [Text(text=self.words("from elsewhere"), x=8, y=NAME, size=SMALL, role="muted")]
        inner = self.width - 16
        facts = context.facts
        name = self.words.name(context)
        parts = [
            Part(name, fitting_size(name, inner, NAME, bold=True), bold=True, role="ink"),
            Part(self.words.code_name(context) or context.korean, SMALL, role="muted"),
            Part(self.words(str(facts.get("subdomain", ""))), SMALL, role="muted"),
            Part(uptime_of(context, self.words), SMALL, role="muted"),
        ]
        texts: list[Text] = []
        y = 0.0
        for part in parts:
            for line in wrap(part.text, inner, part.size, bold=part.bold) if part.text else ():
                y += block_height(1, part.size)
                texts.append(
                    Text(
                        text=line,
                        x=8,
                        y=y - (LINE_HEIGHT - ASCENT) * part.size,
                        size=part.size,
                        bold=part.bold,
                        role=part.role,
                    )
                )
        return texts

    def piece(self, lane: Lane, band: Band, make: Callable[[Node, float], Note]) -> Piece:
        """Make the header of one band, from (0, 0) downwards; the first of a lane says what the context is."""
        piece = Piece()
        if band is lane.bands[0]:
            piece.labels = self.title(lane)
            piece.height = max((text.y for text in piece.labels), default=0.0) + GAP
        if band.aggregate is not None:
            note = moved(make(band.aggregate, self.width - 20), 8, piece.height)
            piece.notes.append(note)
            piece.height = note.rect.bottom
        return piece


def uptime_of(context: Node, words: Words) -> str:
    """Say for which share of a year a context is to be up, empty where nobody set a goal."""
    goal = context.facts.get("uptime_goal")
    if goal is None:
        return ""
    share = f"{goal * 100:.4f}".rstrip("0").rstrip(".")
    return words("up {} % a year").format(share)


def rejected_panel(
    model: DesignModel, words: Words, width: float, top: float, margin: float, note_width: float
) -> Piece:
    """Make the panel of events that were considered and dropped, each with the reason; `height` is where it ends."""
    entries = [
        (context, name, words.instead(f"why not {name}", reason))
        for context in model.contexts()
        for name, reason in context.facts.get("rejected_events", {}).items()
    ]
    piece = Piece(height=top)
    if not entries:
        return piece
    inner = width - 2 * margin - 20
    across = max(1, int(inner // 330))
    entry_width = inner / across
    reason_width = entry_width - note_width - 24
    y = top + 32
    piece.labels.append(
        Text(text=words("considered and dropped"), x=margin + 10, y=top + 18, size=11, bold=True, role="muted")
    )
    for begin in range(0, len(entries), across):
        bottom = y
        for index, (context, name, reason) in enumerate(entries[begin : begin + across]):
            x = margin + 10 + index * entry_width
            korean = words(name)
            note = sticky(
                f"rejected:{context.name}.{name}",
                "rejected",
                (
                    Part(korean, 11.0, struck=True),
                    Part(name if korean != name else "", 8.5, role="note-soft"),
                    Part(words.name(context), 8.5, role="note-soft"),
                ),
                width=note_width,
                icon="rejected",
                title=f"{words('rejected event')} {name} ({context.name})",
                desc=reason,
            )
            piece.notes.append(moved(note, x, y))
            lines = wrap(reason, reason_width, 10)
            for number, line in enumerate(lines):
                at = y + 12 + number * 13
                piece.labels.append(Text(text=line, x=x + note_width + 8, y=at, size=10, role="muted"))
            bottom = max(bottom, y + note.rect.height, y + 13 * len(lines) + 4)
        y = bottom + 8
    piece.regions.append(Region(id="rejected", kind="panel", rect=Rect(margin, top, width - 2 * margin, y - top)))
    piece.height = y
    return piece
