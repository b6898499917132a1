"""Every notebook runs from top to bottom, and says what the documentation's page says: `make notebooks`.

Not collected with the other tests (its name does not begin with `test_`), as all together take minutes.
"""

from pathlib import Path

import pytest

from tests.notebooks.pages import executed, page, page_of
from tests.notebooks.reading import NOTEBOOKS


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_says_what_its_page_says(path: Path) -> None:
    # Pictures are not compared: their dots depend on the fonts that a machine has.
    text = page(path, executed(path)).text
    assert text == page_of(path).read_text(encoding="utf-8"), "make notebook-pages writes the pages anew"
