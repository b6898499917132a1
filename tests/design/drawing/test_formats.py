"""A drawing is written in every format it promises, and says clearly what it cannot."""

import json
import re
import struct
from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from resvg_py import svg_to_bytes

from bookdelivery.design import DesignModel
from bookdelivery.design.drawing import (
    Drawing,
    NoFont,
    board,
    context_map,
    draw_flow,
    hexagon,
    impact_overlay,
    lifecycle,
)
from bookdelivery.design.drawing import png as png_module
from bookdelivery.design.flow import flow
from bookdelivery.design.impact import impact
from bookdelivery.kernel.errors import InvalidField
from tests.missing import missing


@pytest.fixture
def hangul() -> None:
    """Require a font for the Korean words of a drawing."""
    if not png_module._can_draw("Hangul", ()):
        missing("no font with Hangul is installed; on Debian, as root, run: apt-get install fonts-noto-cjk")


@pytest.fixture(scope="module")
def drawing(bookstore: DesignModel) -> Drawing:
    return context_map(bookstore)


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.usefixtures("hangul")
def test_a_png_has_the_drawing_s_size(drawing: Drawing) -> None:
    assert size_of(drawing.to_png()) == (drawing.scene.width, drawing.scene.height)


@pytest.mark.usefixtures("hangul")
def test_a_png_can_be_as_wide_as_asked(drawing: Drawing) -> None:
    width, height = size_of(drawing.to_png(width_px=600))
    assert width == 600
    assert height == pytest.approx(drawing.scene.height * 600 / drawing.scene.width, abs=1)


@pytest.mark.usefixtures("hangul")
def test_dark_and_light_are_two_pictures(drawing: Drawing) -> None:
    assert drawing.to_png(theme="dark") != drawing.to_png(theme="light")
    assert drawing.to_png(theme="auto") == drawing.to_png(theme="light")


def test_without_a_font_that_has_the_letters_there_is_a_clear_error(
    drawing: Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resvg_py

    def without_fonts(**options: object) -> bytes:
        return svg_to_bytes(**{**options, "skip_system_fonts": True})  # type: ignore[arg-type]

    monkeypatch.setattr(resvg_py, "svg_to_bytes", without_fonts)
    png_module._can_draw.cache_clear()
    try:
        with pytest.raises(NoFont, match="no installed font has Latin letters"):
            drawing.to_png()
    finally:
        png_module._can_draw.cache_clear()


@pytest.mark.parametrize(("ending", "begins"), [(".svg", b"<svg"), (".mmd", b"flowchart")])
def test_a_file_s_ending_says_its_format(drawing: Drawing, tmp_path: Path, ending: str, begins: bytes) -> None:
    path = drawing.save(tmp_path / f"map{ending}")
    assert path.read_bytes().startswith(begins)


@pytest.mark.usefixtures("hangul")
def test_a_file_called_png_is_one(drawing: Drawing, tmp_path: Path) -> None:
    path = drawing.save(tmp_path / "map.png")
    assert size_of(path.read_bytes()) == (drawing.scene.width, drawing.scene.height)


def test_another_ending_is_an_error_that_names_those_there_are(drawing: Drawing, tmp_path: Path) -> None:
    with pytest.raises(InvalidField, match=r"\.svg, \.png, \.mmd, \.drawio"):
        drawing.save(tmp_path / "map.pdf")


def test_an_unknown_theme_is_an_error(drawing: Drawing) -> None:
    with pytest.raises(InvalidField, match="one of auto, light, dark"):
        drawing.to_svg("sepia")


def test_an_unknown_language_is_an_error(bookstore: DesignModel) -> None:
    with pytest.raises(InvalidField, match="en or ko"):
        board(bookstore, language="de")


def test_svg_follows_the_reader_s_setting_unless_told_otherwise(drawing: Drawing) -> None:
    assert "@media (prefers-color-scheme:dark)" in drawing.svg
    assert "@media" not in drawing.to_svg("light") + drawing.to_svg("dark")


def test_svg_asks_for_nothing_from_outside(drawing: Drawing) -> None:
    addresses = set(re.findall(r"https?://[^\"' ]+", drawing.svg))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(script|image|foreignObject|use)\b|@import|url\(", drawing.svg)


def test_a_notebook_shows_it_and_lets_it_scroll_where_a_page_is_narrow(drawing: Drawing) -> None:
    assert drawing._repr_svg_() == drawing.svg
    html = drawing._repr_html_()
    assert "overflow-x:auto" in html
    assert f"max-width:{drawing.scene.width:.0f}px" in html
    assert html.count("<svg ") == 1


def test_a_notebook_shows_a_design_as_its_board_and_a_flow_as_its_tree(bookstore: DesignModel) -> None:
    assert bookstore._repr_html_() == board(bookstore)._repr_html_()
    placed = flow(bookstore, "PlaceOrder")
    assert placed._repr_html_() == draw_flow(placed)._repr_html_()
    assert "<table" in impact(bookstore, "delivery")._repr_html_()


def test_draw_io_gets_every_note_in_its_place_and_every_line_between_its_notes(bookstore: DesignModel) -> None:
    drawing = board(bookstore)
    root = ET.fromstring(drawing.to_drawio())  # noqa: S314 - what was just written here
    geometries = {
        element.attrib["id"]: element.find(".//mxGeometry")
        for element in root.iter()
        if element.tag in {"object", "mxCell"} and "id" in element.attrib
    }
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib and element.tag != "diagram"]
    assert len(ids) == len(set(ids))
    for index, note in enumerate(drawing.scene.notes):
        geometry = geometries[f"n{index}"]
        assert geometry is not None
        assert float(geometry.attrib["x"]) == pytest.approx(note.rect.x, abs=0.01)
        assert float(geometry.attrib["width"]) == pytest.approx(note.rect.width, abs=0.01)
    edges = [cell for cell in root.iter("mxCell") if cell.attrib.get("edge")]
    assert len(edges) == len(drawing.scene.wires)
    for cell, wire in zip(edges, drawing.scene.wires, strict=True):
        if wire.source != "legend":
            assert {cell.attrib["source"], cell.attrib["target"]} <= set(ids)
        corners = cell.findall(".//Array/mxPoint")
        assert len(corners) == len(wire.points) - 2


def test_draw_io_gets_each_line_of_text_as_it_was_set(bookstore: DesignModel) -> None:
    drawing = context_map(bookstore, language="ko")
    root = ET.fromstring(drawing.to_drawio())  # noqa: S314 - what was just written here
    labels = {element.attrib["id"]: element.attrib["label"] for element in root.iter("object")}
    for index, note in enumerate(drawing.scene.notes):
        lines = ET.fromstring(f"<div>{labels[f'n{index}']}</div>").findall("div")  # noqa: S314
        assert [line.text for line in lines] == [line.text for line in note.lines]
        for line, placed in zip(lines, note.lines, strict=True):
            assert f"font-size:{placed.size:g}px" in line.attrib["style"]
            assert ("font-weight:bold" in line.attrib["style"]) == placed.bold


def test_draw_io_gets_icons_and_signs_that_move_with_their_notes(bookstore: DesignModel) -> None:
    drawing = board(bookstore, overlay=impact_overlay(bookstore, impact(bookstore, "delivery")))
    root = ET.fromstring(drawing.to_drawio())  # noqa: S314 - what was just written here
    cells = [cell.attrib for cell in root.iter("mxCell")]
    fixed = {cell["id"]: cell["parent"] for cell in cells if {"id", "parent"} <= set(cell)}
    for index, note in enumerate(drawing.scene.notes):
        assert fixed.get(f"n{index}i") == (f"n{index}" if note.icon else None)
        assert fixed.get(f"n{index}m") == (f"n{index}" if note.tone in {"stops", "waits", "stale"} else None)
    images = re.findall(r"image=data:image/svg\+xml,([^;]+);", drawing.to_drawio())
    assert images
    for image in set(images):
        assert ET.fromstring(b64decode(image)).tag.endswith("svg")  # noqa: S314


def test_draw_io_gets_a_hexagon_as_one(bookstore: DesignModel) -> None:
    styles = [cell.attrib.get("style", "") for cell in ET.fromstring(hexagon(bookstore, "order").to_drawio()).iter()]  # noqa: S314
    polygons = [re.search(r"polyCoords=(\[.*?\]\]);", style) for style in styles if "basic.polygon" in style]
    assert [len(json.loads(found[1])) for found in polygons if found] == [6, 6]


def test_mermaid_gets_every_node_once_and_every_edge_between_known_ones(bookstore: DesignModel) -> None:
    text = board(bookstore).to_mermaid()
    declared = re.findall(r"^\s+(n\d+)[\[({>]", text, re.MULTILINE)
    assert len(declared) == len(set(declared)) > 50
    for source, target in re.findall(r"^\s+(n\d+) (?:-\.->|-->)(?:\|[^|]*\|)? (n\d+)$", text, re.MULTILINE):
        assert {source, target} <= set(declared)
    assert 'subgraph g0["order"]' in text


def test_mermaid_escapes_what_it_would_read_as_its_own(bookstore: DesignModel) -> None:
    assert "take the order's info" in board(bookstore).to_mermaid()
    assert '"' not in re.sub(r'(\[+|\{+|\(+|>|/|\|)"[^"]*"', "", board(bookstore).to_mermaid())


def test_a_lifecycle_is_a_state_diagram_for_mermaid(bookstore: DesignModel) -> None:
    text = lifecycle(bookstore, "Delivery").to_mermaid()
    assert text.splitlines() == [
        "stateDiagram-v2",
        '  state "started" as s0',
        '  state "completed" as s1',
        '  state "canceled" as s2',
        "  [*] --> s0",
        "  s0 --> s1: complete",
        "  s0 --> s2: cancel",
        "  s1 --> [*]",
        "  s2 --> [*]",
    ]


def test_a_hexagon_s_chart_ties_every_port_to_it(bookstore: DesignModel) -> None:
    text = hexagon(bookstore, "payment").to_mermaid()
    ports = [line for line in text.splitlines() if ":::port" in line]
    assert len(ports) == 5
