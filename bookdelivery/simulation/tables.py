"""Where a simulation writes down what happens: rows in, columns out."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

_FLUSH_AT = 8192
"""Rows kept as tuples before they are turned into columns."""


class Table:
    """Rows of a fixed shape, kept as columns: a number takes eight bytes, a word that comes again four.

    Args:
        columns: each column's name and kind, in the order of a row's values: "time" for seconds (float, may be nan),
            "id" for whole numbers (0 where there is none), "word" for texts of which there are few (or None).
    """

    def __init__(self, columns: Mapping[str, str]) -> None:
        self._kinds = columns
        self._rows: list[tuple[Any, ...]] = []
        self._columns: list[array[Any]] = [
            array({"time": "d", "id": "q", "word": "i"}[kind]) for kind in columns.values()
        ]
        self._codes: dict[str | None, int] = {}

    def add(self, row: tuple[Any, ...]) -> None:
        """Write a row down."""
        rows = self._rows
        rows.append(row)
        if len(rows) >= _FLUSH_AT:
            self._flush()

    def _flush(self) -> None:
        codes = self._codes
        for kind, column, values in zip(
            self._kinds.values(), self._columns, zip(*self._rows, strict=True), strict=False
        ):
            if kind == "word":
                for word in dict.fromkeys(values):
                    codes.setdefault(word, len(codes))
                column.extend(map(codes.__getitem__, values))
            else:
                column.extend(values)
        self._rows.clear()

    def frame(self) -> pd.DataFrame:
        """Give all rows so far, in the order in which they were written."""
        self._flush()
        words = np.array(list(self._codes), dtype=object)
        columns: dict[str, Any] = {}
        for (name, kind), column in zip(self._kinds.items(), self._columns, strict=True):
            values = np.array(column)
            columns[name] = text(words[values] if len(words) else words) if kind == "word" else values
        return pd.DataFrame(columns)

    def __len__(self) -> int:
        return len(self._columns[0]) + len(self._rows)


def text(values: Any) -> pd.Series:
    """Make a column of texts, the same kind of column also where there are none."""
    return pd.Series(values, dtype="str")
