"""What holds for every drawing: nothing overlaps, text is text, and the same design gives the same bytes."""

import os
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from bookdelivery.design import DesignModel
from bookdelivery.design.drawing import Drawing
from tests.design.drawing.gallery import drawings_of

SVG = "{http://www.w3.org/2000/svg}"

Gallery = dict[str, Drawing]


@pytest.fixture(scope="module")
def english(bookstore: DesignModel) -> Gallery:
    return dict(drawings_of(bookstore))


@pytest.fixture(scope="module")
def korean(bookstore: DesignModel) -> Gallery:
    return dict(drawings_of(bookstore, "ko"))


def parsed(drawing: Drawing) -> ET.Element:
    return ET.fromstring(drawing.svg)  # noqa: S314 - what was just written here


def test_nothing_overlaps_and_no_line_runs_through_a_note(english: Gallery, korean: Gallery) -> None:
    assert len(english) == len(korean) > 30
    for gallery in (english, korean):
        faults = {name: drawing.faults for name, drawing in gallery.items()}
        assert {name: found for name, found in faults.items() if found} == {}


def test_every_drawing_fits_a_page(english: Gallery, korean: Gallery) -> None:
    for gallery in (english, korean):
        assert {name: drawing for name, drawing in gallery.items() if drawing.scene.width > 1300} == {}


def test_the_same_design_gives_the_same_bytes(bookstore: DesignModel, english: Gallery) -> None:
    def written(gallery: Gallery) -> dict[str, tuple[str, str, str]]:
        return {name: (one.svg, one.to_mermaid(), one.to_drawio()) for name, one in gallery.items()}

    assert written(dict(drawings_of(bookstore))) == written(english)


WRITES_ALL = """
import hashlib
from bookdelivery.design import DesignModel
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from tests.design.drawing.gallery import drawings_of

digest = hashlib.sha256()
for name, drawing in drawings_of(DesignModel.of(BOOKSTORE_SYSTEM)):
    for text in (name, drawing.svg, drawing.to_mermaid(), drawing.to_drawio()):
        digest.update(text.encode())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_another_process_gives_the_same_bytes(pytestconfig: pytest.Config) -> None:
    digests = set()
    for seed in ("0", "1"):
        ran = subprocess.run(
            [sys.executable, "-c", WRITES_ALL],
            cwd=pytestconfig.rootpath,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(pytestconfig.rootpath)},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(ran.stdout)
    assert len(digests) == 1


def test_every_label_is_text_that_can_be_searched_for(english: Gallery) -> None:
    for name, drawing in english.items():
        root = parsed(drawing)
        shown = [element.text or "" for element in root.iter(f"{SVG}text")]
        assert sorted(shown) == sorted(text.text for text in drawing.scene.texts), name


def test_every_note_says_what_it_is_when_pointed_at(english: Gallery) -> None:
    for name, drawing in english.items():
        root = parsed(drawing)
        groups = [group for group in root.iter(f"{SVG}g") if "data-id" in group.attrib]
        untitled = [
            group.attrib["data-id"]
            for group in groups
            if group.find(f"{SVG}title") is None and not group.attrib["data-id"].startswith(("legend:", "[*]"))
        ]
        assert untitled == [], name


def test_two_drawings_in_one_page_do_not_share_a_style(english: Gallery) -> None:
    scopes = [re.findall(r'class="(bd-\w+)"', drawing.svg)[0] for drawing in english.values()]
    assert len(set(scopes)) == len(scopes)
