"""Writing a drawing for draw.io (diagrams.net): every note a vertex, every line an edge with its corners.

The format is mxGraph's XML as draw.io saves it uncompressed: cells 0 and 1 are the root and the one layer, vertices
and edges have `mxGeometry`, the text is the `value`.
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from bookdelivery.design.drawing.geometry import Point, Rect
from bookdelivery.design.drawing.scene import Note, Region, Scene, Text, Wire
from bookdelivery.design.drawing.theme import INK, LIGHT, STICKY

_SHAPES = {
    "sticky": "rounded=0;",
    "card": "rounded=1;arcSize=8;",
    "pill": "rounded=1;arcSize=50;",
    "circle": "ellipse;",
    "cylinder": "shape=cylinder3;size=6;",
    "dashed": "rounded=0;dashed=1;",
    "again": "rounded=0;dashed=1;opacity=60;",
    "hollow": "rounded=0;",
}
_LINES = {"pubsub": LIGHT.pubsub, "request": LIGHT.request, "prompts": LIGHT.prompts, "plain": LIGHT.plain}
_GROUNDS = {"lane": (LIGHT.lane, LIGHT.lane_edge), "band": (LIGHT.band, LIGHT.band_edge)}


def to_drawio(scene: Scene) -> str:
    """Write it, in light colours; draw.io turns them dark by itself."""
    ids = {note.id: f"n{index}" for index, note in enumerate(scene.notes)}
    rects = {note.id: note.rect for note in scene.notes}
    cells = ['<mxCell id="0"/>', '<mxCell id="1" parent="0"/>']
    cells += [_region(region, f"r{index}") for index, region in enumerate(scene.regions)]
    cells += [_note(note, ids[note.id]) for note in scene.notes]
    cells += [_label(label, f"t{index}") for index, label in enumerate(scene.labels)]
    cells += [_wire(wire, f"w{index}", ids, rects) for index, wire in enumerate(scene.wires)]
    body = "\n        ".join(cells)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<mxfile host="bookdelivery">\n'
        f'  <diagram id="{scene.name}" name={quoteattr(scene.title)}>\n'
        f'    <mxGraphModel grid="0" page="0" pageWidth="{_n(scene.width)}" pageHeight="{_n(scene.height)}">\n'
        f"      <root>\n        {body}\n      </root>\n    </mxGraphModel>\n  </diagram>\n</mxfile>\n"
    )


def _vertex(id: str, value: str, style: str, rect: Rect, extra: str = "") -> str:
    geometry = (
        f'<mxGeometry x="{_n(rect.x)}" y="{_n(rect.y)}" width="{_n(rect.width)}" height="{_n(rect.height)}"'
        ' as="geometry"/>'
    )
    cell = f'<mxCell id="{id}" value={quoteattr(value)} style="{style}" vertex="1" parent="1">{geometry}</mxCell>'
    if not extra:
        return cell
    # draw.io keeps tooltips and links on an object around the cell.
    inner = f'<mxCell style="{style}" vertex="1" parent="1">{geometry}</mxCell>'
    return f'<object id="{id}" label={quoteattr(value)} {extra}>{inner}</object>'


def _note(note: Note, id: str) -> str:
    fill = STICKY.get(note.kind, LIGHT.page)
    bold = "fontStyle=1;" if any(line.bold for line in note.lines) else ""
    size = max((line.size for line in note.lines), default=11.0)
    faded = "opacity=25;textOpacity=25;" if note.tone == "dim" else ""
    style = (
        f"{_SHAPES[note.shape]}whiteSpace=wrap;html=1;fillColor={fill};strokeColor=#00000026;fontColor={INK};"
        f"fontSize={_n(size)};{bold}{faded}"
    )
    value = "\n".join(line.text for line in note.lines).replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    extra = f"tooltip={quoteattr(f'{note.title}: {note.desc}'.strip(': '))}"
    if note.href:
        extra += f" link={quoteattr(note.href)}"
    return _vertex(id, value, style, note.rect, extra)


def _region(region: Region, id: str) -> str:
    fill, stroke = _GROUNDS.get(region.kind, ("none", LIGHT.lane_edge))
    style = f"rounded=1;arcSize=2;html=1;fillColor={fill};strokeColor={stroke};"
    return _vertex(id, "", style, region.rect)


def _label(label: Text, id: str) -> str:
    align = {"start": "left", "middle": "center", "end": "right"}[label.anchor]
    color = LIGHT.ink if label.role == "ink" else LIGHT.muted
    bold = "fontStyle=1;" if label.bold else ""
    style = (
        f"text;html=1;align={align};verticalAlign=middle;spacing=0;fontSize={_n(label.size)};fontColor={color};{bold}"
    )
    value = label.text.replace("&", "&amp;").replace("<", "&lt;")
    return _vertex(id, value, style, label.rect)


def _wire(wire: Wire, id: str, ids: dict[str, str], rects: dict[str, Rect]) -> str:
    color = (
        LIGHT.bad
        if wire.tone == "undeclared"
        else LIGHT.lit
        if wire.tone == "lit"
        else _LINES.get(wire.kind, LIGHT.plain)
    )
    dashed = "dashed=1;" if wire.dashed else ""
    arrow = "endArrow=block;endSize=4;" if wire.arrow else "endArrow=none;"
    faded = "opacity=25;" if wire.tone in {"dim", "never"} else ""
    style = f"rounded=1;html=1;strokeColor={color};strokeWidth=1.5;{dashed}{arrow}{faded}"
    for end, name, point in (("exit", wire.source, wire.points[0]), ("entry", wire.target, wire.points[-1])):
        if name in rects:
            # Where on the note's side the line is held, so that it stays there when the note is moved.
            x, y = _share(point.x, rects[name].x, rects[name].width), _share(point.y, rects[name].y, rects[name].height)
            style += f"{end}X={x};{end}Y={y};{end}Dx=0;{end}Dy=0;"
    ends = "".join(
        f' {end}="{ids[name]}"' for end, name in (("source", wire.source), ("target", wire.target)) if name in ids
    )
    first, *corners, last = wire.points
    array = "".join(_point(point) for point in corners)
    points = f'<Array as="points">{array}</Array>' if corners else ""
    geometry = f"{_point(first, 'sourcePoint')}{_point(last, 'targetPoint')}{points}"
    return (
        f'<mxCell id="{id}" style="{style}" edge="1" parent="1"{ends}>'
        f'<mxGeometry relative="1" as="geometry">{geometry}</mxGeometry></mxCell>'
    )


def _share(at: float, begin: float, length: float) -> str:
    return _n(min(1.0, max(0.0, (at - begin) / length)))


def _point(point: Point, role: str = "") -> str:
    role = f' as="{role}"' if role else ""
    return f'<mxPoint x="{_n(point.x)}" y="{_n(point.y)}"{role}/>'


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
