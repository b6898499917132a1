"""Kills file stores at the steps they take: `python -m tests.adapters.stores.file_deaths DIRECTORY STRIDE`.

A step is a call of the operating system that changes something. This process makes one child for each STRIDE-th
of these moments, lets it die there as by `kill -9`, and looks at what it left behind with the eyes of the next process.
Children are forked, as hundreds of interpreters would take minutes to start; fork copies what was not written yet, so a
death costs no more than a commit.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bookdelivery.adapters.conformance.samples import CODEC, envelope, note, page
from bookdelivery.adapters.stores.files import FileStore, generations
from bookdelivery.kernel.ports import Handled, Outcome, Unit

STEPS = ("write", "ftruncate", "rename", "replace", "unlink", "mkdir", "open")
"""The functions of `os` that a store's work goes through."""

UNITS = 6
"""So many units one child commits, with a checkpoint after every few."""


def unit(key: int) -> Unit:
    """Make a unit that leaves three traces."""
    return Unit((note(key, author_id=5),), (envelope(key, id=f"event {key}"),), (Handled("stock", f"m{key}"),), at=5.0)


async def work(path: Path, acknowledge: Callable[[int], object]) -> None:
    """Commit, send, purge, forget and reserve, saying what was acknowledged."""
    store = FileStore(path, "notes", CODEC, checkpoint_bytes=1000)
    for key in range(1, UNITS + 1):
        assert await store.commit([unit(key)]) == [Outcome.COMMITTED]
        acknowledge(key)
        if key == 4:
            await store.commit([Unit((page(1),), handled=(Handled("pages", "m"),), at=9.0)])
            await store.forget("Page", "pages")
            await store.mark_sent([1, 2], at=2.0)
            await store.purge(before=3.0)
            await store.commit([Unit((note(1, 2, id=77, author_id=6),))])
    await store.close()


async def look(path: Path, acknowledged: set[int]) -> None:
    """See that every unit is there with all its traces or with none, the acknowledged ones among them; and go on."""
    store = FileStore(path, "notes", CODEC, synchronous="NORMAL")
    kept = {record.key for record in await store.list("Note")}
    assert acknowledged <= kept, f"{acknowledged - kept} were acknowledged and are gone"
    assert kept <= acknowledged | {max(acknowledged, default=0) + 1}, f"{kept} is more than was ever asked for"
    log = await store.log()
    purged = set() if await store.purged_before() is None else {1, 2}
    assert [outgoing.envelope.key for outgoing in log] == sorted(kept - purged)
    assert [outgoing.position for outgoing in log] == sorted(kept - purged)
    for key in kept - purged:
        outcomes = await store.commit([Unit(handled=(Handled("stock", f"m{key}"),))])
        assert outcomes == [Outcome.DUPLICATE], f"{key} is there and its mark is not"
        found = await store.find("Note", 1000 + key)
        assert found == note(key, author_id=5) or key == 1
    assert len(await store.list("Note", owner=5)) + len(await store.list("Note", owner=6)) == len(kept)
    following = max(kept, default=0) + 1
    assert await store.commit([unit(following)]) == [Outcome.COMMITTED], f"{following} left a part of it"
    await store.close()
    again = FileStore(path, "notes", CODEC, synchronous="NORMAL")
    assert {record.key for record in await again.list("Note")} == kept | {following}
    await again.close()


class Countdown:
    """Dies at a moment of the work: before a step or, where it is a write, in the middle of it.

    After a step is before the next one, as what comes between changes nothing outside.
    """

    def __init__(self, moment: int) -> None:
        self.left = moment
        self.passed: Counter[str] = Counter()

    def around(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """Put a function in place of a step."""

        def step(*args: Any, **kwargs: Any) -> Any:
            self.pass_by(f"before {name}")
            if name == "write" and len(args[1]) > 1:
                written: int = real(args[0], args[1][: len(args[1]) // 2])
                self.pass_by("within write")
                return written + real(args[0], args[1][written:])
            return real(*args, **kwargs)

        return step

    def pass_by(self, moment: str) -> None:
        """Come to a moment."""
        self.passed[moment] += 1
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def forked(body: Callable[[], None]) -> int:
    """Do something in a child; gives how it ended."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            body()
            code = 0
        except BaseException:  # noqa: BLE001 - reported below, and nothing of the parent's may run in the child
            traceback.print_exc()
        os._exit(code)
    return os.waitpid(child, 0)[1]


def die(path: Path, moment: int) -> None:
    """Work until a moment, and tell in a file how far it got; at the end tell all the moments there were."""
    notes = os.open(path.with_suffix(".acknowledged"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    write, countdown = os.write, Countdown(moment)
    for name in STEPS:
        setattr(os, name, countdown.around(name, getattr(os, name)))
    # A killed process loses nothing that it wrote, on the disk or not, so nobody has to wait for the disk.
    os.fsync = countdown.around("fsync", lambda _: None)
    patch.object(generations, "everything_to_disk", countdown.around("syncfs", lambda _: None)).start()
    asyncio.run(work(path, lambda key: write(notes, b"%d\n" % key)))
    path.with_suffix(".moments").write_text(json.dumps(countdown.passed))


def main(directory: Path, stride: int) -> None:
    """Let one die at each moment of a stride, until one gets to the end."""
    moment = deaths = 0
    path = directory / "shop"
    while not path.with_suffix(".moments").exists():
        moment += stride
        deaths += 1
        shutil.rmtree(path, ignore_errors=True)
        path.with_suffix(".acknowledged").unlink(missing_ok=True)
        ended = forked(partial(die, path, moment))
        assert ended in (0, signal.SIGKILL), f"died otherwise at moment {moment}: {ended}"
        acknowledged = {int(line) for line in path.with_suffix(".acknowledged").read_text().split()}
        looked = forked(lambda: asyncio.run(look(path, acknowledged)))  # noqa: B023 - called at once
        assert looked == 0, f"after a death at moment {moment}"
    moments = json.loads(path.with_suffix(".moments").read_text())
    sys.stdout.write(json.dumps({"deaths": deaths - 1, "moments": moments}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
