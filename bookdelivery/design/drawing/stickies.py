"""Sticky notes: how a thing of the model looks as one, whatever the drawing."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from bookdelivery.design.drawing.geometry import Point, Rect
from bookdelivery.design.drawing.metrics import ASCENT, LINE_HEIGHT, block_height, fitting_size, wrap
from bookdelivery.design.drawing.scene import Note, Text
from bookdelivery.design.drawing.words import Words
from bookdelivery.design.elements import Node

PAD_X = 6.0
PAD_Y = 5.0
ICON = 11.0
LID = 8.0

LEAST_SHARE = 0.8
"""How small text may become, as a share of its size, before a word is broken in its middle."""

Link = Callable[[str, int], str]
"""Makes the address of a place in the source from its file and line."""


def relative_link(file: str, line: int) -> str:
    """Give the address of a place in the source for a drawing that lies at the top of the source tree."""
    return f"{file}#L{line}" if file else ""


def linked_to(template: str) -> Link:
    """Make addresses from a template, such as `https://example.org/blob/main/{file}#L{line}`."""

    def link(file: str, line: int) -> str:
        return template.format(file=file, line=line) if file else ""

    return link


@attrs.frozen
class Part:
    """Some lines of text in one size.

    Attributes:
        text: wrapped where it has to be.
        size: of the font, in pixels.
        bold: whether it is bold.
        role: a class of the style sheet.
        struck: whether it is crossed out.
        italic: whether it is slanted.
    """

    text: str
    size: float = 11.0
    bold: bool = False
    role: str = "note-ink"
    struck: bool = False
    italic: bool = False


def sticky(
    id: str,
    kind: str,
    parts: tuple[Part, ...],
    *,
    width: float,
    icon: str | None = None,
    shape: str = "sticky",
    least_height: float = 0.0,
    centered: bool = False,
    title: str = "",
    desc: str = "",
    href: str = "",
) -> Note:
    """Make a note at (0, 0), as high as its text needs.

    Args:
        id: see `Note`.
        kind: see `Note`.
        parts: its text, from top to bottom; empty ones are left out.
        width: in pixels.
        icon: see `Note`.
        shape: see `Note`.
        least_height: in pixels.
        centered: whether its text is centred (it then leaves room for the icon on both sides).
        title: see `Note`.
        desc: see `Note`.
        href: see `Note`.
    """
    left = PAD_X + (ICON + 3 if icon else 0)
    inner = width - left - (left if centered else PAD_X - 1)
    rows: list[tuple[str, Part]] = []
    for given in parts:
        if given.text:
            size = fitting_size(given.text, inner, given.size, bold=given.bold, least=LEAST_SHARE * given.size)
            part = attrs.evolve(given, size=size)
            rows += [(line, part) for line in wrap(part.text, inner, part.size, bold=part.bold)]
    text_height = sum(block_height(1, part.size) for _, part in rows)
    # A cylinder's text stands below its lid.
    lid = LID if shape == "cylinder" else 0.0
    height = max(least_height, 2 * PAD_Y + text_height + lid)
    top = y = (height - text_height + lid) / 2
    lines = []
    for line, part in rows:
        baseline = y + ASCENT * part.size + (LINE_HEIGHT - 1) * part.size / 2
        x = width / 2 if centered else left
        anchor = "middle" if centered else "start"
        lines.append(
            Text(
                text=line,
                x=x,
                y=baseline,
                size=part.size,
                bold=part.bold,
                role=part.role,
                struck=part.struck,
                italic=part.italic,
                anchor=anchor,
            )
        )
        y += block_height(1, part.size)
    first = rows[0][1].size if rows else ICON
    icon_y = top + (block_height(1, first) - ICON) / 2
    return Note(
        id=id,
        kind=kind,
        rect=Rect(0.0, 0.0, width, height),
        lines=tuple(lines),
        shape=shape,
        icon=icon,
        icon_at=Point(PAD_X - 1, icon_y),
        icon_size=ICON,
        title=title,
        desc=desc,
        href=href,
    )


def sticky_of(
    node: Node, words: Words, link: Link, *, width: float, small: bool = False, note: str = "", shape: str = "sticky"
) -> Note:
    """Make the note of a thing in the model.

    Args:
        node: the thing.
        words: names it; in Korean the name in the code stands below, so that it can be searched for either way.
        link: makes the address of its source.
        width: in pixels.
        small: whether it is of lesser weight, as a policy or an actor on a crowded board.
        note: a remark below the name.
        shape: see `Note`.
    """
    size = 10.0 if small else 11.0
    name, code = words.name(node), words.code_name(node)
    icon = "deadline" if node.facts.get("deadline") else str(node.kind)
    return sticky(
        node.id,
        str(node.kind),
        (
            Part(name, size, bold=not small),
            Part(code, 8.5, role="note-soft"),
            Part(note, 9.0, role="note-soft"),
        ),
        width=width,
        icon=icon,
        shape=shape,
        title=words.title(node),
        desc=node.summary,
        href=link(node.file, node.line),
    )


def moved(note: Note, x: float, y: float) -> Note:
    """Give the same note elsewhere, with all that is on it."""
    lines = tuple(
        # Made anew, which takes a third of the time of `attrs.evolve`: a large board has tens of thousands.
        Text(
            text=line.text,
            x=line.x + x,
            y=line.y + y,
            size=line.size,
            bold=line.bold,
            anchor=line.anchor,
            role=line.role,
            struck=line.struck,
            italic=line.italic,
        )
        for line in note.lines
    )
    icon_at = Point(note.icon_at.x + x, note.icon_at.y + y)
    return attrs.evolve(note, rect=note.rect.moved(x, y), icon_at=icon_at, lines=lines)
