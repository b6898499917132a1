"""The pictures of the design in the documentation are what the code gives now, and its page shows every one."""

import re
from pathlib import Path

import pytest

from bookdelivery.design import DesignModel
from bookdelivery.design.rules.cafe import CAFE
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.services.cli import main
from bookdelivery.services.designing.gallery import Draw, begun_by_people, file_name, gallery
from examples.coupon import BOOKSTORE_WITH_COUPONS

LANGUAGES = ("en", "ko")
COUPON_PICTURES = ("board", "context-map", "hexagon-coupon")
PICTURES: dict[str, Draw] = {
    **gallery(DesignModel.of(BOOKSTORE_SYSTEM)),
    **{f"coupon/{name}": gallery(DesignModel.of(BOOKSTORE_WITH_COUPONS))[name] for name in COUPON_PICTURES},
}


def names(language: str) -> set[str]:
    return {file_name(picture, language) for picture in PICTURES}


@pytest.fixture(scope="module")
def drawn(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath / "docs/assets/design"


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_of_the_documentation_is_what_the_code_gives_now_and_has_no_fault(picture: str, drawn: Path) -> None:
    for language in LANGUAGES:
        file, drawing = drawn / file_name(picture, language), PICTURES[picture](language)
        assert file.read_text(encoding="utf-8") == drawing.svg, f"{file} is old: make pictures"
        assert drawing.faults == ()


def test_there_are_no_pictures_that_nobody_draws(drawn: Path) -> None:
    assert {path.relative_to(drawn).as_posix() for path in drawn.rglob("*.*")} == names("en") | names("ko")


def test_the_page_leads_to_every_picture(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs/explanation/design.md").read_text(encoding="utf-8")
    assert set(re.findall(r"assets/design/([\w/.-]+\.svg)", page)) == names("en") | names("ko")
    assert all(words for words in re.findall(r"!\[(.*?)\]", page))


def test_what_a_line_of_code_is_moved_by_changes_no_picture() -> None:
    assert all("<a " not in draw("en").svg for name, draw in PICTURES.items() if name in ("board", "hexagon-order"))


def test_what_people_begin_of_their_own_accord_has_a_flow() -> None:
    model = DesignModel.of(BOOKSTORE_SYSTEM)
    assert begun_by_people(model) == ("PlaceOrder", "PayOrder", "CancelOrder", "RejectOrder")


def test_a_system_of_ones_own_has_its_pictures_but_no_requirements_of_the_bookstores() -> None:
    model = DesignModel.of(CAFE, name="café")
    pictures = gallery(model)
    assert {"board", "context-map", "hexagon-kitchen", "flow-OrderCake", "lifecycle-Cake"} <= set(pictures)
    assert not {name for name in pictures if name.startswith("cover")}


def test_the_command_writes_the_pictures_that_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(("design", "gallery", str(tmp_path / "new"), "--only", "organisation-to-be,lifecycle-Delivery"))
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        "organisation-to-be.svg",
        "organisation-to-be.ko.svg",
        "lifecycle-Delivery.svg",
        "lifecycle-Delivery.ko.svg",
    }


def test_a_picture_that_does_not_exist_is_refused_with_those_that_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(("design", "gallery", str(tmp_path), "--only", "hexagon-shop"))
    told = capsys.readouterr().err
    assert "'hexagon-shop'" in told
    assert "hexagon-order" in told
    assert list(tmp_path.iterdir()) == []
