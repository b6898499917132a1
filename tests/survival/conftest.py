"""Tells at the end of a run how many processes were killed, and what became of what they had acknowledged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.survival.drill import Drill
from tests.survival.judging import DOUBLED, LOST, WRONG, Judgement

_PROPERTY = "survival"
_RECORD = Path(__file__).parents[2] / "reports" / "survival.json"


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Drill]]:
    """Begin drills, each on a file of its own, that leave no process behind."""
    drills: list[Drill] = []

    def begin(seed: int, **options: Any) -> Drill:
        directory = tmp_path / f"drill{len(drills)}"
        directory.mkdir()
        drills.append(Drill(file=directory / "shop.db", seed=seed, **options))
        return drills[-1]

    yield begin
    for drill in drills:
        drill.end()


@pytest.fixture
def record(record_property: Callable[[str, object], None], request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keep the figures of a drill for the summary."""

    def keep(drill: Drill, judgement: Judgement) -> None:
        figures = attrs.asdict(judgement, filter=attrs.filters.exclude("findings"))
        figures |= {sort: judgement.count(sort) for sort in (LOST, DOUBLED, WRONG)}
        record_property(
            _PROPERTY,
            json.dumps({"test": request.node.name, "figures": figures, "killed": drill.kills, "seed": drill.seed}),
        )

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures of all drills, and write them to `reports/survival.json`."""
    drills = [
        json.loads(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, value in report.user_properties
        if name == _PROPERTY
    ]
    if not drills:
        return
    total: Counter[str] = Counter()
    for drill in drills:
        total.update(drill["figures"])
    terminalreporter.section("survival of SIGKILL on SQLite")
    for drill in drills:
        terminalreporter.write_line(f"{drill['test']}: {_in_words(drill['figures'])}")
    terminalreporter.write_line(f"in all: {_in_words(total)}")
    _RECORD.parent.mkdir(exist_ok=True)
    _RECORD.write_text(json.dumps({"total": total, "drills": drills}, indent=2, ensure_ascii=False))


def _in_words(figures: dict[str, int] | Counter[str]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in figures.items())
