"""Text is never wider than it was taken to be, whatever common font a reader has."""

from pathlib import Path

import hypothesis.strategies as st
import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from hypothesis import given

from bookdelivery.design import DesignModel
from bookdelivery.design.drawing.metrics import fitting_size, text_width, wrap
from tests.design.drawing.gallery import drawings_of

FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"


class Measured:
    """The widths of a real font: DejaVu Sans, the widest of the usual ones, which comes with matplotlib."""

    def __init__(self, name: str) -> None:
        font = TTFont(FONTS / name)
        self._glyphs, self._metrics = font.getBestCmap(), font["hmtx"]
        self._em = font["head"].unitsPerEm

    def width(self, text: str, size: float) -> float:
        units: int = sum(self._metrics[self._glyphs[ord(c)]][0] for c in text if ord(c) in self._glyphs)
        return units * size / int(self._em)


@pytest.fixture(scope="module")
def fonts() -> dict[bool, Measured]:
    return {False: Measured("DejaVuSans.ttf"), True: Measured("DejaVuSans-Bold.ttf")}


def test_no_text_in_any_drawing_is_wider_in_a_real_font(bookstore: DesignModel, fonts: dict[bool, Measured]) -> None:
    checked = 0
    for name, drawing in drawings_of(bookstore):
        for text in drawing.scene.texts:
            assert fonts[text.bold].width(text.text, text.size) <= text.rect.width + 0.01, (name, text.text)
            checked += 1
    assert checked > 1000


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40), st.booleans())
def test_no_ascii_text_is_wider_in_a_real_font(fonts: dict[bool, Measured], text: str, bold: bool) -> None:
    assert fonts[bold].width(text, 10) <= text_width(text, 10, bold=bold) + 0.01


def test_hangul_is_as_wide_as_it_is_high() -> None:
    assert text_width("주문", 12) == 24


@given(st.text(min_size=1, max_size=60), st.floats(20, 200))
def test_wrapped_text_fits_and_loses_nothing(text: str, width: float) -> None:
    lines = wrap(text, width, 11)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(text_width(line, 11) <= width or len(line) == 1 for line in lines)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("CancelOrderTaking", ("CancelOrder", "Taking")),
        ("delivery.start_delivery", ("delivery.start_", "delivery")),
        ("refund stopped delivery", ("refund", "stopped", "delivery")),
        ("취소된 주문을 멈춘다", ("취소된 주문을", "멈춘다")),
    ],
)
def test_names_break_where_a_reader_would(name: str, lines: tuple[str, ...]) -> None:
    assert wrap(name, 80, 11) == lines


def test_a_name_shrinks_rather_than_break_in_its_middle() -> None:
    size = fitting_size("ordermanagement", 100, 13, bold=True)
    assert 9 <= size < 13
    assert text_width("ordermanagement", size, bold=True) <= 100
    assert fitting_size("order", 100, 13, bold=True) == 13
