"""Where an order's time goes, and the page it is written into."""

import re
from pathlib import Path

import pytest

from benchmarks import split

PAGE = f"# Speed\n\n{split.BEGIN}an old table\n{split.END}\nMore.\n"


def test_every_part_of_the_library_has_its_share_and_they_are_all() -> None:
    found = split.split(split.untroubled(100))
    assert found.orders == pytest.approx(100, abs=40)
    assert set(found.shares) == {"domain", "engine", "recording", "loop", "world"}
    assert all(share > 0 for share in found.shares.values())
    assert sum(found.shares.values()) == pytest.approx(1.0)


def test_the_table_takes_the_old_ones_place_in_a_page_and_leaves_the_rest(tmp_path: Path) -> None:
    page = tmp_path / "speed.md"
    page.write_text(PAGE, encoding="utf-8")
    assert split.main(["--orders", "50", "--output", str(page)]) == 0
    written = page.read_text(encoding="utf-8")
    assert "old table" not in written
    assert written.startswith(f"# Speed\n\n{split.BEGIN}| part | share |")
    assert written.endswith(f"{split.END}\nMore.\n")


def test_a_page_without_a_place_for_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "speed.md"
    page.write_text("# Speed\n", encoding="utf-8")
    with pytest.raises(SystemExit) as refused:
        split.main(["--orders", "50", "--output", str(page)])
    assert refused.value.code == 2
    assert "lacks the marks <!-- split: begin -->" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == "# Speed\n"


def test_the_korean_page_says_what_each_part_is() -> None:
    page = Path(__file__).parents[2] / "docs" / "ko" / "explanation" / "how-fast-the-simulator-is.md"
    parts = re.findall(r"^\| `(\w+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(parts) == sorted(split.PARTS)


def test_the_documentation_has_a_place_for_it() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "how-fast-the-simulator-is.md"
    text = page.read_text(encoding="utf-8")
    assert split.BEGIN in text
    assert split.END in text
