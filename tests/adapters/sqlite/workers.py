"""What the tests' other processes do: `python -m tests.adapters.sqlite.workers WHAT PATH ...`."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import time
from functools import partial
from typing import Any
from unittest.mock import patch

from bookdelivery.adapters.conformance.samples import CODEC, envelope, note
from bookdelivery.adapters.sqlite import SqliteBroker, SqliteFile, SqliteIds, SqliteStore
from bookdelivery.kernel.ports import Handled, Outcome, Unit


def say(text: object) -> None:
    """Tell the test something at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def count_up(path: str, times: str) -> None:
    """Wait for record 2, then count record 1's version up in competition with others; say how often one was faster."""
    file = SqliteFile(path, busy_timeout_s=30)
    store = SqliteStore(file, "notes", CODEC)
    say("ready")
    while await store.get("Note", 2) is None:  # noqa: ASYNC110 - it is another process that this waits for
        await asyncio.sleep(0.001)
    conflicts = 0
    for number in range(int(times)):
        while True:
            found = await store.get("Note", 1)
            unit = Unit(
                (note(1, 1 if found is None else found.version + 1),), (envelope(1, id=f"{os.getpid()} {number}"),)
            )
            if await store.commit([unit]) == [Outcome.COMMITTED]:
                break
            conflicts += 1
    say(conflicts)
    await file.close()


async def commit(path: str, first: str) -> None:
    """Commit units of three traces each until killed; say each key that was acknowledged."""
    store = SqliteStore(SqliteFile(path), "notes", CODEC)

    async def one(key: int) -> None:
        unit = Unit((note(key),), (envelope(key, id=f"event {key}"),), (Handled("stock", f"m{key}"),))
        assert await store.commit([unit]) == [Outcome.COMMITTED]
        say(key)

    key = int(first)
    while True:
        await asyncio.gather(*(one(key + more) for more in range(7)))
        key += 7


class _SlowDisk(sqlite3.Connection):
    """Holds the write lock for 50 ms a commit, as a slow disk makes it."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if sql == "COMMIT":
            time.sleep(0.05)
        return super().execute(sql, parameters)


async def commit_slowly(path: str) -> None:
    """Commit without a pause, on a slow disk, until killed; say so once it has begun."""
    with patch.object(sqlite3, "connect", partial(sqlite3.connect, factory=_SlowDisk)):
        store = SqliteStore(SqliteFile(path), "notes", CODEC)

    async def one_after_the_other(first: int) -> None:
        for key in range(first, 2**32, 2):
            assert await store.commit([Unit((note(key),))]) == [Outcome.COMMITTED]

    async with asyncio.TaskGroup() as tasks:
        # While one group is written, the next is already waiting.
        tasks.create_task(one_after_the_other(2))
        tasks.create_task(one_after_the_other(3))
        say("ready")


async def publish(path: str, number: str) -> None:
    """Publish messages one after the other."""
    file = SqliteFile(path)
    broker = SqliteBroker(file, CODEC)
    for key in range(int(number)):
        await broker.publish([envelope(key, id=f"{os.getpid()} {key}")])
    await broker.close()
    await file.close()


async def take(path: str, how: str) -> None:
    """Join the group, fetch without acknowledging, say the partitions; then be killed, or hang."""
    broker = SqliteBroker(SqliteFile(path), CODEC)
    member = await broker.subscribe("stock")
    await member.fetch()
    say(" ".join(map(str, member.partitions)))
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGSTOP)
    await member.fetch()


async def number(path: str, how_many: str) -> None:
    """Draw ids and say them; then be killed."""
    ids = SqliteIds(SqliteFile(path))
    say(" ".join([str(await ids.next("Note")) for _ in range(int(how_many))]))
    os.kill(os.getpid(), signal.SIGKILL)


WORK = {work.__name__: work for work in (count_up, commit, commit_slowly, publish, take, number)}

if __name__ == "__main__":
    asyncio.run(WORK[sys.argv[1]](*sys.argv[2:]))
