"""`bookdelivery migrate` makes the tables that services find, or says why it cannot."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bookdelivery.services.cli import main


def run(*arguments: str) -> int:
    """Run the command line; gives its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(["migrate", *arguments])
    return int(ended.value.code or 0)


def test_it_makes_the_tables_of_all_contexts_and_says_their_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite+pysqlite:///{tmp_path}/shop.db"
    assert run(url) == 0
    assert run(url) == 0, "a second time changes nothing"
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 10
    assert said[0] == "order: the tables are of version 0001"
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"order_records", "mypage_inbox", "payment_outbox"} < tables


def test_it_migrates_the_contexts_it_is_told_to_and_no_others(tmp_path: Path) -> None:
    assert run(f"sqlite+pysqlite:///{tmp_path}/shop.db", "payment", "loyalty") == 0
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert {name.partition("_")[0] for name in tables} == {"payment", "loyalty"}


def test_a_database_that_cannot_be_migrated_is_said_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(f"sqlite:///{tmp_path}/shop.db") == 2
    assert "--url: 'sqlite:///" in capsys.readouterr().err
    assert run(f"sqlite+pysqlite:///{tmp_path}/nowhere/shop.db") == 2
    assert "it cannot be opened for reading and writing" in capsys.readouterr().err
    assert run(f"sqlite+pysqlite:///{tmp_path}/shop.db", "Order") == 2
    assert "--context: 'Order' is not lower-case letters" in capsys.readouterr().err
