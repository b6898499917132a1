"""Runs every benchmark here and holds it against its floor: `python -m benchmarks [--short] [NAME ...]`.

A benchmark is a module of this package with a function `rows(*, short: bool) -> Sequence[Row]`. It
measures itself and its peers alternately in one run and reports medians. `services` stands for all of
those that need the servers of `make services`; where these do not run, such benchmarks are left out,
unless they are asked for by name, as is one that takes half an hour. Exit status: 0 all floors met, 1 one
missed, 2 wrong usage.
"""

import argparse
import importlib
import json
import pkgutil
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.rows import Row

SERVICES = "services"
"""Stands for the benchmarks whose names begin with it."""

RESULTS = Path(__file__).parent / "results.json"
RESULTS_OF_A_SHORT_RUN = Path(__file__).parent / "results-short.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen benchmarks, print and save their rows, and return the exit status."""
    available = names()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure against the peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{SERVICES}, or of: {', '.join(available)}")
    parser.add_argument("--short", action="store_true", help="fewer repetitions: quicker and noisier")
    parser.add_argument("--report-only", action="store_true", help="a missed floor is shown, but is no failure")
    chosen = parser.parse_args(arguments)
    on_servers = [name for name in available if name.startswith(f"{SERVICES}_")]
    wanted = [one for name in chosen.names for one in (on_servers if name == SERVICES else [name])]
    if unknown := sorted(set(wanted) - set(available)):
        parser.error(f"no benchmark called {', '.join(unknown)}; there are: {', '.join(available)}")

    console = Console(width=None if sys.stdout.isatty() else 120)
    rows: list[Row] = []
    for name in wanted or available:
        module = importlib.import_module(f"benchmarks.{name}")
        if not wanted and hasattr(module, "left_out") and (why := module.left_out()):
            console.print(f"[dim]left out {name}: {why}[/dim]")
            continue
        console.print(f"[dim]measuring {name} ...[/dim]")
        rows += module.rows(short=chosen.short)
    console.print(table(rows))
    if not wanted:
        path = RESULTS_OF_A_SHORT_RUN if chosen.short else RESULTS
        save(rows, path, short=chosen.short)
        console.print(f"Saved to {path.name}")
    return 0 if chosen.report_only or all(row.met for row in rows) else 1


def names() -> list[str]:
    """The modules of this package that are benchmarks."""
    modules = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__"]
    return [name for name in modules if hasattr(importlib.import_module(f"benchmarks.{name}"), "rows")]


def table(rows: Sequence[Row]) -> Table:
    """The rows as a person reads them."""
    drawn = Table(title="Benchmarks (medians; a ratio above 1 is better than the peer)")
    drawn.add_column("what")
    for heading in ("ours", "peer", "unit", "ratio", "floor", "met"):
        drawn.add_column(heading, justify="left" if heading == "unit" else "right")
    for row in rows:
        met = "" if row.floor is None else "[green]yes[/green]" if row.met else "[bold red]NO[/bold red]"
        drawn.add_row(row.name, number(row.ours), number(row.peer), row.unit, number(row.ratio), number(row.floor), met)
    return drawn


def number(value: float | None) -> str:
    """A figure with about three digits that count; nothing for a figure that is not there."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def save(rows: Sequence[Row], path: Path, *, short: bool) -> None:
    """Write the rows, and what they were measured on, to `path` as JSON."""
    measured_on = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "short": short,
    }
    path.write_text(json.dumps({**measured_on, "rows": [attrs.asdict(row) for row in rows]}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
