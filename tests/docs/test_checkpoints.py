"""The assignment's checkpoints are all there, each with a page, code that exists and a command that exists."""

import re

from tests.docs.blocks import ROOT, look_up

PAGE = ROOT / "docs/explanation/checkpoints.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d", line)
]


def test_there_are_all_thirty_four_in_order_and_in_both_languages() -> None:
    assert [int(row[0].removeprefix("| ")) for row in ROWS] == list(range(1, 35))
    assert [row[0] for row in ROWS if len(row) != 6 or not re.search("[가-힣]|Pub|CI", row[2])] == []


def test_each_names_code_that_exists() -> None:
    assert [row[4] for row in ROWS if not (ROOT / row[4].strip("`")).exists()] == []


def test_each_names_a_page_that_exists() -> None:
    for row in ROWS:
        for path in re.findall(r"\]\(([\w./-]+)", row[3]):
            assert (PAGE.parent / path).exists(), f"{row[0]}: {path}"


def test_each_names_a_command_that_exists() -> None:
    for row in ROWS:
        look_up(row[5].strip(" |`"))
