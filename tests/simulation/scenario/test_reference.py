"""The pages on scenarios say what is so."""

import re
from pathlib import Path

import pytest

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.simulation.scenario import shapes
from bookdelivery.simulation.scenario.reference import keys_page
from bookdelivery.simulation.scenario.toml import parse_toml

DOCS = Path(__file__).parents[3] / "docs/reference"
PAGE = (DOCS / "scenario.md").read_text(encoding="utf-8")
REMAKE = 'python -c "from bookdelivery.simulation.scenario.reference import *; print(keys_page(), end=str())"'


def test_the_page_of_keys_is_the_one_the_classes_have() -> None:
    file = DOCS / "scenario-keys.md"
    assert file.read_text(encoding="utf-8") == keys_page(), f"make it anew: {REMAKE} > {file.name}"


@pytest.mark.parametrize("text", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_the_examples_are_scenarios_of_the_bookstore(text: str) -> None:
    assert parse_toml(text).fit(BOOKSTORE)


@pytest.mark.parametrize("kinds", [shapes.LOADS, shapes.DISTRIBUTIONS, shapes.FAULTS], ids=lambda kinds: kinds.noun)
def test_every_kind_is_on_the_page(kinds: shapes.Kinds) -> None:
    assert [kind for kind in kinds.classes if f"`{kind}`" not in PAGE] == []
