"""The command `simulate`: one run of a scenario, in figures, as a picture, as tables."""

from __future__ import annotations

import json
import math
import sys
from html import escape
from pathlib import Path
from typing import Any

import attrs
import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.services.verify import UnwritableReport, prepare
from bookdelivery.simulation import InvalidScenario, Result, Scenario, simulate
from bookdelivery.simulation.scenario.problems import Problem
from bookdelivery.simulation.scenarios import load_scenario, scenario_names
from bookdelivery.simulation.utilization import overloads

VIOLATED = 1


def run_simulate(scenario: str, *, seed: int | None, report: Path | None, tables: Path | None, as_json: bool) -> int:
    """Simulate a scenario and tell what came of it; give the exit status.

    Args:
        scenario: a TOML file, or the name of a built-in scenario.
        seed: of all randomness, where it is another than the file's.
        report: the directory for report.html, timeline.svg and scenario.toml; None for no report.
        tables: the directory for the tables as Parquet files; None for none.
        as_json: print the figures and verdicts as JSON, and nothing else, to stdout.

    Raises:
        InvalidScenario: the file does not describe a scenario that the bookstore can play.
        UnreadableFile: the file cannot be read.
        UnwritableReport: a directory cannot be made or written to.
    """
    wanted = _read(scenario)
    if seed is not None:
        wanted = attrs.evolve(wanted, seed=seed)
    for directory in (report, tables):
        if directory is not None:
            prepare(directory)
    try:
        result = simulate(wanted, BOOKSTORE_SYSTEM)
    except InvalidField as error:
        problem = Problem(f"{error.owner}.{error.field}", error.value, error.allowed)
        raise InvalidScenario(scenario, [problem]) from error
    verdicts = result.verdicts()
    if report is not None:
        _write_report(result, verdicts, report)
    if tables is not None:
        result.to_parquet(tables)
    if as_json:
        sys.stdout.write(json.dumps(_document(result, verdicts), indent=1, ensure_ascii=False) + "\n")
    else:
        _print(result, verdicts, report, tables)
    return VIOLATED if (verdicts["verdict"] == "violated").any() else 0


def _read(scenario: str) -> Scenario:
    if scenario in scenario_names():
        return load_scenario(scenario)
    path = Path(scenario)
    if path.suffix != ".toml" and not path.exists():
        allowed = f"a TOML file, or one of {', '.join(scenario_names())}"
        raise InvalidScenario("simulate", [Problem("the scenario", scenario, allowed)])
    return Scenario.from_toml(path)


def _print(result: Result, verdicts: pd.DataFrame, report: Path | None, tables: Path | None) -> None:
    scenario, console = result.scenario, Console()
    if scenario.title:
        console.print(Text(scenario.title, style="bold"))
    if scenario.story:
        console.print(Text(" ".join(scenario.story.split())), "")
    console.print(_figures(result), "")
    judged = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("", "Verdict", "Evidence of this run"):
        judged.add_column(heading)
    for requirement, row in verdicts.iterrows():
        judged.add_row(str(requirement), str(row["verdict"]), str(row["evidence"]))
    console.print(judged)
    for overload in overloads(result):
        console.print(Text(f"{overload}.", style="yellow"), soft_wrap=True)
    if not result.drained:
        console.print(Text(f"Not everything had settled at {result.world.ended_s:,.0f} s.", style="yellow"))
    for directory, what in ((report, "The report is"), (tables, "The tables are in")):
        if directory is not None:
            console.print(
                Text(f"{what} {directory / 'report.html' if directory is report else directory}."), soft_wrap=True
            )


def _figures(result: Result) -> Table:
    figures = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading, justify in (("", "left"), ("Figure", "left"), ("Value", "right"), ("", "left")):
        figures.add_column(heading, justify=justify)  # type: ignore[arg-type]
    before = ""
    for (group, name), value, unit in result.summary().itertuples(name=None):
        figures.add_row("" if group == before else group, name, figure(value), unit)
        before = group
    return figures


def figure(value: float) -> str:
    """Write a number so that it is read at a glance."""
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.4g}"


def _document(result: Result, verdicts: pd.DataFrame) -> dict[str, Any]:
    figures = result.summary()
    return {
        "title": result.scenario.title,
        "seed": result.scenario.seed,
        "settled": result.drained,
        "ended_s": result.world.ended_s,
        "overloads": overloads(result),
        "figures": [
            {"group": group, "name": name, "value": None if math.isnan(value) else value, "unit": unit}
            for (group, name), value, unit in figures.itertuples(name=None)
        ],
        "verdicts": [
            {"requirement": str(requirement), "verdict": str(row["verdict"]), "evidence": str(row["evidence"])}
            for requirement, row in verdicts.iterrows()
        ],
    }


def _write_report(result: Result, verdicts: pd.DataFrame, directory: Path) -> None:
    scenario = result.scenario
    title = escape(scenario.title or "A simulated bookstore")
    figures = result.summary().to_html(float_format=figure, na_rep="–")
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>"
        f"<body><h1>{title}</h1><p>{escape(scenario.story)}</p>"
        '<img alt="The run as a timeline" src="timeline.svg">'
        f"<h2>Verdicts of this run</h2>{verdicts[['verdict', 'evidence']].to_html()}<h2>Figures</h2>{figures}"
        f"<h2>The scenario</h2><pre>{escape(scenario.to_toml())}</pre></body></html>\n"
    )
    try:
        result.plot().savefig(directory / "timeline.svg")
        (directory / "scenario.toml").write_text(scenario.to_toml(), encoding="utf-8")
        (directory / "report.html").write_text(page, encoding="utf-8")
    except OSError as error:
        raise UnwritableReport(f"cannot write the report to {directory}: {error.strerror or error}") from error


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
img { width: 100%; } table { border-collapse: collapse; } td, th { padding: 0.1rem 0.8rem 0.1rem 0; text-align: left; }
pre { background: #f5f5f5; padding: 1rem; overflow: auto; }
@media (prefers-color-scheme: dark) { body { background: #1b1b1b; color: #ddd; } pre { background: #2a2a2a; }
img { background: #fff; } }
"""
