"""Writing notes for draw.io: the shape, its lines of text, its icon and the sign of its tone."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from bookdelivery.design.drawing.geometry import Rect
from bookdelivery.design.drawing.icons import ICONS, SIDE
from bookdelivery.design.drawing.metrics import LINE_HEIGHT
from bookdelivery.design.drawing.overlay import MARKED, OUTLINED
from bookdelivery.design.drawing.scene import Note, Text
from bookdelivery.design.drawing.theme import INK, LIGHT, SOFT_INK, STICKY, paler

_SHAPES = {
    "sticky": "rounded=0;",
    "card": "rounded=1;absoluteArcSize=1;arcSize=12;",
    "pill": "rounded=1;arcSize=50;",
    "circle": "ellipse;",
    "cylinder": "shape=cylinder3;size=6;",
    "dashed": "rounded=0;dashed=1;",
    "again": "rounded=0;dashed=1;",
    "hollow": "rounded=0;",
}
_HOLLOW = {"dashed", "hollow"}
_INKS = {
    "note-ink": INK,
    "note-soft": SOFT_INK,
    "ink": LIGHT.ink,
    "muted": LIGHT.muted,
    "good": LIGHT.good,
    "bad": LIGHT.bad,
    "lit-ink": LIGHT.lit,
}
_FACES = {"stops": "#AEB6C0", "waits": "#E1E5EA"}
_EDGES = {
    "lit": f"strokeColor={LIGHT.lit};strokeWidth=2.6;",
    "stops": f"strokeColor={LIGHT.bad};strokeWidth=2.4;",
    "stale": f"strokeColor={LIGHT.muted};strokeWidth=1.8;dashed=1;",
}
_FAINT = "opacity=25;textOpacity=25;"

_INSET = 5.0
"""Pixels that draw.io itself leaves above a label at the top (`mxText.baseSpacingTop` in its Graph.js)."""

_RISE, _FALL = 0.905, 0.212
"""How far Helvetica, draw.io's font, reaches above and below its baseline, in font sizes."""


def n(value: float) -> str:
    """Write a number with two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def geometry(rect: Rect) -> str:
    """Write where a cell is."""
    return (
        f'<mxGeometry x="{n(rect.x)}" y="{n(rect.y)}" width="{n(rect.width)}" height="{n(rect.height)}" as="geometry"/>'
    )


def note_cells(note: Note, id: str) -> Iterator[str]:
    """Write a note, and what is fixed to it and moves with it."""
    faded = _FAINT if note.tone == "dim" else ""
    style = f"{_SHAPES[note.shape]}{_face(note)}{_text_style(note)}html=1;{faded}"
    # draw.io keeps tooltips and links on an object around the cell.
    extra = f"tooltip={quoteattr(f'{note.title}: {note.desc}'.strip(': '))}"
    if note.href:
        extra += f" link={quoteattr(note.href)}"
    cell = f'<mxCell style="{style}" vertex="1" parent="1">{geometry(note.rect)}</mxCell>'
    yield f'<object id="{id}" label={quoteattr(html(note.lines))} {extra}>{cell}</object>'
    if note.icon:
        at = Rect(note.icon_at.x - note.rect.x, note.icon_at.y - note.rect.y, note.icon_size, note.icon_size)
        yield _icon(note.icon, f"{id}i", id, at, faded)
    if note.tone in MARKED:
        at = Rect(note.rect.width - 9.5, -5.5, 15.0, 15.0)
        fill = f"ellipse;fillColor={STICKY[note.tone]};strokeColor={INK};connectable=0;"
        yield f'<mxCell id="{id}m" style="{fill}" vertex="1" parent="{id}">{geometry(at)}</mxCell>'
        yield _icon(note.tone, f"{id}s", id, Rect(at.x + 2.5, at.y + 2.5, 10.0, 10.0), "")


def _face(note: Note) -> str:
    fill = _FACES.get(note.tone, STICKY.get(note.kind, LIGHT.page))
    if note.shape == "again":
        fill = paler(fill)
    elif note.shape in _HOLLOW:
        fill = LIGHT.page
    edge = _EDGES[note.tone] if note.tone in OUTLINED else "strokeColor=#00000026;"
    return f"fillColor={fill};{edge}"


def _text_style(note: Note) -> str:
    if not note.lines:
        return ""
    first = note.lines[0]
    left = {"start": first.x - note.rect.x, "middle": 0.0, "end": 0.0}[first.anchor]
    align = {"start": "left", "middle": "center", "end": "right"}[first.anchor]
    top = first.y - note.rect.y - baseline(note.lines)
    return f"align={align};verticalAlign=top;spacing=0;spacingLeft={n(left)};spacingTop={n(top)};"


def baseline(lines: tuple[Text, ...]) -> float:
    """Say how far below the place that `spacingTop=0` means the baseline of the first line is."""
    size, height = lines[0].size, _heights(lines)[0]
    return _INSET + (height - (_RISE + _FALL) * size) / 2 + _RISE * size


def html(lines: tuple[Text, ...]) -> str:
    """Write lines of text, each with its own size, weight and colour, as far apart as they were placed."""
    return "".join(
        f'<div style="{_line_style(line, height)}">{escape(line.text)}</div>'
        for line, height in zip(lines, _heights(lines), strict=True)
    )


def _heights(lines: tuple[Text, ...]) -> list[float]:
    return [*(after.y - line.y for line, after in pairwise(lines)), *(LINE_HEIGHT * line.size for line in lines[-1:])]


def _line_style(line: Text, height: float) -> str:
    weight = "bold" if line.bold else "normal"
    struck = "text-decoration:line-through;" if line.struck else ""
    slanted = "font-style:italic;" if line.italic else ""
    return (
        f"white-space:nowrap;font-size:{n(line.size)}px;line-height:{n(height)}px;font-weight:{weight};"
        f"{struck}{slanted}color:{_INKS.get(line.role, INK)}"
    )


def _icon(name: str, id: str, parent: str, rect: Rect, faded: str) -> str:
    icon = ICONS[name]
    stroked = (
        f'<path d="{icon.stroked}" fill="none" stroke="{INK}" stroke-width="1.3" stroke-linecap="round"'
        ' stroke-linejoin="round"/>'
    )
    filled = f'<path d="{icon.filled}" fill="{INK}"/>'
    body = f"{stroked if icon.stroked else ''}{filled if icon.filled else ''}"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {n(SIDE)} {n(SIDE)}" width="48" height="48">{body}</svg>'
    )
    # A style has no room for semicolons, so draw.io leaves the encoding's name out.
    image = f"shape=image;image=data:image/svg+xml,{b64encode(svg.encode()).decode()};connectable=0;{faded}"
    return f'<mxCell id="{id}" style="{image}" vertex="1" parent="{parent}">{geometry(rect)}</mxCell>'
