"""The pages and contracts in the documentation that are written from the design are what the code says now."""

import re
from pathlib import Path

import pytest

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.design import DesignModel, EdgeKind, NodeKind
from bookdelivery.design.contracts import event_catalogue
from bookdelivery.design.rules.cafe import CAFE
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.services.cli import main
from bookdelivery.services.designing.pages import pages
from examples.coupon import BOOKSTORE_WITH_COUPONS

MODEL = DesignModel.of(BOOKSTORE_SYSTEM)
PAGES = pages(MODEL, BOOKSTORE)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_or_contract_is_what_the_code_says_now(path: str, pytestconfig: pytest.Config) -> None:
    file = pytestconfig.rootpath / "docs" / path
    assert file.read_text(encoding="utf-8") == PAGES[path], f"{file} is old: make pictures"


@pytest.mark.parametrize("folder", ["reference/rules", "contracts"])
def test_there_are_no_pages_that_nobody_writes(folder: str, pytestconfig: pytest.Config) -> None:
    docs = pytestconfig.rootpath / "docs"
    there = {path.relative_to(docs).as_posix() for path in (docs / folder).rglob("*.*")}
    assert there == {path for path in PAGES if path.startswith(folder)}


def test_the_command_writes_them_all(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(("design", "pages", str(tmp_path)))
    assert {path: (tmp_path / path).read_text(encoding="utf-8") for path in PAGES} == PAGES


# --- the event catalogue ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [node.name for node in MODEL.nodes(NodeKind.EVENT)])
def test_the_catalogue_says_who_states_an_event_who_follows_it_and_what_it_holds(event: str) -> None:
    node = MODEL.find(event, NodeKind.EVENT)
    section = PAGES["reference/events.md"].split(f"\n## {event}\n")[1].split("\n## ")[0]
    assert node.korean in section
    for command in MODEL.predecessors(node.id, EdgeKind.EMITS):
        assert f"`{command.name}`" in section
    for follower in (*MODEL.successors(node.id, EdgeKind.TRIGGERS), *MODEL.successors(node.id, EdgeKind.PROJECTS)):
        assert f"- *{follower.context}*: {follower.name} (" in section
    assert node.schema is not None
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(node.schema["properties"])


def test_a_field_s_limits_and_its_korean_name_are_told() -> None:
    page = PAGES["reference/events.md"]
    assert "| `qty` | whole number, 1 to 1,000,000 | yes | 수량 |" in page
    assert "| `itemName` | text, 1 to 1,000 characters | yes | 도서명 |" in page
    assert "| `packed` | true or false | yes |" in page


def test_a_link_of_the_catalogue_leads_to_a_section_of_it() -> None:
    page = PAGES["reference/events.md"]
    sections = {title.lower() for title in re.findall(r"^## (\w+)$", page, re.MULTILINE)}
    assert set(re.findall(r"\]\(#(\w+)\)", page)) <= sections


def test_a_system_of_ones_own_has_its_catalogue_without_links_to_nowhere() -> None:
    page = event_catalogue(DesignModel.of(CAFE, name="café"))
    assert page.startswith("# Events of café\n")
    assert "## CakePaid" in page
    assert "contracts" not in page
    assert "## CouponIssued" in event_catalogue(DesignModel.of(BOOKSTORE_WITH_COUPONS))
