"""Several real processes on one SQLite file, and processes killed in the middle of their work."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bookdelivery.adapters.conformance.broker_factory import contents, fetch
from bookdelivery.adapters.conformance.samples import CODEC, envelope, note
from bookdelivery.adapters.sqlite import SqliteBroker, SqliteFile, SqliteIds, SqliteStore
from bookdelivery.adapters.sqlite.processes import is_gone, this_process
from bookdelivery.kernel.ports import Handled, Outcome, Unit

ROOT = Path(__file__).parents[3]


async def start(what: str, *arguments: object) -> asyncio.subprocess.Process:
    """Start another process; see `workers`."""
    command = [sys.executable, "-m", "tests.adapters.sqlite.workers", what, *map(str, arguments)]
    return await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, cwd=ROOT)


async def said(process: asyncio.subprocess.Process) -> str:
    """Wait for the next line a process says."""
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


def test_two_processes_that_write_at_once_lose_nothing_and_find_each_others_changes(tmp_path: Path) -> None:
    async def body() -> None:
        # Both also create the file at the same moment.
        workers = [await start("count_up", tmp_path / "shop.db", 60) for _ in range(2)]
        assert [await said(worker) for worker in workers] == ["ready", "ready"]
        file = SqliteFile(tmp_path / "shop.db")
        store = SqliteStore(file, "notes", CODEC)
        await store.commit([Unit((note(2),))])
        conflicts = sum([int(await said(worker)) for worker in workers])
        assert [await worker.wait() for worker in workers] == [0, 0]
        assert conflicts > 0, "they did not meet, so the test shows nothing"
        record = await store.get("Note", 1)
        assert record is not None
        assert record.version == 120
        assert len({outgoing.envelope.id for outgoing in await store.log()}) == 120
        await file.close()

    asyncio.run(body())


def test_who_never_stops_writing_on_a_slow_disk_soon_lets_another_process_open_the_file_and_write(
    tmp_path: Path,
) -> None:
    def commits() -> int:
        with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
            return int(connection.execute("SELECT commits FROM pulse").fetchone()[0])

    async def body() -> None:
        worker = await start("commit_slowly", tmp_path / "shop.db")
        try:
            assert await said(worker) == "ready"
            before = commits()
            for _ in range(3):
                file = SqliteFile(tmp_path / "shop.db", busy_timeout_s=60)
                store = SqliteStore(file, "others", CODEC)
                assert await store.commit([Unit((), (envelope(1),))]) == [Outcome.COMMITTED]
                await file.close()
            assert worker.returncode is None
            assert 3 <= commits() - before < 100
        finally:
            worker.kill()
            await worker.wait()

    asyncio.run(body())


def test_a_record_kept_from_before_is_read_anew_once_another_process_changed_it(tmp_path: Path) -> None:
    async def body() -> None:
        file = SqliteFile(tmp_path / "shop.db")
        store = SqliteStore(file, "notes", CODEC)
        await store.commit([Unit((note(1),)), Unit((note(2),))])
        assert await store.get("Note", 1) == note(1)
        worker = await start("count_up", tmp_path / "shop.db", 3)
        await worker.wait()
        assert await store.get("Note", 1) == note(1, 4)
        assert await store.commit([Unit((note(1, 2),))]) == [Outcome.CONFLICT]
        await file.close()

    asyncio.run(body())


def test_after_a_kill_everything_acknowledged_is_there_and_nothing_by_halves(tmp_path: Path) -> None:
    rng = random.Random(7)

    async def body() -> None:
        acknowledged: set[int] = set()
        for round_ in range(5):
            worker = await start("commit", tmp_path / "shop.db", 1 + 100_000 * round_)
            for _ in range(rng.randrange(1, 60)):
                acknowledged.add(int(await said(worker)))
            await asyncio.sleep(rng.random() * 0.004)
            worker.send_signal(signal.SIGKILL)
            rest, _ = await worker.communicate()
            acknowledged |= {int(line) for line in rest.decode().splitlines(keepends=True) if line.endswith("\n")}
            assert await worker.wait() == -signal.SIGKILL
            file = SqliteFile(tmp_path / "shop.db")
            store = SqliteStore(file, "notes", CODEC)
            records = {record.key for record in await store.list("Note", limit=1_000_000)}
            assert acknowledged <= records
            assert {outgoing.envelope.key for outgoing in await store.log(limit=1_000_000)} == records
            assert {outgoing.envelope.key for outgoing in await store.waiting(limit=1_000_000)} == records
            beyond = max(records) + 1
            marks = [Unit(handled=(Handled("stock", f"m{key}"),)) for key in (*records, beyond)]
            outcomes = dict(zip((*records, beyond), await store.commit(marks), strict=True))
            assert outcomes.pop(beyond) is Outcome.COMMITTED
            assert set(outcomes.values()) == {Outcome.DUPLICATE}
            await file.close()

    asyncio.run(body())


def test_messages_of_another_process_arrive_without_anything_else_happening(tmp_path: Path) -> None:
    async def body() -> None:
        file = SqliteFile(tmp_path / "shop.db")
        broker = SqliteBroker(file, CODEC)
        member = await broker.subscribe("stock")
        worker = await start("publish", tmp_path / "shop.db", 40)
        assert sorted(one.key for one in contents(await fetch(member, 40))) == list(range(40))
        assert await worker.wait() == 0
        await broker.close()
        await file.close()

    asyncio.run(body())


def test_a_killed_members_partitions_go_to_whoever_joins_at_once(tmp_path: Path) -> None:
    async def body() -> None:
        file = SqliteFile(tmp_path / "shop.db")
        broker = SqliteBroker(file, CODEC, lease_s=3600)
        await broker.publish([envelope(key) for key in range(50)])
        dead = await start("take", tmp_path / "shop.db", "die")
        assert await said(dead) == " ".join(map(str, range(12)))
        await dead.wait()
        heir = await broker.subscribe("stock")
        assert len(await fetch(heir, 50)) == 50
        await broker.close()
        await file.close()

    asyncio.run(body())


def test_a_killed_members_partitions_go_to_those_who_are_there(tmp_path: Path) -> None:
    async def body() -> None:
        file = SqliteFile(tmp_path / "shop.db")
        broker = SqliteBroker(file, CODEC, lease_s=1.0)
        member = await broker.subscribe("stock")
        await broker.publish([envelope(key) for key in range(50)])
        await member.acknowledge(await fetch(member, 50))
        await broker.publish([envelope(key) for key in range(50)])
        dead = await start("take", tmp_path / "shop.db", "die")
        lost = set(map(int, (await said(dead)).split()))
        await dead.wait()
        assert len(lost) == 6
        seen: set[tuple[int, int]] = set()
        while len(seen) < 50:
            seen |= {(one.partition, one.offset) for one in await member.fetch()}
        assert lost <= {partition for partition, _ in seen}
        await broker.close()
        await file.close()

    asyncio.run(body())


def test_a_member_that_hangs_loses_its_partitions_after_its_lease(tmp_path: Path) -> None:
    async def body() -> None:
        file = SqliteFile(tmp_path / "shop.db")
        broker = SqliteBroker(file, CODEC, lease_s=0.6)
        await broker.publish([envelope(key) for key in range(50)])
        hanging = await start("take", tmp_path / "shop.db", "hang")
        try:
            assert await said(hanging) == " ".join(map(str, range(12)))
            heir = await broker.subscribe("stock")
            seen: set[tuple[int, int]] = set()
            while len(seen) < 50:
                seen |= {(one.partition, one.offset) for one in await heir.fetch()}
            assert heir.partitions == tuple(range(12))
        finally:
            hanging.kill()
            await hanging.wait()
        await broker.close()
        await file.close()

    asyncio.run(body())


def test_a_crash_never_brings_an_id_back(tmp_path: Path) -> None:
    async def body() -> None:
        given: list[int] = []
        for _ in range(3):
            worker = await start("number", tmp_path / "shop.db", 70)
            given += map(int, (await said(worker)).split())
            await worker.wait()
        assert given[:70] == list(range(1, 71))
        assert len(set(given)) == 210
        assert max(given) < 500, "no more than a block is lost each time"
        file = SqliteFile(tmp_path / "shop.db")
        assert await SqliteIds(file).next("Note") > max(given)
        await file.close()

    asyncio.run(body())


def test_a_process_is_told_from_one_that_has_ended() -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("there is no /proc to tell by")
    mine = this_process()
    assert not is_gone(mine)
    pid, started, boot, namespace = mine.split(" ")
    assert is_gone(f"{pid} {int(started) + 1} {boot} {namespace}"), "the number was given to another one"
    assert is_gone(f"{pid} {started} an-earlier-boot {namespace}")
    assert not is_gone(f"{pid} {int(started) + 1} {boot} pid:[another-container]"), "that cannot be told"
    assert not is_gone(f"{pid} ? {boot} {namespace}")
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    assert is_gone(f"{int(ended.stdout)} 1 {boot} {namespace}")


def test_a_zombie_has_ended_too() -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("there is no /proc to tell by")
    _, _, boot, namespace = this_process().split(" ")
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    started = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[19]
    assert not is_gone(f"{child.pid} {started} {boot} {namespace}")
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(f"{child.pid} {started} {boot} {namespace}")
    child.communicate()
