"""Every attack of the requirements is refused, over the wire."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import pytest

import bookdelivery
from tests.services.attacks.__main__ import PAGE, with_table
from tests.services.attacks.trying import table, try_all

HOUSE = Path(bookdelivery.__file__).parent


@pytest.mark.slow
def test_every_attack_is_refused_and_the_page_says_how_many_were_tried() -> None:
    tried = asyncio.run(try_all())
    assert [str(one) for one in tried if not one.refused] == []
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page, table(tried)), "python -m tests.services.attacks --write"


def test_nothing_that_serves_can_unpack_a_pickle() -> None:
    serving = [
        path
        for part in ("adapters", "application", "contexts", "kernel", "resilience", "services")
        for path in (HOUSE / part).rglob("*.py")
    ]
    assert len(serving) > 100
    dangerous = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
    for path in serving:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not dangerous & {name.partition(".")[0] for name in names}, path
