"""Every program and every command that the documentation shows is run, and does what the page says."""

import re
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Unfit, blocks, pages, run_page

RULES = ROOT / "docs/reference/rules"
"""Made from functions which tests/design/test_rules.py runs."""

KOREAN = ROOT / "docs/ko"
"""Has the code of the English pages."""

NOTEBOOKS = ROOT / "docs/notebooks"
"""Made from notebooks that `make notebooks` runs."""

SHOWING = [page for page in pages() if not {RULES, KOREAN, NOTEBOOKS} & {*page.parents} and [*blocks(page)]]


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def marked(page: Path) -> object:
    slow = "<!-- slow -->" in page.read_text(encoding="utf-8")
    return pytest.param(page, id=named(page), marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize("page", [marked(page) for page in SHOWING])
def test_what_a_page_shows_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(page, tmp_path)


@pytest.mark.parametrize("page", sorted(KOREAN.rglob("*.md")), ids=named)
def test_a_korean_page_shows_the_code_of_the_english_one(page: Path) -> None:
    english = ROOT / "docs" / page.relative_to(KOREAN)
    assert [bare(one.text) for one in blocks(page)] == [bare(one.text) for one in blocks(english)]


def bare(code: str) -> str:
    """Leave the comments out, which are in the page's language."""
    return re.sub(r"[ ]*#.*$", "", code, flags=re.MULTILINE)


def test_the_readme_has_programs_for_both_worlds() -> None:
    shown = "".join(block.text for block in blocks(ROOT / "README.md") if block.kind == "python")
    assert "Bookstore.open" in shown
    assert "simulate(" in shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("```python\nprint(1 + 1)  # 3\n```", "'3' is printed"),
        ("```sh\nrm -r /\n```", "may not be run"),
        ("```sh\nmake dinner\n```", "no target dinner"),
        ("```sh\npip install 'bookdelivery[gold]'\n```", "no extra gold"),
        ("```sh\npython -c 'exit(1)'\n```", "may not be run"),
        ("```python\n# stop.py\nraise SystemExit(2)\n```\n```sh\npython stop.py\n```", "ended with 2"),
    ],
)
def test_a_page_that_shows_what_is_not_so_is_found_out(text: str, told: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(Unfit, match=re.escape(told)):
        run_page(page, tmp_path)


def test_a_command_that_does_not_exist_is_found_out_also_where_a_person_typed_it(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ bookdelivery simulate siege --sede 3\n```", encoding="utf-8")
    with pytest.raises(Exception, match="sede"):
        run_page(page, tmp_path)


def test_what_is_not_run_says_why(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- not run: it needs a server -->\n```sh\nhalt\n```\n", encoding="utf-8")
    run_page(page, tmp_path)
    assert [block.not_run for block in blocks(page)] == ["it needs a server"]
    page.write_text("<!-- not run: hm -->\n```sh\nhalt\n```\n", encoding="utf-8")
    with pytest.raises(Unfit):
        run_page(page, tmp_path)
