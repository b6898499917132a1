"""The pictures of the explanation pages are what the bookstore does now."""

import re

import pytest

from tests.docs.blocks import ROOT
from tests.handbook.chart import Bars, Chart, Series
from tests.handbook.pictures import FOLDER, OUTAGE, PICTURES, draw_outage, draw_pictures


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_bookstore_does_now(name: str) -> None:
    for path, svg in draw_pictures([name]).items():
        file = ROOT / "docs" / path
        assert file.read_text(encoding="utf-8") == svg, f"{file} is old: make pictures"


def test_there_are_no_pictures_that_nobody_draws_or_shows() -> None:
    there = {path.name for path in (ROOT / "docs" / FOLDER).iterdir()}
    assert there == {f"{name}{language}.svg" for name in PICTURES for language in ("", ".ko")}
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("explanation/*.md"))
    assert {name for name in there if name not in pages} == set()


@pytest.mark.slow
def test_the_picture_of_the_first_page_tells_what_the_readmes_program_does_now() -> None:
    def words(svg: str) -> list[str]:
        return re.findall(r">([^<>]+)</text>", svg)

    told = words((ROOT / "docs" / OUTAGE).read_text(encoding="utf-8"))
    assert told == words(draw_outage()), "docs/assets/outage.svg is old: make pictures"
    title = next(word for word in told if "ten minutes" in word)
    assert f'title="{title}"' in (ROOT / "README.md").read_text(encoding="utf-8")


TABLES_ONLY = {"architecture.md", "security.md", "is-the-simulator-right.md", "how-fast-the-simulator-is.md"}
"""Explanation pages whose subject is told in tables."""


def test_every_explanation_page_that_teaches_has_a_picture_and_an_exercise_with_a_solution() -> None:
    teaching = [page for page in (ROOT / "docs/explanation").glob("*.md") if "## Exercise" in page.read_text("utf-8")]
    assert {page.name for page in teaching} >= {path.name for path in (ROOT / "docs/ko/explanation").glob("*.md")}
    assert len(teaching) == 21
    for page in teaching:
        text = page.read_text(encoding="utf-8")
        assert page.name in TABLES_ONLY or re.search(r"!\[.{20,}\]\(\.\./assets/.*\.svg\)", text), page
        assert "<summary>Solution</summary>" in text, page
        korean = (ROOT / "docs/ko/explanation" / page.name).read_text(encoding="utf-8")
        assert "## 연습문제" in korean, page
        assert "<summary>풀이</summary>" in korean, page


def test_a_page_and_its_korean_version_lead_to_each_other() -> None:
    for korean in (ROOT / "docs/ko").rglob("*.md"):
        there = korean.relative_to(ROOT / "docs/ko").as_posix()
        up = "../" * there.count("/")
        english = (ROOT / "docs" / there).read_text(encoding="utf-8")
        assert f"English · [한국어]({up}ko/{there})" in english, there
        assert f"[English]({up}../{there}) · 한국어" in korean.read_text(encoding="utf-8"), there


def test_a_chart_puts_each_point_where_it_belongs() -> None:
    line = Series(name="a < b", points=[(0, 0), (10, 50)])
    svg = Chart(title="t", across="s", up="n", series=[line]).to_svg()
    assert 'd="M76.0 328.0L702.0 58.0"' in svg
    assert "a &lt; b" in svg
    steps = Series(name="steps", points=[(0, 0), (10, 50)], steps=True)
    assert "M76.0 328.0L702.0 328.0L702.0 58.0" in Chart(title="t", across="s", up="n", series=[steps]).to_svg()
    logarithmic = Chart(
        title="t", across="s", up="n", series=[Series(name="l", points=[(1, 10)], dots=True)], log=(0, 2)
    )
    assert 'cy="193.0"' in logarithmic.to_svg()


def test_a_chart_may_begin_above_zero() -> None:
    svg = Chart(
        title="t", across="s", up="%", series=[Series(name="l", points=[(1, 80)], dots=True)], least=60, most=100
    )
    assert 'cy="193.0"' in svg.to_svg()
    assert ">60</text>" in svg.to_svg()
    assert ">40</text>" not in svg.to_svg()


def test_bars_are_as_high_as_they_say() -> None:
    svg = Bars(title="t", up="n", groups=[("g", (50, 25))], kinds=("whole", "half")).to_svg()
    heights = [float(height) for height in re.findall(r'class="bar \w"[^/]*height="([\d.]+)"', svg)]
    assert heights == [270.0, 135.0]


def test_the_same_figures_give_the_same_bytes_and_name_no_place_on_this_machine() -> None:
    chart = Bars(title="t", up="n", groups=[("g", (1, 2))], kinds=("a", "b"))
    assert chart.to_svg() == chart.to_svg()
    assert "http" not in chart.to_svg().replace("http://www.w3.org/2000/svg", "")
