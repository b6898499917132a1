"""A result's tables in files that other tools read."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from bookdelivery.kernel.errors import InvalidField, MissingExtra
from bookdelivery.simulation.columns import TABLES


def write_frames(frames: Mapping[str, pd.DataFrame], directory: str | Path) -> Path:
    """Write each table to a file of its own, `orders.parquet` and so on, compressed by Zstandard.

    Args:
        frames: the tables by name.
        directory: where; it is made if need be, and files of these names in it are replaced.

    Returns:
        The directory.

    Raises:
        MissingExtra: pyarrow is not installed.
        OSError: the files cannot be written.
    """
    _need_pyarrow("writing Parquet files")
    place = Path(directory)
    place.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.to_parquet(place / f"{name}.parquet", engine="pyarrow", compression="zstd", index=False)
    return place


def read_frames(directory: str | Path) -> dict[str, pd.DataFrame]:
    """Read the tables back that `Result.to_parquet` has written.

    Returns:
        The tables by name, as `Result.frames` had them.

    Raises:
        MissingExtra: pyarrow is not installed.
        InvalidField: the directory lacks a table; says which.
    """
    _need_pyarrow("reading Parquet files")
    place = Path(directory)
    frames = {}
    for name, table in TABLES.items():
        path = place / f"{name}.parquet"
        if not path.is_file():
            allowed = f"a directory that Result.to_parquet has written; there is no {path.name} in it"
            raise InvalidField("read_frames", "directory", str(place), allowed)
        kinds = {column: each.dtype for column, each in table.columns.items()}
        frames[name] = pd.read_parquet(path, engine="pyarrow").astype(kinds)
    return frames


def _need_pyarrow(purpose: str) -> None:
    if find_spec("pyarrow") is None:
        raise MissingExtra("pyarrow", "parquet", purpose)
