"""The command `lab`: the notebooks, copied to where they may be changed, and opened in JupyterLab."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

import bookdelivery
from bookdelivery.kernel.errors import BookdeliveryError, MissingExtra

ENDING = ".ipynb"


class UnusableDirectory(BookdeliveryError, OSError):
    """The notebooks cannot be copied to where they were wanted."""


class Copied(StrEnum):
    """What became of one notebook."""

    NEW = "new"
    """It was not there before."""
    SAME = "as it was"
    """It was there, as it comes with the package."""
    KEPT = "kept as you changed it"
    """It was there and is another one: yours is left alone."""


def notebooks() -> Sequence[Path]:
    """List the notebooks that come with this package, by name.

    Raises:
        MissingExtra: they are not there, as after an installation that left files out.
    """
    package = Path(bookdelivery.__file__).parent
    # A wheel carries them inside of the package; in a checkout they lie beside it.
    for place in (package / "notebooks", package.parent / "notebooks"):
        found = sorted(place.glob(f"*{ENDING}"))
        if found:
            return found
    raise MissingExtra("the notebooks", "notebooks", "bookdelivery lab")


def copy_notebooks(directory: Path) -> dict[str, Copied]:
    """Copy the notebooks into a directory, and leave alone what was changed there.

    Args:
        directory: where to; it is made if it is not there.

    Returns:
        For each notebook's name what became of it.

    Raises:
        UnusableDirectory: it cannot be made, or written to.
    """
    told: dict[str, Copied] = {}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for notebook in notebooks():
            data, copy = notebook.read_bytes(), directory / notebook.name
            if not copy.exists():
                copy.write_bytes(data)
                told[notebook.name] = Copied.NEW
            else:
                told[notebook.name] = Copied.SAME if copy.read_bytes() == data else Copied.KEPT
    except OSError as error:
        raise UnusableDirectory(f"cannot copy the notebooks to {directory}: {error.strerror or error}") from error
    return told


def run_lab(directory: Path, *, browser: bool, port: int | None, copy_only: bool, allow_root: bool) -> int:
    """Copy the notebooks and open them; give the exit status, where this process does not become JupyterLab.

    Args:
        directory: where the copies are.
        browser: whether to open one.
        port: where JupyterLab listens; None: the first free one from 8888.
        copy_only: whether to do no more than copy.
        allow_root: whether it may run as root, which JupyterLab refuses otherwise.

    Raises:
        UnusableDirectory: the directory cannot be made, or written to.
        MissingExtra: JupyterLab is not installed.
    """
    if not copy_only and find_spec("jupyterlab") is None:
        raise MissingExtra("jupyterlab", "notebooks", "bookdelivery lab")
    _tell(directory, copy_notebooks(directory))
    if not copy_only:
        command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={directory.resolve()}"]
        command += [] if browser else ["--no-browser"]
        command += [] if port is None else [f"--port={port}"]
        command += ["--allow-root"] if allow_root else []
        sys.stdout.flush()
        # Not a process beside this one: signals and the terminal are to be JupyterLab's own.
        os.execv(command[0], command)  # noqa: S606
    return 0


def _tell(directory: Path, told: dict[str, Copied]) -> None:
    for name, became in told.items():
        if became is Copied.KEPT:
            print(f"{name}: {became}; to have the new one, rename or delete yours")  # noqa: T201
    new = sum(became is Copied.NEW for became in told.values())
    print(f"{len(told)} notebooks in {directory}, {new} of them new")  # noqa: T201
