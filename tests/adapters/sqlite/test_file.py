"""Opening an SQLite file: what is not ours is refused and left alone, and what goes wrong with the disk is said."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bookdelivery.adapters.conformance.samples import CODEC, envelope, note
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.opening import SCHEMA_VERSION
from bookdelivery.adapters.sqlite.store import SqliteStore
from bookdelivery.kernel.errors import InvalidField, Unavailable, UnusableStore
from bookdelivery.kernel.ports import Handled, Outcome, Unit

NOBODY = 65_534


def refused(path: Path) -> str:
    """Give the reason a file is refused with; it has to name the file."""
    with pytest.raises(UnusableStore, match=re.escape(str(path))) as refusal:
        SqliteFile(path)
    assert refusal.value.where == str(path)
    return str(refusal.value)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear customer, " * 100)
    assert "no SQLite database" in refused(path)
    assert path.read_text() == "Dear customer, " * 100
    assert list(tmp_path.iterdir()) == [path]


def test_a_database_of_another_application_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as photos:
        photos.execute("CREATE TABLE photos (name)")
    before = path.read_bytes()
    assert "another application" in refused(path)
    assert path.read_bytes() == before


def test_an_empty_database_marked_as_anothers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as photos:
        photos.execute("PRAGMA application_id = 77")
    assert "another application" in refused(path)


def test_a_newer_schema_is_refused_with_both_versions(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    asyncio.run(SqliteFile(path).close())
    with closing(sqlite3.connect(path)) as later:
        later.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 6}")
    reason = refused(path)
    assert f"version is {SCHEMA_VERSION + 6}" in reason
    assert f"this one knows {SCHEMA_VERSION}" in reason


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    path.touch()
    asyncio.run(SqliteFile(path).close())
    asyncio.run(SqliteFile(path).close())
    assert path.stat().st_size > 0


def test_a_directory_a_pipe_and_a_missing_directory_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "is a directory" in refused(tmp_path)
    assert "no regular file" in refused(pipe)
    assert f"{tmp_path / 'nowhere'} does not exist" in refused(tmp_path / "nowhere" / "shop.db")
    assert not (tmp_path / "nowhere").exists()


OPEN_AS_NOBODY = """
import os, sys
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.kernel.errors import UnusableStore
if os.getuid() == 0:
    os.setuid(int(sys.argv[2]))
try:
    SqliteFile(sys.argv[1])
except UnusableStore as error:
    print(error)
"""


def refused_to_nobody(path: Path) -> str:
    """Give the reason a file is refused with to a user whom permissions bind."""
    command = [sys.executable, "-c", OPEN_AS_NOBODY, str(path), str(NOBODY)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=240).stdout.strip()


@pytest.fixture
def open_path() -> Iterator[Path]:
    """Make a directory that any user can reach, which those of pytest are not."""
    path = Path("/tmp") / f"bookdelivery-{os.getpid()}"  # noqa: S108 - removed again below
    path.mkdir(mode=0o755)
    try:
        yield path
    finally:
        path.chmod(0o755)
        for file in path.iterdir():
            file.unlink()
        path.rmdir()


def test_a_read_only_directory_is_refused_and_nothing_is_made_in_it(open_path: Path) -> None:
    open_path.chmod(0o555)
    path = open_path / "shop.db"
    assert refused_to_nobody(path) == f"{path}: the directory {open_path} is not writable"
    assert list(open_path.iterdir()) == []


def test_a_read_only_file_is_refused(open_path: Path) -> None:
    path = open_path / "shop.db"
    asyncio.run(SqliteFile(path).close())
    open_path.chmod(0o777)
    path.chmod(0o444)
    assert refused_to_nobody(path) == f"{path}: the file is not readable and writable"


def test_arguments_out_of_range_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidField, match="synchronous is 'OFF', but must be FULL or NORMAL"):
        SqliteFile(tmp_path / "shop.db", synchronous="OFF")
    with pytest.raises(InvalidField, match="busy_timeout_s is -1"):
        SqliteFile(tmp_path / "shop.db", busy_timeout_s=-1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("synchronous", "level"), [("FULL", 2), ("NORMAL", 1)])
def test_commits_are_as_durable_as_asked_for(tmp_path: Path, synchronous: str, level: int) -> None:
    def settings(connection: sqlite3.Connection, requests: Sequence[None]) -> Sequence[tuple[str, int]]:
        mode, synchronous = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        )
        return [(mode, synchronous)] * len(requests)

    async def body() -> None:
        file = SqliteFile(tmp_path / "shop.db", synchronous=synchronous)
        assert await file.write(settings, None) == ("wal", level)
        await file.close()

    asyncio.run(body())


def test_a_closed_file_says_so(tmp_path: Path) -> None:
    async def body() -> None:
        file = SqliteFile(tmp_path / "shop.db")
        store = SqliteStore(file, "notes", CODEC)
        await file.close()
        await file.close()
        with pytest.raises(Unavailable, match="was closed"):
            await store.get("Note", 1)
        with pytest.raises(Unavailable, match="was closed"):
            await store.commit([Unit(handled=(Handled("stock", "m"),))])

    asyncio.run(body())


async def fill(store: SqliteStore) -> int:
    """Commit large units until the disk is full; gives the key of the one that failed."""
    committed = 0

    async def go_on() -> None:
        nonlocal committed
        while committed < 10_000:
            key = committed + 1
            unit = Unit((note(key, text="책" * 20_000),), (envelope(key),), (Handled("stock", f"m{key}"),))
            await store.commit([unit])
            committed = key

    with pytest.raises(UnusableStore, match="the disk is full"):
        await go_on()
    return committed + 1


async def check_all_but(store: SqliteStore, failed: int) -> None:
    """See that all units before the failed one are there entirely, and nothing of that one."""
    records = await store.list("Note", limit=10_000)
    events = await store.log(limit=10_000)
    assert [record.key for record in records] == list(range(1, failed))
    assert [outgoing.envelope.key for outgoing in events] == list(range(1, failed))


def limit_pages(connection: sqlite3.Connection, requests: Sequence[int]) -> Sequence[int]:
    return [connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()[0] for pages in requests]


def test_on_a_full_disk_a_commit_fails_entirely_and_works_again_once_there_is_room(tmp_path: Path) -> None:
    async def body() -> None:
        file = SqliteFile(tmp_path / "shop.db")
        store = SqliteStore(file, "notes", CODEC)
        await file.write(limit_pages, 200)
        failed = await fill(store)
        assert failed > 3
        await check_all_but(store, failed)
        others = [store.commit([Unit((note(failed + more, text="책" * 20_000),))]) for more in range(5)]
        for outcome in await asyncio.gather(*others, return_exceptions=True):
            assert isinstance(outcome, UnusableStore)
        await file.write(limit_pages, 100_000)
        unit = Unit((note(failed),), (envelope(failed),), (Handled("stock", f"m{failed}"),))
        assert await store.commit([unit]) == [Outcome.COMMITTED]
        await check_all_but(store, failed + 1)
        await file.close()

    asyncio.run(body())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 2 MiB."""
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", tmp_path], check=False, capture_output=True
    )
    if mount.returncode:
        pytest.skip("mounting is not permitted here")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_disk_that_really_is_full_keeps_what_was_committed(small_disk: Path) -> None:
    async def body() -> None:
        file = SqliteFile(small_disk / "shop.db")
        store = SqliteStore(file, "notes", CODEC)
        failed = await fill(store)
        assert failed > 3
        await check_all_but(store, failed)
        await file.close()
        file = SqliteFile(small_disk / "shop.db")
        await check_all_but(SqliteStore(file, "notes", CODEC), failed)
        await file.close()

    asyncio.run(body())


def test_a_disk_full_from_the_start_is_refused(small_disk: Path) -> None:
    (small_disk / "other").write_bytes(bytes(2 << 20))
    assert "full" in refused(small_disk / "shop.db")
    (small_disk / "other").unlink()
    asyncio.run(SqliteFile(small_disk / "shop.db").close())


HOLD_THE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
"""


def test_a_lock_held_by_another_process_makes_commits_wait_and_then_fail_for_now(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"

    async def body() -> None:
        file = SqliteFile(path, busy_timeout_s=0.1)
        store = SqliteStore(file, "notes", CODEC)
        await store.commit([Unit((note(1),))])
        holder = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HOLD_THE_LOCK, path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        with pytest.raises(Unavailable, match="locked by another process"):
            await store.commit([Unit((note(2),))])
        assert await store.get("Note", 1) == note(1), "readers never wait"
        assert await store.get("Note", 2) is None
        await holder.communicate(b"go\n")
        assert await store.commit([Unit((note(2),))]) == [Outcome.COMMITTED]
        await file.close()

    asyncio.run(body())


def test_a_name_that_had_no_number_is_found_once_anybody_has_given_it_one(tmp_path: Path) -> None:
    async def body() -> None:
        one, two = SqliteFile(tmp_path / "shop.db"), SqliteFile(tmp_path / "shop.db")
        assert one.number("Note") is None
        assert one.number("Note") is None
        await two.give_numbers(["Note"])
        await asyncio.sleep(0)
        assert one.number("Note") == two.number("Note") == 1
        assert one.number("Page") is None
        await one.give_numbers(["Page"])
        assert one.number("Page") == 2
        await asyncio.gather(one.close(), two.close())

    asyncio.run(body())
