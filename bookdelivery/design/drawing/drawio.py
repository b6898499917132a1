"""Writing a drawing for draw.io (diagrams.net): every note a vertex, every line an edge with its corners.

The format is mxGraph's XML as draw.io saves it uncompressed: cells 0 and 1 are the root and the one layer, vertices
and edges have `mxGeometry`, the text is the `value`.
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from bookdelivery.design.drawing.drawio_notes import baseline, geometry, html, n, note_cells
from bookdelivery.design.drawing.geometry import Point, Rect
from bookdelivery.design.drawing.scene import Region, Scene, Text, Wire
from bookdelivery.design.drawing.theme import LIGHT, SECTIONS

_LINES = {"pubsub": LIGHT.pubsub, "request": LIGHT.request, "prompts": LIGHT.prompts, "plain": LIGHT.plain}
_LANE = f"fillColor={LIGHT.lane};strokeColor={LIGHT.lane_edge};"
_BAND = f"fillColor={LIGHT.band};strokeColor={LIGHT.band_edge};"
_GROUNDS = {
    "lane": _LANE,
    "band": _BAND,
    "panel": f"fillColor=none;strokeColor={LIGHT.lane_edge};dashed=1;",
    **dict.fromkeys(SECTIONS, _LANE),
    "hexagon": f"fillColor={LIGHT.lane};strokeColor={LIGHT.plain};strokeWidth=1.6;",
    "heart": f"{_BAND}strokeWidth=1.6;",
}


def to_drawio(scene: Scene) -> str:
    """Write it, in light colours; draw.io turns them dark by itself."""
    ids = {note.id: f"n{index}" for index, note in enumerate(scene.notes)}
    rects = {note.id: note.rect for note in scene.notes}
    cells = ['<mxCell id="0"/>', '<mxCell id="1" parent="0"/>']
    cells += [_region(region, f"r{index}") for index, region in enumerate(scene.regions)]
    cells += [cell for note in scene.notes for cell in note_cells(note, ids[note.id])]
    cells += [_label(label, f"t{index}") for index, label in enumerate(scene.labels)]
    cells += [_wire(wire, f"w{index}", ids, rects) for index, wire in enumerate(scene.wires)]
    body = "\n        ".join(cells)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<mxfile host="bookdelivery">\n'
        f'  <diagram id="{scene.name}" name={quoteattr(scene.title)}>\n'
        f'    <mxGraphModel grid="0" page="0" pageWidth="{n(scene.width)}" pageHeight="{n(scene.height)}">\n'
        f"      <root>\n        {body}\n      </root>\n    </mxGraphModel>\n  </diagram>\n</mxfile>\n"
    )


def _vertex(id: str, value: str, style: str, rect: Rect) -> str:
    return f'<mxCell id="{id}" value={quoteattr(value)} style="{style}" vertex="1" parent="1">{geometry(rect)}</mxCell>'


def _region(region: Region, id: str) -> str:
    ground = _GROUNDS[region.kind]
    if not region.points:
        return _vertex(id, "", f"rounded=1;absoluteArcSize=1;arcSize={n(2 * region.radius)};{ground}", region.rect)
    box = region.rect
    corners = ",".join(f"[{_share(x, box.x, box.width)},{_share(y, box.y, box.height)}]" for x, y in region.points)
    return _vertex(id, "", f"shape=mxgraph.basic.polygon;polyCoords=[{corners}];polyline=0;{ground}", box)


def _label(label: Text, id: str) -> str:
    align = {"start": "left", "middle": "center", "end": "right"}[label.anchor]
    top = label.y - label.rect.y - baseline((label,))
    style = f"text;html=1;align={align};verticalAlign=top;spacing=0;spacingTop={n(top)};"
    return _vertex(id, html((label,)), style, label.rect)


def _wire(wire: Wire, id: str, ids: dict[str, str], rects: dict[str, Rect]) -> str:
    color = {"undeclared": LIGHT.bad, "lit": LIGHT.lit}.get(wire.tone) or _LINES.get(wire.kind, LIGHT.plain)
    width = "2.6" if wire.tone in {"undeclared", "lit"} else "1.5"
    dashed = "dashed=1;dashPattern=1 3;" if wire.kind == "prompts" else "dashed=1;" if wire.dashed else ""
    arrow = "endArrow=block;endSize=4;" if wire.arrow else "endArrow=none;"
    faded = "opacity=25;" if wire.tone in {"dim", "never"} else ""
    style = f"rounded=1;html=1;strokeColor={color};strokeWidth={width};{dashed}{arrow}{faded}"
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
    held = f"{_point(first, 'sourcePoint')}{_point(last, 'targetPoint')}{points}"
    return (
        f'<mxCell id="{id}" style="{style}" edge="1" parent="1"{ends}>'
        f'<mxGeometry relative="1" as="geometry">{held}</mxGeometry></mxCell>'
    )


def _share(at: float, begin: float, length: float) -> str:
    return f"{min(1.0, max(0.0, (at - begin) / length)):.4f}".rstrip("0").rstrip(".")


def _point(point: Point, role: str = "") -> str:
    role = f' as="{role}"' if role else ""
    return f'<mxPoint x="{n(point.x)}" y="{n(point.y)}"{role}/>'
