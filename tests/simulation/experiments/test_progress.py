"""Whoever waits sees how far it is and how long it will take; whoever reads a file does not."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bookdelivery.simulation.experiments import replicate
from bookdelivery.simulation.experiments.progress import telling
from tests.simulation.experiments.little import LITTLE, METRICS, till


def shown(given: bool | None, terminal: bool) -> str:
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=100, legacy_windows=False)
    with telling(given, "replications", console) as tell:
        tell(0, 8, "")
        tell(2, 8, "run 2")
        tell(8, 8, "run 8")
    return written.getvalue()


def test_a_terminal_shows_the_number_done_and_the_time_left() -> None:
    bar = shown(None, terminal=True)
    assert "replications" in bar
    assert "8/8" in bar
    assert "left" in bar


def test_what_is_no_terminal_stays_clean_unless_asked() -> None:
    assert shown(None, terminal=False).strip() == ""
    assert "8/8" in shown(True, terminal=False)
    assert shown(False, terminal=True) == ""


def test_a_function_is_told_as_it_is() -> None:
    told: list[tuple[int, int, str]] = []

    def tell(done: int, total: int, which: str) -> None:
        told.append((done, total, which))

    with telling(tell, "replications") as given:
        assert given is tell


def test_a_replication_says_nothing_where_nobody_looks(capfd: pytest.CaptureFixture[str]) -> None:
    replicate(LITTLE, 2, system=till, metrics=METRICS, workers=1)
    assert capfd.readouterr() == ("", "")
