"""What the tests' other processes do with a store: `python -m tests.adapters.stores.workers WHAT URL CONTEXT ...`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from bookdelivery.adapters.conformance.samples import CODEC, envelope, note
from bookdelivery.adapters.stores.files import FileStore
from bookdelivery.kernel.ports import Handled, Outcome, Store, Unit

ROOT = Path(__file__).parents[3]


def opened(url: str, context: str, **settings: Any) -> Store:
    """Open a context's store, patiently unless told otherwise."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileStore(parts.path, context, CODEC, **{"lock_timeout_s": 120, **settings})
    if parts.scheme == "redis":
        from bookdelivery.adapters.stores.redis import RedisStore

        return RedisStore(url, context, CODEC)
    from bookdelivery.adapters.stores.sql import SqlSettings, SqlStore
    from tests.adapters.stores.databases import PATIENT

    return SqlStore(url, context, CODEC, SqlSettings(**settings) if settings else PATIENT)


async def start(what: str, *arguments: object) -> asyncio.subprocess.Process:
    """Start another process."""
    command = [sys.executable, "-m", "tests.adapters.stores.workers", what, *map(str, arguments)]
    return await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, cwd=ROOT)


async def said(process: asyncio.subprocess.Process) -> str:
    """Wait for the next line a process says."""
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


def say(text: object) -> None:
    """Tell the test something at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def marked(key: int) -> Unit:
    """Make a unit of three traces."""
    return Unit((note(key),), (envelope(key, id=f"event {key}"),), (Handled("stock", f"m{key}"),))


# --- what they do -----------------------------------------------------------------------------------------------------


async def count_up(url: str, context: str, times: str) -> None:
    """Wait for record 2, then count record 1's version up in competition with others; say how often one was faster."""
    store = opened(url, context)
    await store.get("Note", 1)
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
            if list(await store.commit([unit])) == [Outcome.COMMITTED]:
                break
            conflicts += 1
    say(conflicts)
    await store.close()


async def commit(url: str, context: str, first: str) -> None:
    """Commit units of three traces each until killed; say each key that was acknowledged."""
    store = opened(url, context)

    async def one(key: int) -> None:
        assert list(await store.commit([marked(key)])) == [Outcome.COMMITTED]
        say(key)

    key = int(first)
    while True:
        await asyncio.gather(*(one(key + more) for more in range(7)))
        key += 7


async def freeze(url: str, context: str) -> None:
    """Stop as by SIGSTOP while holding the context's lock; say afterwards what became of the commit."""
    from bookdelivery.adapters.stores.sql.writing import Writing

    store = opened(url, context, idle_timeout_s=1.0)
    await store.get("Note", 1)
    lock = Writing.lock

    def lock_and_freeze(self: Writing, connection: Any) -> int:
        position = lock(self, connection)
        freezing.stop()
        say("frozen")
        os.kill(os.getpid(), signal.SIGSTOP)
        return position

    freezing = patch.object(Writing, "lock", lock_and_freeze)
    freezing.start()
    (outcome,) = await store.commit([marked(1)])
    say(outcome.name)
    await store.close()


WORK = {work.__name__: work for work in (count_up, commit, freeze)}

if __name__ == "__main__":
    asyncio.run(WORK[sys.argv[1]](*sys.argv[2:]))
