"""Print the table of theory against simulation; exit status 1 if one of them disagrees."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from bookdelivery.simulation.validation.cases import cases
from bookdelivery.simulation.validation.page import page
from bookdelivery.simulation.validation.validating import REPLICATIONS, validate

app = App(help="Compare the simulated world with queueing and repair theory.", help_format="plaintext")


@app.default
def main(
    *,
    size: Annotated[float, Parameter(help="How long each run is: 1 is some 10,000 visits.")] = 1.0,
    seed: Annotated[int, Parameter(help="Of everything that chance decides.")] = 1,
    workers: Annotated[int | None, Parameter(help="How many processes; all cores by default.")] = None,
    output: Annotated[Path | None, Parameter(help="Write the documentation's page into this file, too.")] = None,
) -> int:
    """Run every case, and print what theory expects beside what was simulated."""
    found = validate(cases(size), seed=seed, workers=workers)
    if output is not None:
        output.write_text(page(found, seed), encoding="utf-8")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("Model", "Figure"):
        table.add_column(column)
    for column in ("Expected", "Simulated", "99 % interval", "Half width"):
        table.add_column(column, justify="right")
    table.add_column("")
    for row in found.itertuples(index=False):
        table.add_row(
            str(row.model),
            str(row.figure),
            f"{row.expected:.4f}",
            f"{row.simulated:.4f}",
            f"{row.low:.4f} to {row.high:.4f}",
            f"{row.half_width:.1%}",
            "agrees" if row.agrees else "DISAGREES",
        )
    # A file has room for all columns.
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    console.print(f"{REPLICATIONS} replications each, seed {seed}.")
    return 0 if found["agrees"].all() else 1


if __name__ == "__main__":
    sys.exit(app(result_action="return_value"))
