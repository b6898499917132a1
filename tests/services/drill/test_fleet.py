"""Processes of a drill are started again when they die, unless they are held down, and end when they are asked to."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bookdelivery.services.drill.fleet import Process, ProcessFailed

PATIENCE_S = 120.0


async def _always() -> bool:
    return True


async def _never() -> bool:
    return False


@asynccontextmanager
async def running(folder: Path, command: str = "echo up; exec sleep 1000") -> AsyncIterator[Process]:
    process = Process("sleeper", ["sh", "-c", command], folder / "log", _always, restart_after_s=0.01)
    process.start()
    try:
        await process.ready(PATIENCE_S)
        yield process
    finally:
        await process.end(PATIENCE_S)
        assert process.pid is None


async def eventually(happens: Callable[[], bool]) -> None:
    """Wait until it does."""
    async with asyncio.timeout(PATIENCE_S):
        while not happens():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


def lives(pid: int) -> bool:
    """Say whether a process has not ended, be it that nobody has looked at its end yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def another_than(process: Process, pid: int | None) -> None:
    """Wait until it runs as another."""
    await eventually(lambda: process.pid not in (None, pid))


def test_a_killed_process_is_started_again_under_another_id(tmp_path: Path) -> None:
    async def body() -> None:
        async with running(tmp_path) as process:
            pid = process.pid
            assert process.kill()
            await another_than(process, pid)
            assert process.deaths == {-signal.SIGKILL: 1}

    asyncio.run(body())


def test_one_that_is_held_down_stays_down_until_it_is_released(tmp_path: Path) -> None:
    async def body() -> None:
        async with running(tmp_path) as process:
            pid = process.pid
            process.hold()
            process.kill()
            await eventually(lambda: bool(process.deaths))
            await asyncio.sleep(0.2)
            assert process.pid is None
            assert not process.kill()
            process.release()
            await another_than(process, pid)

    asyncio.run(body())


def test_all_that_a_process_has_started_goes_with_it(tmp_path: Path) -> None:
    async def body() -> None:
        async with running(tmp_path, f"sleep 1000 & echo $! > {tmp_path}/child; wait") as process:
            child = tmp_path / "child"
            await eventually(lambda: child.exists() and child.read_text().endswith("\n"))
            pid = int(child.read_text())
            process.hold()
            process.kill()
            await eventually(lambda: not lives(pid))
            process.release()

    asyncio.run(body())


def test_one_that_never_answers_is_told_with_its_last_words(tmp_path: Path) -> None:
    async def body() -> None:
        async with running(tmp_path, "echo no disk left; exec sleep 1000") as process:
            await eventually(lambda: "no disk left" in (tmp_path / "log").read_text())
            process._answers = _never
            with pytest.raises(
                ProcessFailed, match=r"sleeper gives no answer for 0\.1 s; its last words:\nno disk left"
            ):
                await process.ready(0.1)

    asyncio.run(body())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes where Linux lists them")
def test_what_left_the_group_of_its_parent_is_stopped_and_killed_with_it_all_the_same(tmp_path: Path) -> None:
    def state(pid: int) -> str:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]

    async def body() -> None:
        async with running(tmp_path, f"setsid sleep 1000 & echo $! > {tmp_path}/child; wait") as process:
            child = tmp_path / "child"
            await eventually(lambda: child.exists() and child.read_text().endswith("\n"))
            pid = int(child.read_text())
            await eventually(lambda: os.getsid(pid) != process.pid)
            process.signal(signal.SIGSTOP)
            await eventually(lambda: state(pid) == "T")
            process.signal(signal.SIGCONT)
            await eventually(lambda: state(pid) != "T")
            process.hold()
            process.kill()
            await eventually(lambda: not lives(pid))
            process.release()

    asyncio.run(body())
