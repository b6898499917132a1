"""Where a simulation writes down what happens: rows in, columns out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from bookdelivery.simulation.pieces import Pieces

_FLUSH_AT = 8192
"""Rows kept as tuples before they are turned into columns."""

_TYPES = {"time": "d", "id": "q", "word": "i"}

Chunk = Mapping[str, npt.NDArray[Any]]
"""Some rows as columns; words as their codes."""


class Table:
    """Rows of a fixed shape, kept as columns: a number takes eight bytes, a word that comes again four.

    Args:
        columns: each column's name and kind, in the order of a row's values: "time" for seconds (float, may be nan),
            "id" for whole numbers (0 where there is none), "word" for texts of which there are few (or None).
        totals: told of all rows, also of those that are not kept.
        keeps: says which of some rows are kept; None: all.
    """

    def __init__(
        self,
        columns: Mapping[str, str],
        totals: Totals | None = None,
        keeps: Callable[[Chunk], npt.NDArray[np.bool_]] | None = None,
    ) -> None:
        self._kinds = columns
        self._rows: list[tuple[Any, ...]] = []
        self._columns = [Pieces(_TYPES[kind]) for kind in columns.values()]
        self._codes: dict[str | None, int] = {}
        self._totals = totals
        self._keeps = keeps

    def add(self, row: tuple[Any, ...]) -> None:
        """Write a row down."""
        rows = self._rows
        rows.append(row)
        if len(rows) >= _FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        """Turn the rows so far into columns."""
        if not self._rows:
            return
        chunk: dict[str, npt.NDArray[Any]] = {}
        for (name, kind), values in zip(self._kinds.items(), zip(*self._rows, strict=True), strict=True):
            given: Iterable[Any] = self._coded(values) if kind == "word" else values
            chunk[name] = np.fromiter(given, dtype=_TYPES[kind], count=len(values))
        self._rows.clear()
        if self._totals is not None:
            self._totals.add(chunk, list(self._codes))
        kept = None if self._keeps is None else self._keeps(chunk)
        for column, numbers in zip(self._columns, chunk.values(), strict=True):
            column.extend(numbers if kept is None else numbers[kept])

    def _coded(self, words: Sequence[str | None]) -> Iterator[int]:
        codes = self._codes
        for word in dict.fromkeys(words):
            codes.setdefault(word, len(codes))
        return map(codes.__getitem__, words)

    def frame(self, rows: npt.NDArray[np.int64] | None = None) -> pd.DataFrame:
        """Give all rows that were kept so far, in the order in which they were written, or some by their numbers."""
        self.flush()
        words = np.array(list(self._codes), dtype=object)
        columns: dict[str, Any] = {}
        for (name, kind), column in zip(self._kinds.items(), self._columns, strict=True):
            values = column.all() if rows is None else column.at(rows)
            columns[name] = text(words[values] if len(words) else words) if kind == "word" else values
        return pd.DataFrame(columns)

    def __len__(self) -> int:
        return len(self._columns[0]) + len(self._rows)


@attrs.define
class Totals:
    """Exact sums over rows, by some of their words; they cost no memory however many rows there are.

    Args:
        by: the words' columns.
        seconds: gives the duration of each row, in seconds; nan where it has none.
    """

    by: Sequence[str]
    seconds: Callable[[Chunk], npt.NDArray[np.float64]]
    _sums: dict[tuple[str | None, ...], list[float]] = attrs.field(factory=dict, init=False)

    def add(self, chunk: Chunk, words: Sequence[str | None]) -> None:
        """Add some rows."""
        seconds = self.seconds(chunk)
        number = len(words)
        groups = np.zeros(len(seconds), dtype="int64")
        for name in self.by:
            groups = groups * number + chunk[name]
        for group in np.unique(groups).tolist():
            own = seconds[groups == group]
            known = own[~np.isnan(own)]
            key: list[str | None] = []
            rest = group
            for _ in self.by:
                rest, code = divmod(rest, number)
                key.append(words[code])
            sums = self._sums.setdefault(tuple(reversed(key)), [0, 0, 0.0, 0.0])
            sums[0] += len(own)
            if len(known):
                sums[1] += len(known)
                sums[2] += float(known.sum())
                sums[3] = max(sums[3], float(known.max()))

    def rows(self) -> list[tuple[tuple[str | None, ...], int, float, float]]:
        """Give each group's words, the number of its rows, their mean and longest duration in seconds, sorted."""
        return [
            (key, int(rows), total / known if known else float("nan"), most if known else float("nan"))
            for key, (rows, known, total, most) in sorted(self._sums.items(), key=lambda item: tuple(map(str, item[0])))
        ]


def text(values: Any) -> pd.Series:
    """Make a column of texts, the same kind of column also where there are none."""
    return pd.Series(values, dtype="str")
