"""Telling how far an experiment is, and how long the rest will take."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Tell = Callable[[int, int, str], None]
"""Told how many replications are done, of how many, and which was the last; of how many may grow."""


@contextmanager
def telling(given: Tell | bool | None, title: str, console: Console | None = None) -> Generator[Tell, None, None]:
    """Give what to tell progress to.

    Args:
        given: a function that is told; True: a bar with the time that remains; None: a bar if stderr is a terminal;
            False: nobody is told.
        title: what is done.
        console: where the bar is drawn, stderr by default.
    """
    if callable(given):
        yield given
        return
    console = console or Console(stderr=True)
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    shown = console.is_terminal if given is None else given
    with Progress(*columns, console=console, transient=given is None, disable=not shown) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total, _: bar.update(task, completed=done, total=total)
