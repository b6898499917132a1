"""Files survive the end of their writer at any step and any byte, a full disk, and other processes."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bookdelivery.adapters.conformance.samples import CODEC, envelope, note
from bookdelivery.adapters.stores.files import FileStore
from bookdelivery.adapters.stores.files.lines import line, read
from bookdelivery.kernel.errors import UnusableStore
from bookdelivery.kernel.ports import Handled, Outcome, Unit
from tests.adapters.stores.file_deaths import STEPS, unit
from tests.survival.full_disk import SmallDisk

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_a_death_at_any_step_leaves_each_unit_whole_or_not_at_all(tmp_path: Path, stride: int) -> None:
    command = [sys.executable, "-m", "tests.adapters.stores.file_deaths", str(tmp_path), str(stride)]
    drill = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert drill.returncode == 0, drill.stderr
    result = json.loads(drill.stdout)
    assert result["deaths"] > 90 // stride
    # Nothing is cut off and nothing renamed otherwise in a life without a death.
    steps = {*STEPS, "fsync", "syncfs"} - {"ftruncate", "rename"}
    assert set(result["moments"]) == {f"before {step}" for step in steps} | {"within write"}


def test_a_line_torn_at_any_byte_is_none(tmp_path: Path) -> None:
    lines = [line(b'{"text":"%d"}' % number) for number in range(3)]
    data = b"".join(lines)
    for place in range(len(data) + 1):
        found = read(data[:place], tmp_path)
        whole = place // len(lines[0])
        assert list(found.payloads) == [b'{"text":"%d"}' % number for number in range(whole)]
        assert found.length == whole * len(lines[0])


async def _work(path: Path, keys: Iterator[int]) -> None:
    store = FileStore(path, "notes", CODEC, synchronous="NORMAL")
    for key in keys:
        assert await store.commit([unit(key)]) == [Outcome.COMMITTED]
    await asyncio.to_thread(shutil.copytree, path, path.with_name("cut"))
    await store.close()


async def _whole_units(path: Path) -> set[int]:
    """Open what is left, see that it is whole and can be worked with, and give what is there."""
    store = FileStore(path, "notes", CODEC, synchronous="NORMAL", checkpoint_bytes=10**9)
    keys = {record.key for record in await store.list("Note")}
    assert {one.envelope.key for one in await store.log()} == keys
    marks = await store.commit([Unit(handled=(Handled("stock", f"m{key}"),)) for key in (1, 2, 3)])
    assert {key for key, outcome in zip((1, 2, 3), marks, strict=True) if outcome is Outcome.DUPLICATE} == keys
    await store.close()
    return keys


@pytest.mark.parametrize(
    ("tail", "stride"),
    [
        pytest.param(b"", 31, id="torn"),
        pytest.param(b"", 1, id="torn at every byte", marks=pytest.mark.slow),
        pytest.param(b"\0" * 300, 97, id="zeros"),
        pytest.param(b"\xff\n\n garbage", 97, id="garbage"),
    ],
)
def test_a_journal_torn_at_any_byte_gives_the_units_before_and_nothing_of_the_torn_one(
    tmp_path: Path, tail: bytes, stride: int
) -> None:
    asyncio.run(_work(tmp_path / "shop", iter((1, 2, 3))))
    journal = tmp_path / "cut" / "notes" / "journal-0.jsonl"
    whole = journal.read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    # The lines are alike, so the bytes of the second stand for all.
    places = range(ends[0] - 1, ends[1], stride)
    for place in (0, 1, *places, ends[1] - 1, ends[1], ends[2] - 1, ends[2]):
        journal.write_bytes(whole[:place] + tail)
        for ledger in journal.parent.glob("*-1.jsonl"):
            ledger.unlink()
        shutil.rmtree(journal.parent / "records", ignore_errors=True)
        keys = asyncio.run(_whole_units(tmp_path / "cut"))
        assert keys == {number for number, end in enumerate(ends, 1) if end <= place}


def test_a_line_damaged_later_on_is_no_torn_one_and_is_refused_with_its_place(tmp_path: Path) -> None:
    asyncio.run(_work(tmp_path / "shop", iter((1, 2, 3))))
    journal = tmp_path / "cut" / "notes" / "journal-0.jsonl"
    whole = journal.read_bytes()
    second = whole.index(b"\n") + 1
    damaged = whole[: second + 60] + b"#" + whole[second + 61 :]
    journal.write_bytes(damaged)
    with pytest.raises(UnusableStore, match=f"journal-0.jsonl: it is damaged at byte {second}; whole lines follow"):
        FileStore(tmp_path / "cut", "notes", CODEC)
    assert journal.read_bytes() == damaged


def test_a_full_disk_is_said_and_nothing_of_the_commit_stays(tmp_path: Path) -> None:
    async def body() -> None:
        store = FileStore(tmp_path / "shop", "notes", CODEC)
        assert await store.commit([unit(1)]) == [Outcome.COMMITTED]
        full = OSError(errno.ENOSPC, "No space left on device")

        def half(fd: int, data: Any) -> int:
            if len(data) < 100:
                raise full
            return write(fd, data[: len(data) // 2])

        write = os.write
        for broken in (patch.object(os, "write", half), patch.object(os, "fsync", side_effect=full)):
            with broken, pytest.raises(UnusableStore, match=r"shop/notes: the disk is full; nothing of this was"):
                await store.commit([unit(2)])
            assert await store.get("Note", 2) is None
        assert await store.commit([unit(2)]) == [Outcome.COMMITTED], "there is room again"
        await store.close()
        assert await _whole_units(tmp_path / "shop") == {1, 2}

    asyncio.run(body())


def test_a_file_system_that_fills_up_costs_no_acknowledged_commit(tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.mkdir()

    async def body(disk: SmallDisk) -> None:
        store = FileStore(place / "shop", "notes", CODEC, checkpoint_bytes=4000)
        done, full = 0, ""
        disk.fill()
        while not full:
            try:
                assert await store.commit([unit(done + 1)]) == [Outcome.COMMITTED]
                done += 1
            except UnusableStore as error:
                full = str(error)
        assert "the disk is full" in full
        disk.make_room()
        assert await store.commit([unit(done + 1)]) == [Outcome.COMMITTED]
        await store.close()
        again = FileStore(place / "shop", "notes", CODEC)
        assert [record.key for record in await again.list("Note")] == list(range(1, done + 2))
        await again.close()

    with SmallDisk.mounted(place, kilobytes=600) as disk:
        asyncio.run(body(disk))


def test_a_checkpoint_that_fails_is_no_failure_of_the_commit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> None:
        store = FileStore(tmp_path / "shop", "notes", CODEC, synchronous="NORMAL", checkpoint_bytes=1)
        with patch.object(Path, "mkdir", side_effect=OSError(errno.EDQUOT, "Disk quota exceeded")):
            assert await store.commit([unit(1)]) == [Outcome.COMMITTED]
        assert "quota" in caplog.text
        assert await store.commit([unit(2)]) == [Outcome.COMMITTED]
        await store.close()
        assert {path.name for path in (tmp_path / "shop").rglob("Note/*")} == {"1.json", "2.json"}
        assert await _whole_units(tmp_path / "shop") == {1, 2}

    asyncio.run(body())


def test_a_commit_whose_answer_was_cancelled_is_there_or_not_and_can_be_asked_for_again(tmp_path: Path) -> None:
    async def body() -> None:
        store = FileStore(tmp_path / "shop", "notes", CODEC)
        asking = asyncio.create_task(store.commit([Unit((note(1),), (envelope(1),), (Handled("stock", "m"),))]))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        again = Unit((note(1),), (envelope(1),), (Handled("stock", "m"),))
        assert await store.commit([again]) in ([Outcome.DUPLICATE], [Outcome.COMMITTED])
        assert len(await store.log()) == 1
        await store.close()

    asyncio.run(body())
