"""Places where no bookstore can be: refused when it is opened, and left as they were."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bookdelivery import Bookstore, UnusableStore
from tests.survival.full_disk import SmallDisk

NOBODY = 65_534


def refused(url: str, where: Path, **options: str) -> str:
    """Give the reason a bookstore is not opened for; nothing may stay open."""
    threads = threading.active_count()
    with pytest.raises(UnusableStore, match=re.escape(f"{where}: ")) as refusal:
        Bookstore.open(url, **options)  # type: ignore[arg-type]
    assert threading.active_count() == threads
    return str(refusal.value)


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear customer, " * 100)
    before = contents(tmp_path)
    assert "no SQLite database" in refused(f"sqlite:///{path}", path)
    assert contents(tmp_path) == before


def test_another_applications_database(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as photos:
        photos.execute("CREATE TABLE photos (name)")
    before = contents(tmp_path)
    assert "another application" in refused(f"sqlite:///{path}", path)
    assert contents(tmp_path) == before


def test_a_payment_providers_ledger_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "shop.db-provider"
    path.write_text("charged: nothing so far. " * 100)
    before = contents(tmp_path)
    assert "no SQLite database" in refused(f"sqlite:///{tmp_path / 'shop.db'}", path)
    assert contents(tmp_path) == before


def test_a_broker_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "topic.txt"
    path.write_text("News of the day. " * 100)
    shop = tmp_path / "shop.db"
    assert "no SQLite database" in refused(f"sqlite:///{shop}", path, broker_url=f"sqlite:///{path}")
    assert path.read_text() == "News of the day. " * 100


def test_a_directory_and_one_that_does_not_exist(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "shop.db"
    assert "it is a directory" in refused(f"sqlite:///{tmp_path}", tmp_path)
    assert "does not exist" in refused(f"sqlite:///{nowhere}", nowhere)
    assert contents(tmp_path) == {}


OPEN_AS_NOBODY = """
import os, sys
from bookdelivery import Bookstore, UnusableStore
Bookstore.open()
if os.getuid() == 0:
    os.setuid(int(sys.argv[2]))
try:
    Bookstore.open(f"sqlite:///{sys.argv[1]}")
except UnusableStore as error:
    print(error)
"""


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """Make a directory that any user can reach, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path
        path.chmod(0o755)


def test_a_read_only_directory(anybodys: Path) -> None:
    anybodys.chmod(0o555)
    command = [sys.executable, "-c", OPEN_AS_NOBODY, str(anybodys / "shop.db"), str(NOBODY)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=240).stdout
    assert f"{anybodys} is not writable" in told
    assert contents(anybodys) == {}


def test_a_disk_that_is_full_already(tmp_path: Path) -> None:
    with SmallDisk.mounted(tmp_path, kilobytes=256) as disk:
        disk.fill()
        path = disk.path / "shop.db"
        assert "disk is full" in refused(f"sqlite:///{path}", path)
