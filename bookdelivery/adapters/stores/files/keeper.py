"""Keeps one context's data in files: commits by a journal, documents by checkpoints, other processes by a lock."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import attrs
import orjson

from bookdelivery.adapters.grouping import Grouping
from bookdelivery.adapters.stores.deciding import decide
from bookdelivery.adapters.stores.files.changes import Change, Forget, GiveBack, Language, Purge, Reserve, Sent
from bookdelivery.adapters.stores.files.disk import FileLock, to_disk, translating, write_all
from bookdelivery.adapters.stores.files.generations import Generations
from bookdelivery.adapters.stores.files.image import Image
from bookdelivery.adapters.stores.files.lines import line, read
from bookdelivery.adapters.stores.files.restoring import Restoring, Touched, apply, ledger_lines, with_problem
from bookdelivery.kernel.errors import BookdeliveryError, Unavailable, UnusableStore
from bookdelivery.kernel.ports import Outcome, Unit
from bookdelivery.kernel.wire import Codec

log = logging.getLogger("bookdelivery.stores.files")

_NOWHERE = -2
"""No generation at all: everything has to be read again."""


@attrs.frozen(eq=False)
class Commit:
    """Units to be committed, and how they stand in the journal."""

    units: Sequence[Unit]
    texts: Sequence[bytes]


@attrs.frozen
class CatchUp:
    """Nothing to be done but to see what other processes did."""


class Keeper:
    """Owns one context's directory in this process.

    A group of units becomes one line of the journal, so all of it is there or nothing; once the line is on the disk,
    the image in memory follows. When the journal has grown long, the documents that changed are written, each under
    another name first, then the ledger of the next generation, whose renaming makes the old journal superfluous.

    Args:
        path: the directory; it is there and ours.
        codec: knows the context's aggregates, rows and events.
        durable: whether a commit is on the disk before it is acknowledged.
        lock_timeout_s: seconds to wait for another process's work.
        checkpoint_bytes: how long the journal becomes before the documents are written.

    Raises:
        UnusableStore: the files cannot be read or written, or are damaged.
        Unavailable: another process kept the lock for too long.
    """

    def __init__(
        self, path: Path, codec: Codec, *, durable: bool, lock_timeout_s: float, checkpoint_bytes: int
    ) -> None:
        self.path = path
        self.image = Image()
        self.language = Language(codec)
        self._durable = durable
        self._checkpoint_bytes = self._next_checkpoint = checkpoint_bytes
        self._generations = Generations(path, durable)
        self._generation = _NOWHERE
        self._touched = Touched()
        self._journal: Path = self._generations.journal(0)
        self._fd = -1
        # How much of the journal is in the image.
        self._length = 0
        # Whether this process holds the lock and knows all that others did: nobody can add to it then.
        self._is_ahead = False
        self._closed = False
        with translating(path):
            self._lock = FileLock(path / "lock", lock_timeout_s)
            try:
                with self._lock.held():
                    self._restore()
            except BaseException:
                # Whatever it was, nobody will close what was never opened.
                self._let_go()
                raise
        self._grouping: Grouping[Commit | Change | CatchUp, Any] = Grouping(str(path), self._perform, self._end)

    async def current(self) -> Image:
        """Give the image, with everything in it that any process has committed; hold its lock while reading it.

        Raises:
            Unavailable: this was closed, or another process kept the lock for too long.
            UnusableStore: the files cannot be read.
        """
        if self._closed:
            raise Unavailable(f"{self.path} was closed")
        if not self._is_current():
            await self._grouping.ask(CatchUp())
        return self.image

    async def commit(self, units: Sequence[Unit]) -> Sequence[Outcome]:
        """Commit units; see `Store.commit`."""
        outcomes = await self._grouping.ask(Commit(units, [self.language.unit(unit) for unit in units]))
        return cast("Sequence[Outcome]", outcomes)

    async def change(self, change: Change) -> Any:
        """Do something else; gives what `Image` gives for it."""
        return await self._grouping.ask(change)

    async def close(self) -> None:
        """Finish what was asked for, write the documents and let go of the files. Closing twice is fine."""
        self._closed = True
        await self._grouping.close()

    # --- on the thread, but for `_is_current` and while opening -------------------------------------------------------

    def _is_current(self) -> bool:
        if self._is_ahead:
            return True
        try:
            return self._journal.stat().st_size == self._length
        except OSError:
            return False

    def _perform(self, requests: Sequence[Commit | Change | CatchUp]) -> Sequence[Any]:
        with translating(self.path), self._lock.held():
            self._catch_up()
            self._is_ahead = True
            try:
                results = self._do(requests)
                if self._length >= self._next_checkpoint:
                    self._try_checkpoint()
            finally:
                self._is_ahead = False
        return results

    def _do(self, requests: Sequence[Commit | Change | CatchUp]) -> Sequence[Any]:
        commits = [request for request in requests if isinstance(request, Commit)]
        with self.image.lock:
            before = self.image.before(unit for commit in commits for unit in commit.units)
        outcomes = decide([commit.units for commit in commits], before)
        units: list[Unit] = []
        texts: list[bytes] = []
        for commit, decided in zip(commits, outcomes, strict=True):
            for unit, text, outcome in zip(commit.units, commit.texts, decided, strict=True):
                if outcome is Outcome.COMMITTED:
                    units.append(unit)
                    texts.append(text)
        changes = [request for request in requests if isinstance(request, (Sent, Purge, Forget, Reserve, GiveBack))]
        texts += map(self.language.change, changes)
        if texts:
            self._append(line(b"[%b]" % b",".join(texts)))
        try:
            with self.image.lock:
                for unit in units:
                    self.image.commit(unit)
                results = [change.do(self.image) for change in changes]
        except BaseException:
            # The journal has it and the image perhaps only in part: it is read anew before anybody looks.
            self._generation = _NOWHERE
            raise
        for done in (*units, *changes):
            self._note(done)
        given, answers = iter(outcomes), iter(results)
        return [
            next(given) if isinstance(request, Commit) else None if isinstance(request, CatchUp) else next(answers)
            for request in requests
        ]

    def _append(self, data: bytes) -> None:
        try:
            write_all(self._fd, data)
            if self._durable:
                to_disk(self._fd)
        except OSError:
            # Should this fail as well, whoever comes next finds a torn line and does it, or a whole one that stands.
            os.ftruncate(self._fd, self._length)
            raise
        self._length += len(data)

    def _note(self, done: Unit | Change) -> None:
        if isinstance(done, Unit):
            for record in done.saves:
                self._touched.records[record.kind, record.key] = None
        elif isinstance(done, Forget):
            self._touched.forgotten.add(done.kind)

    # --- what others did ----------------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        latest = self._generations.latest()
        try:
            if latest == self._generation + 1:
                # Another process wrote a checkpoint: the end of the old journal, which is still open, then the new one.
                self._read_on(is_last=False)
                self._take(latest, 0)
                self._touched = Touched()
            if latest == self._generation:
                self._read_on(is_last=True)
                return
        except UnusableStore:
            # The image may have got half of something; the files are looked at afresh next time.
            self._generation = _NOWHERE
            raise
        self._restore()

    def _read_on(self, is_last: bool) -> None:
        size = os.fstat(self._fd).st_size
        if size == self._length:
            return
        if size < self._length:
            raise UnusableStore(str(self._journal), f"it was {self._length} bytes long and is {size} now")
        lines = read(os.pread(self._fd, size - self._length, self._length), self._journal, self._length)
        with self.image.lock:
            for payload in lines.payloads:
                for fields in orjson.loads(payload):
                    self._note(
                        with_problem(self._journal, lambda: apply(fields, self.language, self.image))  # noqa: B023
                    )
        self._length += lines.length
        if is_last and size > self._length:
            self._cut()

    def _restore(self) -> None:
        latest = self._generations.latest()
        restoring = Restoring(self.language, self.path)
        for path, document in self._generations.documents():
            restoring.document(path, document)
        restoring.ledger(self._generations.ledger(latest))
        self._take(latest, 0)
        size = os.fstat(self._fd).st_size
        lines = read(os.pread(self._fd, size, 0), self._journal)
        restoring.journal(lines.payloads, self._journal)
        image, touched = restoring.end()
        self._length = lines.length
        if size > self._length:
            self._cut()
        self._generations.tidy(latest)
        self._generations.tidy_documents()
        self.image, self._touched = image, touched
        self._next_checkpoint = max(self._checkpoint_bytes, self._length)

    def _take(self, generation: int, length: int) -> None:
        journal = self._generations.journal(generation)
        fd = os.open(journal, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._journal, self._generation, self._length = fd, journal, generation, length

    def _cut(self) -> None:
        log.warning("%s: cut off at byte %d what was never finished", self._journal, self._length)
        os.ftruncate(self._fd, self._length)
        if self._durable:
            to_disk(self._fd)

    # --- checkpoints --------------------------------------------------------------------------------------------------

    def _try_checkpoint(self) -> None:
        """Write a checkpoint; one that fails changes nothing, as the journal holds it all."""
        try:
            with translating(self.path):
                self._checkpoint()
        except BookdeliveryError as error:
            log.warning("%s; its journal goes on growing", error)
            self._next_checkpoint = self._length + self._checkpoint_bytes
        else:
            self._next_checkpoint = self._checkpoint_bytes

    def _checkpoint(self) -> None:
        shelves, touched = self.image.shelves, self._touched
        saved = ((kind, key, shelves[kind].get(key)) for kind, key in touched.records)
        self._generations.begin(
            self._generation + 1,
            ((kind, key, self.language.document(record)) for kind, key, record in saved if record is not None),
            ((kind, set(shelves[kind].records)) for kind in sorted(touched.forgotten)),
            ledger_lines(self.image, self.language),
        )
        self._touched = Touched()
        self._take(self._generation + 1, 0)
        self._generations.tidy(self._generation)

    def _end(self) -> None:
        try:
            with translating(self.path), self._lock.held():
                self._catch_up()
                if self._length:
                    self._try_checkpoint()
        except BookdeliveryError as error:
            log.warning("%s; its documents are as old as its last checkpoint, its journal has the rest", error)
        self._let_go()

    def _let_go(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        self._lock.close()
