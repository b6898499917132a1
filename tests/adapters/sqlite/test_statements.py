"""Statements for many rows at once: every row goes in once, whatever their number."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from bookdelivery.adapters.sqlite.statements import ForRows, for_tables, runs


@pytest.mark.parametrize("number", [0, 1, 2, 3, 64, 127, 128, 129, 511, 512, 513, 1500])
def test_all_rows_are_written_once_and_in_order(number: int) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE pairs (left, right)")
        rows = [(one, str(one)) for one in range(number)]
        assert ForRows("INSERT INTO pairs VALUES <rows>", 2).write(connection, rows) == number
        assert connection.execute("SELECT left, right FROM pairs ORDER BY rowid").fetchall() == rows
        asked = [(one,) for one in range(0, number, 2)]
        found = ForRows("SELECT group_concat(left) FROM pairs WHERE left IN (<rows>)", 1).numbers(connection, asked)
        assert sorted(found) == list(range(0, number, 2))


@pytest.mark.parametrize("columns", [1, 2, 5, 7, 100])
def test_no_statement_has_more_values_than_the_oldest_limit(columns: int) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        connection.execute(f"CREATE TABLE wide ({','.join(f'c{number}' for number in range(columns))})")
        rows = [tuple(range(columns))] * 2000
        assert ForRows("INSERT INTO wide VALUES <rows>", columns).write(connection, rows) == 2000


def test_a_contexts_tables_are_named_after_it() -> None:
    assert for_tables("order", "SELECT x FROM @records, @inbox") == 'SELECT x FROM "order.records", "order.inbox"'


def test_numbers_without_gaps_are_summed_up() -> None:
    assert runs([]) == []
    assert runs([3, 1, 2, 7, 2]) == [(1, 3), (7, 7)]
