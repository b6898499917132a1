"""One context's data as files: a JSON document an aggregate."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bookdelivery.adapters.stores.files.changes import Forget, GiveBack, Purge, Reserve, Sent
from bookdelivery.adapters.stores.files.directory import context_directory, prepare
from bookdelivery.adapters.stores.files.keeper import Keeper
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ports import DeadLetter, Outcome, Outgoing, Purged, Record, Unit
from bookdelivery.kernel.wire import Codec


class FileStore:
    """Keeps one context's data in a directory of its own, below one that it may share with others.

    `records/KIND/KEY.json` is one aggregate or row, for anybody to read; `journal-N.jsonl` is what was committed since
    the documents were written, and `ledger-N.jsonl` what is neither: outbox, inbox, dead letters, sequences of ids.

    Guarantees: units are atomic, isolated and durable: a commit has reached the disk before it is acknowledged, and a
    process that is killed, or a power cut, at any byte leaves the state before or after it. Units of several tasks and
    processes of one computer are checked against each other by the versions of records, the ids taken and the inbox
    marks. Reads see the last commit of any process; they are answered from memory, where all the data are, too. So
    opening reads every file: a second for some ten thousand documents.

    For a context whose documents people and scripts want to read, or that lives where no database is. Not for network
    file systems, nor for Windows: the lock is flock(2), which the end of a process frees.

    Args:
        path: the directory that contexts share; made if it is not there, in one that is.
        context: the context's name, and that of its own directory.
        codec: knows the context's aggregates, rows and events.
        synchronous: "FULL", or "NORMAL": commits survive the end of the process, killed or not, but not a power cut.
        lock_timeout_s: seconds to wait while another process holds the lock.
        checkpoint_bytes: how long the journal becomes before the documents are written anew.

    Raises:
        InvalidField: an argument is not one of those.
        UnusableStore: the directory is not ours, a newer release's or damaged, or cannot be read and written.
        Unavailable: another process kept the lock for too long.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        context: str,
        codec: Codec,
        *,
        synchronous: str = "FULL",
        lock_timeout_s: float = 30.0,
        checkpoint_bytes: int = 4 * 1024 * 1024,
    ) -> None:
        if synchronous not in ("FULL", "NORMAL"):
            raise InvalidField("FileStore", "synchronous", synchronous, "FULL or NORMAL")
        if not 0 <= lock_timeout_s <= 3600:
            raise InvalidField("FileStore", "lock_timeout_s", lock_timeout_s, "from 0 to 3600 seconds")
        if type(checkpoint_bytes) is not int or checkpoint_bytes < 1:
            raise InvalidField("FileStore", "checkpoint_bytes", checkpoint_bytes, "a whole number, 1 or more")
        shared = Path(path).absolute()
        prepare(shared)
        self._keeper = Keeper(
            context_directory(shared, context),
            codec,
            durable=synchronous == "FULL",
            lock_timeout_s=lock_timeout_s,
            checkpoint_bytes=checkpoint_bytes,
        )

    async def get(self, kind: str, key: int) -> Record | None:
        """Read the record of a kind with this correlation key."""
        image = await self._keeper.current()
        with image.lock:
            shelf = image.shelves.get(kind)
            return None if shelf is None else shelf.get(key)

    async def find(self, kind: str, id: int) -> Record | None:
        """Read the record of a kind with this business id."""
        image = await self._keeper.current()
        with image.lock:
            shelf = image.shelves.get(kind)
            return None if shelf is None else shelf.find(id)

    async def list(self, kind: str, *, owner: int | None = None, after: int = 0, limit: int = 100) -> Sequence[Record]:
        """List records of a kind by ascending key, beginning after a key; only one owner's, if given."""
        image = await self._keeper.current()
        with image.lock:
            shelf = image.shelves.get(kind)
            return [] if shelf is None else shelf.list(owner, after, limit)

    async def due(self, kinds: Sequence[str], now: float, limit: int = 100) -> Sequence[Record]:
        """List records whose `wake_at` is at or before now, the earliest first."""
        image = await self._keeper.current()
        with image.lock:
            return image.due(kinds, now, limit)

    async def next_wake_up(self, kinds: Sequence[str]) -> float | None:
        """Say when the earliest `wake_at` of these kinds is."""
        image = await self._keeper.current()
        with image.lock:
            return image.next_wake_up(kinds)

    async def commit(self, units: Sequence[Unit]) -> Sequence[Outcome]:
        """Commit each unit entirely or not at all, in order; durable on return."""
        return await self._keeper.commit(units) if units else []

    async def waiting(self, limit: int = 500) -> Sequence[Outgoing]:
        """List outbox events not yet marked sent, in the order of commits."""
        image = await self._keeper.current()
        with image.lock:
            return image.waiting(limit)

    async def mark_sent(self, positions: Sequence[int], at: float) -> None:
        """Mark outbox events as acknowledged by the broker; positions marked before, or unknown, change nothing."""
        if positions:
            await self._keeper.change(Sent(list(positions), at))

    async def log(self, after: int = 0, limit: int = 500) -> Sequence[Outgoing]:
        """Read all outbox events still kept, sent or not, in the order of commits, beginning after a position."""
        image = await self._keeper.current()
        with image.lock:
            return image.log(after, limit)

    async def purge(self, before: float) -> Purged:
        """Remove outbox events sent, and inbox marks made, before a time. Unsent events always stay."""
        purged: Purged = await self._keeper.change(Purge(before))
        return purged

    async def purged_before(self) -> float | None:
        """Say up to what time outbox events were purged, None if the log is still whole."""
        return (await self._keeper.current()).purged_before

    async def forget(self, kind: str, consumer: str) -> None:
        """Remove all rows of a view together with its consumer's inbox marks, so that it can be rebuilt."""
        await self._keeper.change(Forget(kind, consumer))

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """List the messages given up, the oldest first."""
        image = await self._keeper.current()
        with image.lock:
            return sorted(image.dead.values(), key=lambda letter: letter.at)

    async def reserve_ids(self, kind: str, number: int) -> int:
        """Reserve business ids, durably; gives the last of them, which is the highest ever reserved."""
        last: int = await self._keeper.change(Reserve(kind, number))
        return last

    async def give_back_ids(self, kind: str, unused_from: int, last: int) -> None:
        """Return reserved ids from one to the last, unless somebody has reserved more meanwhile."""
        await self._keeper.change(GiveBack(kind, unused_from, last))

    async def close(self) -> None:
        """Write the documents and let go of the files. Closing twice is fine."""
        await self._keeper.close()

    def __repr__(self) -> str:
        return f"<FileStore in {self._keeper.path}>"
