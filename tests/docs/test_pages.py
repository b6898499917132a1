"""The pages on the command line and on errors are what the code says now."""

import pytest

from bookdelivery.services.cli import app
from tests.docs.blocks import ROOT
from tests.handbook.fixes import FIXES
from tests.handbook.pages import called, command_line, errors, errors_page

REFERENCE = ROOT / "docs/reference"


def test_the_page_of_the_command_line_is_what_help_says_now() -> None:
    file = REFERENCE / "cli.md"
    assert file.read_text(encoding="utf-8") == command_line(app), f"{file} is old: make pictures"


def test_every_error_of_ours_says_its_cause_and_what_to_do() -> None:
    assert sorted(map(called, errors())) == sorted(FIXES), "say in tests/handbook/fixes.py what to do about it"


def test_the_page_of_errors_is_what_the_classes_say_now() -> None:
    file = REFERENCE / "errors.md"
    assert file.read_text(encoding="utf-8") == errors_page(), f"{file} is old: make pictures"


@pytest.mark.parametrize("name", ["InvalidField", "CallRefused", "Deadlock"])
def test_an_error_is_found_by_its_name(name: str) -> None:
    section = errors_page().split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert "**Cause.** " in section
    assert "**What to do.** " in section


def test_an_error_that_is_two_of_pythons_own_says_both() -> None:
    section = errors_page().split("\n## NotFound\n")[1].split("\n## ")[0]
    assert "`RuntimeError`, `LookupError`" in section
