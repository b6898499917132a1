"""SQL for many rows at once.

Python's sqlite3 lets go of the interpreter lock for every step of a statement and takes it back afterwards. A busy
event loop gives that lock up only every few milliseconds, so what counts for the thread that writes is the number of
steps, not the number of rows: one step takes hundreds of rows here, and one row of text brings hundreds of values back.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

SqlRow = Sequence[Any]


class ForRows:
    """A statement with a place for rows, written `<rows>`.

    Args:
        sql: the statement; its other parameters, if any, come before the rows.
        columns: how many values a row has.

    Rows go in by powers of two, so that few texts of each statement exist and the connection's cache of prepared
    statements finds them again. No statement has more than 900 values, below the oldest limit of SQLite (999).
    """

    def __init__(self, sql: str, columns: int) -> None:
        self._sql = sql
        self._row = f"({','.join('?' * columns)})"
        self._most = 1 << (900 // columns).bit_length() - 1
        self._texts: dict[int, str] = {}

    def run(self, connection: sqlite3.Connection, rows: Sequence[SqlRow], *before: Any) -> Iterator[sqlite3.Cursor]:
        """Execute the statement on all rows, a chunk at a time; yields the cursor of each chunk."""
        done, number = 0, len(rows)
        while done < number:
            size = min(self._most, 1 << (number - done).bit_length() - 1)
            text = self._texts.get(size)
            if text is None:
                text = self._texts[size] = self._sql.replace("<rows>", ",".join([self._row] * size))
            values = chain(before, chain.from_iterable(rows[done : done + size]))
            yield connection.execute(text, tuple(values))
            done += size

    def write(self, connection: sqlite3.Connection, rows: Sequence[SqlRow], *before: Any) -> int:
        """Execute the statement on all rows; returns how many rows it changed."""
        return sum(cursor.rowcount for cursor in self.run(connection, rows, *before))

    def numbers(self, connection: sqlite3.Connection, rows: Sequence[SqlRow], *before: Any) -> list[int]:
        """Read whole numbers: the statement gives them as one text, with commas between (`group_concat`)."""
        found: list[int] = []
        for cursor in self.run(connection, rows, *before):
            (text,) = cursor.fetchone()
            if text is not None:
                found += map(int, text.split(","))
        return found


def for_tables(prefix: str, sql: str) -> str:
    """Write a context's own table names into a statement: `@records` becomes `"order.records"`."""
    return re.sub(r"@(\w+)", lambda match: f'"{prefix}.{match[1]}"', sql)


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Sum numbers up as runs without gaps, each by its first and last: 1, 2, 3, 7 are (1, 3) and (7, 7)."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
