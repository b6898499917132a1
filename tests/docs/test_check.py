"""A built site is held to what a student needs: it works offline, its links lead somewhere, its pages are small."""

from pathlib import Path

import pytest

from tests.handbook.check import MOST_BYTES, problems

GOOD = '<h1 id="top">Board</h1><a href="two/#here">on</a><img src="board.svg"><link href="a.css">'
TWO = '<p id="here">Here</p><a href="../">back</a><a href="https://example.org/">a link loads nothing</a>'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "two").mkdir()
    (tmp_path / "index.html").write_text(GOOD)
    (tmp_path / "two/index.html").write_text(TWO)
    (tmp_path / "board.svg").write_text("<svg/>")
    (tmp_path / "a.css").write_text("body { background: url('board.svg') }")
    return tmp_path


def test_a_whole_site_has_no_problem(site: Path) -> None:
    assert list(problems(site)) == []


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ('<script src="https://cdn.example/x.js"></script>', "loads https://cdn.example/x.js from outside"),
        ('<img src="//cdn.example/x.png">', "loads //cdn.example/x.png from outside"),
        ('<link rel="preconnect" href="https://fonts.example">', "loads https://fonts.example from outside"),
        ('<img src="gone.svg">', "loads gone.svg, which is not there"),
        ('<a href="gone/">x</a>', "leads to gone/, which is not there"),
        ('<a href="two/#gone">x</a>', "leads to two/#gone, which has no such place"),
        ('<a href="#gone">x</a>', "leads to #gone, which has no such place"),
        ("x" * (MOST_BYTES + 1), "weighs 300 KB"),
    ],
)
def test_what_is_wrong_with_a_page_is_told(page: str, told: str, site: Path) -> None:
    (site / "index.html").write_text(page)
    assert [problem for problem in problems(site) if told in problem] != []


def test_a_style_sheet_loads_nothing_from_outside_either(site: Path) -> None:
    (site / "a.css").write_text("@font-face { src: url(https://fonts.example/x.woff) }")
    assert list(problems(site)) == ["a.css loads https://fonts.example/x.woff from outside"]
