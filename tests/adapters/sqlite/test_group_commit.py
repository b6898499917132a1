"""What waits is committed together, and nobody pays for another's mistake."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.kernel.errors import Unavailable

Body = Callable[[SqliteFile], Awaitable[None]]


def on_a_file(path: Path, body: Body) -> None:
    """Run a test's body on a file with a table of numbers."""

    async def run() -> None:
        file = SqliteFile(path)
        try:
            file.create_tables("CREATE TABLE IF NOT EXISTS numbers (number UNIQUE)")
            await body(file)
        finally:
            await file.close()

    asyncio.run(run())


def insert(connection: sqlite3.Connection, requests: Sequence[object]) -> Sequence[int]:
    """Write numbers; each learns how many went into one transaction with it."""
    for number in requests:
        connection.execute("INSERT INTO numbers VALUES (?)", (number,))
    return [len(requests)] * len(requests)


def numbers(file: SqliteFile) -> list[object]:
    return [number for (number,) in file.read("SELECT number FROM numbers ORDER BY rowid")]


def commits(file: SqliteFile) -> int:
    ((number,),) = file.read("SELECT commits FROM pulse")
    return int(number)


def test_what_is_asked_for_at_once_is_one_commit_in_the_order_of_asking(tmp_path: Path) -> None:
    async def body(file: SqliteFile) -> None:
        before = commits(file)
        assert await asyncio.gather(*(file.write(insert, number) for number in range(50))) == [50] * 50
        assert commits(file) == before + 1
        assert numbers(file) == list(range(50))

    on_a_file(tmp_path / "shop.db", body)


def test_what_is_asked_for_during_a_commit_makes_up_the_next_one(tmp_path: Path) -> None:
    async def body(file: SqliteFile) -> None:
        before = commits(file)

        async def often(first: int) -> None:
            for number in range(first, first + 20):
                await file.write(insert, number)

        await asyncio.gather(*(often(1000 * one) for one in range(30)))
        assert len(numbers(file)) == 600
        assert commits(file) - before <= 100

    on_a_file(tmp_path / "shop.db", body)


def test_one_that_cannot_be_written_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    async def body(file: SqliteFile) -> None:
        asked = [file.write(insert, number) for number in (1, 2, 1, 2**70, "\ud800", 3)]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [
            int,
            int,
            sqlite3.IntegrityError,
            OverflowError,
            UnicodeEncodeError,
            int,
        ]
        assert numbers(file) == [1, 2, 3]
        assert await file.write(insert, 4) == 1

    on_a_file(tmp_path / "shop.db", body)


def test_what_is_to_follow_a_commit_happens_before_anybody_learns_of_it(tmp_path: Path) -> None:
    async def body(file: SqliteFile) -> None:
        seen: list[str] = []
        await file.write(insert, 1, lambda number, result: seen.append(f"{number} {result}"))
        assert seen == ["1 1"]
        with pytest.raises(sqlite3.IntegrityError):
            await file.write(insert, 1, lambda *_: seen.append("not written, but told"))
        assert seen == ["1 1"]

    on_a_file(tmp_path / "shop.db", body)


def test_giving_up_waiting_leaves_the_others_and_the_file_unharmed(tmp_path: Path) -> None:
    async def body(file: SqliteFile) -> None:
        given_up = asyncio.create_task(file.write(insert, 1))
        staying = asyncio.create_task(file.write(insert, 2))
        await asyncio.sleep(0)
        given_up.cancel()
        assert await staying in (1, 2)
        assert given_up.cancelled()
        assert 2 in numbers(file)
        assert file.is_current()

    on_a_file(tmp_path / "shop.db", body)


def test_closing_finishes_what_was_asked_for(tmp_path: Path) -> None:
    async def body() -> None:
        file = SqliteFile(tmp_path / "shop.db")
        file.create_tables("CREATE TABLE IF NOT EXISTS numbers (number UNIQUE)")
        asked = [asyncio.create_task(file.write(insert, number)) for number in range(5)]
        await asyncio.sleep(0)
        await file.close()
        assert await asyncio.gather(*asked) == [5] * 5
        with pytest.raises(Unavailable, match="was closed"):
            await file.write(insert, 6)
        file = SqliteFile(tmp_path / "shop.db")
        assert numbers(file) == list(range(5))
        await file.close()

    asyncio.run(body())


def test_an_event_loop_that_ended_in_mid_commit_does_not_stop_the_next_one(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "shop.db")
    file.create_tables("CREATE TABLE IF NOT EXISTS numbers (number UNIQUE)")

    async def leave_behind() -> None:
        for number in range(20):
            asyncio.get_running_loop().create_task(file.write(insert, number))
            await asyncio.sleep(0)

    async def go_on() -> None:
        assert await file.write(insert, 99) >= 1
        assert file.is_current()
        assert file.read("SELECT count(*) FROM numbers WHERE number = 99") == [(1,)]
        await file.close()

    for _ in range(3):
        asyncio.run(leave_behind())
        gc.collect()
    asyncio.run(go_on())


def test_caches_are_told_to_forget_when_somebody_else_committed_and_only_then(tmp_path: Path) -> None:
    async def body(file: SqliteFile) -> None:
        forgotten: list[int] = []
        assert file.is_current()
        file.on_foreign_commit(lambda: forgotten.append(commits(file)))
        another = SqliteFile(tmp_path / "shop.db")
        try:
            for number in range(5):
                await file.write(insert, number)
                assert file.is_current()
            assert forgotten == []
            await another.write(insert, 10)
            assert file.is_current()
            assert len(forgotten) == 1
            assert file.is_current()
            await asyncio.gather(another.write(insert, 11), file.write(insert, 12))
            await asyncio.sleep(0)
            assert file.is_current()
            assert len(forgotten) == 2
        finally:
            await another.close()

    on_a_file(tmp_path / "shop.db", body)


def wait_for_commits(file: SqliteFile, number: int) -> None:
    """Block this thread, and with it the event loop, until the file has as many commits and the writer had its time."""
    while commits(file) < number:
        time.sleep(0.001)
    time.sleep(0.02)


def test_caches_are_trusted_while_an_own_commit_is_on_its_way_but_not_if_somebody_elses_is_before_it(
    tmp_path: Path,
) -> None:
    async def body(file: SqliteFile) -> None:
        another = SqliteFile(tmp_path / "shop.db")
        try:
            for foreign in (False, True):
                before = commits(file)
                if foreign:
                    await another.write(insert, 10)
                own = asyncio.create_task(file.write(insert, 20 + foreign))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                wait_for_commits(file, before + 1 + foreign)
                assert file.is_current() is not foreign
                await own
                await asyncio.sleep(0)
                assert file.is_current()
        finally:
            await another.close()

    on_a_file(tmp_path / "shop.db", body)


def test_what_is_committed_for_a_loop_that_ended_counts_as_somebody_elses(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "shop.db")
    file.create_tables("CREATE TABLE IF NOT EXISTS numbers (number UNIQUE)")
    forgotten: list[int] = []
    file.on_foreign_commit(lambda: forgotten.append(commits(file)))
    holder = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)

    async def leave_behind() -> None:
        holder.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().create_task(file.write(insert, 1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def go_on() -> None:
        assert file.is_current()
        before, known = len(forgotten), commits(file)
        holder.execute("COMMIT")
        wait_for_commits(file, known + 1)
        await asyncio.sleep(0)
        assert file.is_current()
        assert len(forgotten) == before + 1
        await file.close()

    asyncio.run(leave_behind())
    asyncio.run(go_on())
    holder.close()
    assert numbers_in(tmp_path / "shop.db") == [1]


def numbers_in(path: Path) -> list[object]:
    with closing(sqlite3.connect(path)) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM numbers")]


def test_a_request_whose_loop_was_torn_down_before_the_turn_ended_is_written_with_the_next_loops(
    tmp_path: Path,
) -> None:
    file = SqliteFile(tmp_path / "shop.db")
    file.create_tables("CREATE TABLE IF NOT EXISTS numbers (number UNIQUE)")

    def tear_down() -> None:
        raise SystemExit

    async def go_on() -> None:
        await file.write(insert, 2)
        await file.close()

    loop = asyncio.new_event_loop()
    request = file.write(insert, 1)
    loop.call_soon(lambda: request.send(None))
    loop.call_soon(tear_down)
    with pytest.raises(SystemExit):
        loop.run_forever()
    request.close()
    loop.close()
    asyncio.run(go_on())
    assert numbers_in(tmp_path / "shop.db") == [1, 2]
