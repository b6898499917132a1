"""What a drawing is made of before it is written in any format: notes, wires, labels and the regions behind them."""

from __future__ import annotations

from functools import cached_property

import attrs

from bookdelivery.design.drawing.geometry import ORIGIN, Point, Rect
from bookdelivery.design.drawing.metrics import ASCENT, LINE_HEIGHT, text_width


@attrs.frozen(kw_only=True)
class Text:
    """One line of text.

    Attributes:
        text: what it says.
        x: where it begins, is centred or ends, by `anchor`.
        y: its baseline.
        size: of the font, in pixels.
        bold: whether it is bold.
        anchor: `start`, `middle` or `end`.
        role: what it is, which gives it its colour: a class of the style sheet.
        struck: whether it is crossed out.
        italic: whether it is slanted.
    """

    text: str
    x: float
    y: float
    size: float = 11.0
    bold: bool = False
    anchor: str = "start"
    role: str = "ink"
    struck: bool = False
    italic: bool = False

    @property
    def rect(self) -> Rect:
        """The room it takes at most."""
        width = text_width(self.text, self.size, bold=self.bold)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Rect(left, self.y - ASCENT * self.size, width, LINE_HEIGHT * self.size)


@attrs.frozen(kw_only=True)
class Note:
    """One thing drawn: a sticky note, a card, a state, a chip.

    Attributes:
        id: of what it stands for; unique in its drawing.
        kind: what that is, which gives it colour and icon.
        rect: where it is.
        lines: the text on it, placed.
        shape: `sticky`, `card`, `pill`, `hexagon`, `cylinder`, `circle` or `dashed`.
        icon: the name of the sign that tells its kind without colour, None for none.
        icon_at: where the icon's upper left corner is.
        icon_size: the icon's width and height.
        title: what it is called when pointed at.
        desc: what it is, in a sentence or a few.
        href: where its source can be read, empty if nowhere.
        tone: `plain`, `lit` (on the path that is shown), `dim` (not on it), `stops`, `waits`, `stale` or `unharmed`.
        holds: whether other notes lie within it, as in a card with a list.
    """

    id: str
    kind: str
    rect: Rect
    lines: tuple[Text, ...] = ()
    shape: str = "sticky"
    icon: str | None = None
    icon_at: Point = ORIGIN
    icon_size: float = 11.0
    title: str = ""
    desc: str = ""
    href: str = ""
    tone: str = "plain"
    holds: bool = False


@attrs.frozen(kw_only=True)
class Wire:
    """A line from one note to another.

    Attributes:
        source: the id of the note it begins at.
        target: the id of the note it ends at.
        kind: what it stands for, which gives it its colour.
        points: its corners, both ends included.
        dashed: whether it is dashed: Pub/Sub is, Request/Response is not.
        arrow: whether it ends in an arrow.
        title: what it says when pointed at.
        tone: as a note's; also `never` (declared, never seen) and `undeclared` (seen, not declared).
        net: wires of the same net may run on top of one another.
    """

    source: str
    target: str
    kind: str
    points: tuple[Point, ...]
    dashed: bool = False
    arrow: bool = True
    title: str = ""
    tone: str = "plain"
    net: str = ""


@attrs.frozen(kw_only=True)
class Region:
    """Something behind the notes: a swim lane, an aggregate's ground, a panel.

    Attributes:
        id: unique in its drawing.
        kind: what it is, which gives it its colours.
        rect: where it is.
        points: its corners where it is a polygon and no rectangle.
        radius: of its corners.
        title: what it is called when pointed at.
    """

    id: str
    kind: str
    rect: Rect
    points: tuple[Point, ...] = ()
    radius: float = 8.0
    title: str = ""


@attrs.frozen(kw_only=True, slots=False)
class Scene:
    """A drawing, every place decided.

    Attributes:
        name: of the kind of drawing: `board`, `context-map`, ...
        title: what it shows.
        desc: the same for who cannot see it.
        width: in pixels.
        height: in pixels.
        regions: from the back to the front.
        wires: over the regions, under the notes.
        notes: the things drawn.
        labels: text that belongs to no note; none may be covered.
        language: of its labels, `en` or `ko`.
    """

    name: str
    title: str
    desc: str
    width: float
    height: float
    regions: tuple[Region, ...] = ()
    wires: tuple[Wire, ...] = ()
    notes: tuple[Note, ...] = ()
    labels: tuple[Text, ...] = ()
    language: str = "en"

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """All text in it."""
        return (*self.labels, *(line for note in self.notes for line in note.lines))
