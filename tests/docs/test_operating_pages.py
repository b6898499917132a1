"""The reference of the configuration and of the metrics says what the code does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bookdelivery.services.config_loading import load_config
from tests.handbook.operating import operating_pages

DOCS = Path(__file__).parents[2] / "docs"
PAGES = operating_pages()


@pytest.mark.parametrize("path", PAGES)
def test_the_page_is_up_to_date(path: str) -> None:
    assert (DOCS / path).read_text(encoding="utf-8") == PAGES[path], f"{path}: python -m tests.handbook pages docs"


def test_the_file_that_is_shown_is_read(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", PAGES["reference/configuration.md"], flags=re.DOTALL)
    assert tomllib.loads(shown)
    file = tmp_path / "shown.toml"
    file.write_text(shown)
    assert load_config(file).config.http.at == {"payment": "http://payment.internal:8084"}
