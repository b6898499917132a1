"""How the `design` commands print and write text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bookdelivery.kernel.errors import BookdeliveryError


class UnwritableOutput(BookdeliveryError, OSError):
    """A file that was asked for cannot be written.

    Attributes:
        where: the file.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where} cannot be written: {problem}")
        self.where = where


@contextmanager
def unwritable(output: Path) -> Iterator[None]:
    """Turn what the operating system says against a file into an error of ours.

    Raises:
        UnwritableOutput: it said something.
    """
    try:
        yield
    except OSError as error:
        raise UnwritableOutput(str(output), error.strerror or str(error)) from error


def emit(text: str, output: Path | None) -> int:
    """Print text, or write it into a file and say where it is; the exit status is 0.

    Raises:
        UnwritableOutput: the file cannot be written.
    """
    if output is None:
        sys.stdout.write(text)
        return 0
    with unwritable(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8", newline="\n")
    Console(stderr=True).print(Text(f"{output}"), soft_wrap=True)
    return 0


WIDE = 10_000
"""Columns that a table may have: cutting or folding cells would make it useless to other programs."""


def print_frame(frame: pd.DataFrame, *, decimals: int = 5) -> None:
    """Print a table, each row on one line."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[column]) and not pd.api.types.is_bool_dtype(frame[column])
        table.add_column(str(column), justify="right" if numeric else "left", no_wrap=True)
    for row in frame.itertuples(index=False):
        cells = [
            f"{cell:.{decimals}f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell) for cell in row
        ]
        table.add_row(*(Text(cell) for cell in cells))
    Console(width=WIDE).print(table)
