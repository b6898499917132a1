"""Writing a drawing as SVG: text as text, one group a note with its title, description and link.

Everything is styled by classes, and every rule is held to its own drawing, so that many drawings can stand in one page.
A theme of `auto` follows the reader's light or dark setting (`prefers-color-scheme`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import hypot
from xml.sax.saxutils import escape, quoteattr

from bookdelivery.design.drawing.geometry import Point, Rect
from bookdelivery.design.drawing.icons import ICONS, SIDE
from bookdelivery.design.drawing.overlay import MARKED, OUTLINED
from bookdelivery.design.drawing.scene import Note, Region, Scene, Text, Wire
from bookdelivery.design.drawing.theme import INK, SOFT_INK, STICKY, THEMES, paler, rules
from bookdelivery.kernel.errors import InvalidField

FONTS = (
    "'Noto Sans KR','Noto Sans CJK KR','Apple SD Gothic Neo','Malgun Gothic','Helvetica Neue',Arial,'Liberation Sans',"
    "sans-serif"
)
"""The fonts asked for, in this order. Text has room for the widest of the usual ones."""

CORNER = 6.0
"""The radius of a line's corners, in pixels."""

CAP = 5.0
"""Half the height of a cylinder's lid, in pixels."""

ARROW = 6.0
"""The length of an arrow's head, in pixels."""

REPEATED = ("event", "external", "command", "policy")
"""The kinds of note that a drawing may show twice; the second is paler."""

_STATIC = (
    ("note-ink", f"fill:{INK}"),
    ("note-soft", f"fill:{SOFT_INK}"),
    ("icon", f"fill:{INK};stroke:none"),
    ("icon-line", f"fill:none;stroke:{INK};stroke-width:1.3;stroke-linecap:round;stroke-linejoin:round"),
    ("w", "fill:none;stroke-width:1.5"),
    ("dashed", "stroke-dasharray:5 3.5"),
    ("dotted", "stroke-dasharray:.1 4;stroke-linecap:round;stroke-width:2"),
    ("a", "stroke:none"),
    ("thick", "stroke-width:2.6"),
    ("dim,{scope} .t-dim", "opacity:.22"),
    ("mark", f"stroke:{INK};stroke-width:1"),
    *((f"m-{tone}", f"fill:{STICKY[tone]}") for tone in MARKED),
    ("outline", "fill:none"),
    ("rim", f"stroke:{SOFT_INK};stroke-opacity:.45"),
    ("struck", "text-decoration:line-through"),
    ("wire:hover .w", "stroke-width:3"),
    *((f"k-{kind}", f"fill:{fill}") for kind, fill in STICKY.items()),
    *((f"again-{kind}", f"fill:{paler(STICKY[kind])};stroke-dasharray:3 2.5") for kind in REPEATED),
    ("t-stops .face", "fill:#AEB6C0"),
    ("t-waits .face", "fill:#E1E5EA"),
)


def to_svg(scene: Scene, theme: str = "auto") -> str:
    """Write it.

    Args:
        scene: the drawing.
        theme: `light`, `dark`, or `auto` for the reader's own setting.

    Raises:
        InvalidField: there is no such theme.
    """
    if theme != "auto" and theme not in THEMES:
        raise InvalidField("drawing", "theme", theme, f"one of auto, {', '.join(THEMES)}")
    body = "\n".join(_body(scene))
    name = f"bd-{hashlib.sha256(body.encode()).hexdigest()[:8]}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" role="img" lang="{scene.language}"'
        f' width="{_n(scene.width)}" height="{_n(scene.height)}" viewBox="0 0 {_n(scene.width)} {_n(scene.height)}"'
        f' aria-labelledby="{name}-title {name}-desc" font-family="{FONTS}">'
    )
    return (
        f'{head}\n<title id="{name}-title">{escape(scene.title)}</title>\n'
        f'<desc id="{name}-desc">{escape(scene.desc)}</desc>\n<style>\n{_style(theme, f".{name}")}\n</style>\n'
        f"{body}\n</svg>\n"
    )


def _style(theme: str, scope: str) -> str:
    shared = "\n".join(f"{scope} .{name.format(scope=scope)}{{{declarations}}}" for name, declarations in _STATIC)
    if theme != "auto":
        return f"{shared}\n{rules(THEMES[theme], scope)}"
    dark = rules(THEMES["dark"], scope)
    return f"{shared}\n{rules(THEMES['light'], scope)}\n@media (prefers-color-scheme:dark){{\n{dark}\n}}"


def _body(scene: Scene) -> Iterator[str]:
    yield f'<rect class="page" width="{_n(scene.width)}" height="{_n(scene.height)}"/>'
    yield from (_region(region) for region in scene.regions)
    # What is lit lies over what is not.
    for wire in sorted(scene.wires, key=lambda wire: wire.tone == "lit"):
        yield _wire(wire)
    yield from (_note(note) for note in scene.notes)
    yield from (_text(label) for label in scene.labels)


def _region(region: Region) -> str:
    title = f"<title>{escape(region.title)}</title>" if region.title else ""
    if region.points:
        return f'<polygon class="r-{region.kind}" points="{_pairs(region.points)}">{title}</polygon>'
    return f'<rect class="r-{region.kind}" {_box(region.rect)} rx="{_n(region.radius)}">{title}</rect>'


def _note(note: Note) -> str:
    parts = [_shape(note)]
    if note.tone in OUTLINED:
        parts.append(f'<rect class="outline {note.tone}" {_box(note.rect.grown(1.5))} rx="4"/>')
    if note.icon:
        parts.append(_icon(note.icon, note.icon_at, note.icon_size))
    parts += [_text(line) for line in note.lines]
    if note.tone in MARKED:
        parts.append(_mark(note))
    body = "".join(parts)
    if note.href:
        body = f'<a href={quoteattr(note.href)} target="_blank">{body}</a>'
    classes = "note" if note.tone == "plain" else f"note t-{note.tone}"
    title = f"<title>{escape(note.title)}</title>" if note.title else ""
    desc = f"<desc>{escape(note.desc)}</desc>" if note.desc else ""
    return f'<g class="{classes}" data-id={quoteattr(note.id)}>{title}{desc}{body}</g>'


def _shape(note: Note, classes: str = "") -> str:
    classes = classes or f"face k-{note.kind} edge"
    rect = note.rect
    if note.shape == "dashed":
        return f'<rect class="hollow" stroke-dasharray="3 2.5" {_box(rect)} rx="3"/>'
    if note.shape == "hollow":
        return f'<rect class="hollow" {_box(rect)} rx="3"/>'
    if note.shape == "circle":
        return f'<circle class="{classes}" cx="{_n(rect.center.x)}" cy="{_n(rect.center.y)}" r="{_n(rect.width / 2)}"/>'
    if note.shape == "cylinder":
        cap, half = CAP, rect.width / 2
        arc = f"a{_n(half)} {_n(cap)} 0 0"
        left, top, width = _n(rect.x), _n(rect.y + cap), _n(rect.width)
        body = f"M{left} {top}{arc} 1 {width} 0v{_n(rect.height - 2 * cap)}{arc} 1 -{width} 0z"
        rim = f"M{left} {top}{arc} 0 {width} 0"
        return f'<path class="{classes}" d="{body}"/><path class="outline rim" d="{rim}"/>'
    if note.shape == "again":
        classes = f"face again-{note.kind} edge"
    radius = {"sticky": 2.0, "again": 2.0, "card": 6.0, "pill": rect.height / 2}[note.shape]
    return f'<rect class="{classes}" {_box(rect)} rx="{_n(radius)}"/>'


def _icon(name: str, at: Point, size: float) -> str:
    icon = ICONS[name]
    lines = f'<path class="icon-line" d="{icon.stroked}"/>' if icon.stroked else ""
    filled = f'<path class="icon" d="{icon.filled}"/>' if icon.filled else ""
    place = f"translate({_n(at.x)} {_n(at.y)}) scale({_n(size / SIDE)})"
    return f'<g transform="{place}" aria-hidden="true">{lines}{filled}</g>'


def _mark(note: Note) -> str:
    """Pin a sign of its tone to the note's upper right corner."""
    at = Point(note.rect.right - 2, note.rect.y + 2)
    circle = f'<circle class="mark m-{note.tone}" cx="{_n(at.x)}" cy="{_n(at.y)}" r="7.5"/>'
    return circle + _icon(note.tone, Point(at.x - 5, at.y - 5), 10.0)


def _text(text: Text) -> str:
    face = ' font-weight="700"' if text.bold else ""
    face += ' font-style="italic"' if text.italic else ""
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    classes = f"{text.role} struck" if text.struck else text.role
    return (
        f'<text class="{classes}" x="{_n(text.x)}" y="{_n(text.y)}" font-size="{_n(text.size)}"{face}{anchor}>'
        f"{escape(text.text)}</text>"
    )


def _wire(wire: Wire) -> str:
    kind = {"lit": "lit", "undeclared": "bad"}.get(wire.tone, wire.kind)
    extra = {"lit": " thick", "undeclared": " thick"}.get(wire.tone, "")
    *_, before, end = wire.points
    line, head = list(wire.points), ""
    if wire.arrow:
        line[-1] = _toward(end, before, ARROW - 1)
        head = f'<polygon class="a a-{kind}" points="{_pairs(_head(before, end))}"/>'
    dashed = " dotted" if wire.kind == "prompts" else " dashed" if wire.dashed else ""
    title = f"<title>{escape(wire.title)}</title>" if wire.title else ""
    classes = "wire dim" if wire.tone in {"dim", "never"} else "wire"
    return f'<g class="{classes}">{title}<path class="w w-{kind}{dashed}{extra}" d="{_rounded(line)}"/>{head}</g>'


def _head(before: Point, end: Point) -> tuple[Point, Point, Point]:
    length = hypot(end.x - before.x, end.y - before.y)
    ux, uy = (end.x - before.x) / length, (end.y - before.y) / length
    base, half = Point(end.x - ux * ARROW, end.y - uy * ARROW), ARROW * 0.55
    return end, Point(base.x - uy * half, base.y + ux * half), Point(base.x + uy * half, base.y - ux * half)


def _rounded(points: list[Point]) -> str:
    path = [f"M{_n(points[0].x)} {_n(points[0].y)}"]
    for (before, at), (_, after) in pairwise(list(pairwise(points))):
        radius = min(CORNER, _distance(before, at) / 2, _distance(at, after) / 2)
        begin, end = _toward(at, before, radius), _toward(at, after, radius)
        path.append(f"L{_n(begin.x)} {_n(begin.y)}Q{_n(at.x)} {_n(at.y)} {_n(end.x)} {_n(end.y)}")
    path.append(f"L{_n(points[-1].x)} {_n(points[-1].y)}")
    return "".join(path)


def _distance(a: Point, b: Point) -> float:
    return hypot(b.x - a.x, b.y - a.y)


def _toward(a: Point, b: Point, by: float) -> Point:
    length = _distance(a, b)
    return Point(a.x + (b.x - a.x) * by / length, a.y + (b.y - a.y) * by / length) if length else a


def _pairs(points: Iterable[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _box(rect: Rect) -> str:
    return f'x="{_n(rect.x)}" y="{_n(rect.y)}" width="{_n(rect.width)}" height="{_n(rect.height)}"'


def _n(value: float) -> str:
    """Write a number with two decimals at most, always the same way."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
