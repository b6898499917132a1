"""The reference of the API has every module that is for others, and its links lead to what is described."""

import re
from pathlib import Path

import pytest

from tests.handbook.api import api_pages, write_api

SOURCE = Path(__file__).parents[2] / "bookdelivery"
PAGES = api_pages(SOURCE)


def test_every_public_module_has_a_page_and_every_page_is_in_its_package_s_table() -> None:
    assert "::: bookdelivery.kernel.ports\n" in PAGES["reference/api/bookdelivery.kernel.ports.md"]
    tables = "".join(PAGES.values())
    assert [path for path in PAGES if f"]({Path(path).name})" not in tables and "bookdelivery.md" not in path] == []


def test_what_begins_with_an_underscore_has_none() -> None:
    assert [path for path in PAGES if "._" in path] == []


def test_the_front_door_leads_to_where_its_names_are_described() -> None:
    page = PAGES["reference/api/bookdelivery.md"]
    target = "bookdelivery.services.bookstore.md#bookdelivery.services.bookstore.Bookstore"
    assert f"- [Bookstore]({target})" in page
    assert set(re.findall(r"\]\((bookdelivery[\w.]*\.md)", page)) <= {Path(path).name for path in PAGES}


@pytest.mark.slow
def test_the_page_of_a_module_that_has_gone_is_taken_away(tmp_path: Path) -> None:
    write_api(tmp_path, SOURCE)
    gone = tmp_path / "reference/api/bookdelivery.gone.md"
    gone.touch()
    write_api(tmp_path, SOURCE)
    assert not gone.exists()
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")} == set(PAGES)
