"""One SQLite database file, as one process uses it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bookdelivery.adapters.sqlite.encoded import Recent
from bookdelivery.adapters.sqlite.failures import translated, translating
from bookdelivery.adapters.sqlite.group_commit import GroupCommit, Request, Result, Write
from bookdelivery.adapters.sqlite.locking import begin_writing, impatient
from bookdelivery.adapters.sqlite.opening import connect, prepare
from bookdelivery.kernel.errors import InvalidField, Unavailable, UnusableStore

_LARGEST_NUMBER = 1023
"""Names are numbered, so that a kind and a key fit into SQLite's 64-bit row ids: 10 bits and 53 bits."""


class SqliteFile:
    """Owns one database file in this process: the thread that writes it, a connection that reads, and what is cached.

    Stores, brokers and id sources of any number of contexts share the file and thereby its commits. Several processes
    on one computer may use the file at once; within a process open it once, and use it from one event loop at a time.

    Durability: with `synchronous="FULL"`, the default, a commit has reached the disk before it is acknowledged, and so
    survives a power cut. With "NORMAL" it survives the end of the process, killed or not, but the last commits may be
    lost with the power; the file stays sound either way (https://www.sqlite.org/pragma.html#pragma_synchronous). FULL
    is the default since an order that was acknowledged must stand, and costs little as commits wait for the disk
    together. Not for network file systems: the log needs memory shared between the processes.

    Reading happens on the calling thread, since readers of a write-ahead log never wait for the writer and a row is
    found faster than a thread would be woken up.

    Args:
        path: the file; created if it does not exist, in a directory that does.
        synchronous: "FULL" or "NORMAL".
        busy_timeout_s: seconds to wait while another process holds the file's write lock.

    Raises:
        InvalidField: an argument is not one of those.
        UnusableStore: the file is no database, another application's or a newer release's, or cannot be written.
        Unavailable: another process kept it locked for too long.
    """

    def __init__(self, path: str | os.PathLike[str], *, synchronous: str = "FULL", busy_timeout_s: float = 5.0) -> None:
        if synchronous not in ("FULL", "NORMAL"):
            raise InvalidField("SqliteFile", "synchronous", synchronous, "FULL or NORMAL")
        if not 0 <= busy_timeout_s <= 3600:
            raise InvalidField("SqliteFile", "busy_timeout_s", busy_timeout_s, "from 0 to 3600 seconds")
        self._path = Path(path).absolute()
        self._synchronous = synchronous
        self._busy_timeout_s = busy_timeout_s
        prepare(self._path, busy_timeout_s)
        self._reader: sqlite3.Connection | None = self._connect()
        writer = impatient(self._connect())
        self._writes = GroupCommit(str(self._path), writer, busy_timeout_s, self._committed, self._told)
        self.recent_events: Recent = {}
        """What `Encoded` remembers."""
        self.numbers: dict[str, int] = {}
        """The numbers that stand for names, as far as this process knows them."""
        self._unnumbered: set[str] = set()
        self._forgetting: list[Callable[[], None]] = []
        # Commits as of the last one whose outcome was handed out; and up to where all after it are ours as well.
        self._known = self._ours = self._commits()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_looked = self._current = False

    @property
    def path(self) -> Path:
        """The file's absolute path."""
        return self._path

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Read rows, as of the last commit.

        Raises:
            Unavailable: the file was closed, or is locked.
            UnusableStore: it cannot be read.
        """
        if self._reader is None:
            raise Unavailable(f"{self._path} was closed")
        try:
            return self._reader.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            ours = translated(str(self._path), error)
            if ours is None:
                raise
            raise ours from error

    async def write(
        self, write: Write[Request, Result], request: Request, then: Callable[[Request, Result], None] | None = None
    ) -> Result:
        """Have something written with the next group; see `GroupCommit.write`."""
        self._serve_this_loop()
        return await self._writes.write(write, request, then)

    def create_tables(self, script: str) -> None:
        """Create tables and indexes that are not there yet, at once; for use while the application is composed.

        Args:
            script: statements that all say IF NOT EXISTS, with semicolons between them.
        """
        with translating(str(self._path)), closing(impatient(self._connect())) as connection:
            begin_writing(connection, str(self._path), self._busy_timeout_s)
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
            connection.execute("COMMIT")

    def on_foreign_commit(self, forget: Callable[[], None]) -> None:
        """Have a function called when other processes may have changed the file: what is cached is to be forgotten."""
        self._forgetting.append(forget)

    def is_current(self) -> bool:
        """Say whether what this process has learnt of its own commits is all there is, so that caches are right.

        Every commit counts the file's pulse up, and each process knows which values are its own. One look holds for one
        turn of the event loop: what reaches this process from outside, and could tell of a newer commit, comes with the
        next turn at the earliest. A commit of ours whose outcome nobody was told yet counts as still to come.
        """
        self._serve_this_loop()
        if not self._has_looked:
            self._has_looked = True
            asyncio.get_running_loop().call_soon(self._look_again)
            self._current = self._look()
        return self._current

    def number(self, name: str) -> int | None:
        """Give the number that stands for a name in this file, None if it has none yet."""
        number = self.numbers.get(name)
        if number is None and not (self.is_current() and name in self._unnumbered):
            self.numbers = dict(self.read("SELECT name, number FROM names"))
            number = self.numbers.get(name)
            if number is None:
                self._unnumbered.add(name)
        return number

    async def give_numbers(self, names: Sequence[str]) -> None:
        """See that all these names have numbers.

        Raises:
            UnusableStore: the file has as many names as it can hold.
        """
        new = [name for name in dict.fromkeys(names) if name not in self.numbers and self.number(name) is None]
        if new:
            await self.write(_give_numbers, new, lambda *_: self._unnumbered.clear())
            if any((self.number(name) or 0) > _LARGEST_NUMBER for name in new):
                raise UnusableStore(str(self._path), f"it holds more than {_LARGEST_NUMBER} kinds and consumers")

    async def close(self) -> None:
        """Finish what is being written and let go of the file. Closing twice is fine."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        await self._writes.close()

    def _connect(self) -> sqlite3.Connection:
        return connect(self._path, self._synchronous, self._busy_timeout_s)

    def _commits(self) -> int:
        return int(self.read("SELECT commits FROM pulse")[0][0])

    def _look(self) -> bool:
        commits = self._commits()
        if self._known <= commits <= self._ours:
            return True
        if self._writes.busy:
            # Perhaps it is a commit of ours that the writing thread is about to report.
            return False
        self._forget()
        self._known = self._ours = commits
        return True

    def _look_again(self) -> None:
        self._has_looked = False

    def _serve_this_loop(self) -> None:
        """See to it that an event loop which is new here starts from what is in the file."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._writes.serve(loop)
            self._has_looked = False
            self._forget()
            self._known = self._ours = self._commits()

    def _committed(self, before: int) -> None:
        if before == self._ours:
            self._ours = before + 1

    def _told(self, before: int, is_all: bool) -> None:
        if before != self._known or not is_all:
            self._forget()
        self._known = before + 1
        # The writing thread may be counting on at this very moment; too low a number only costs a read.
        self._ours = max(self._ours, self._known)

    def _forget(self) -> None:
        self._unnumbered.clear()
        for forget in self._forgetting:
            forget()

    def __repr__(self) -> str:
        return f"<SqliteFile {self._path}>"


def _give_numbers(connection: sqlite3.Connection, requests: Sequence[Sequence[str]]) -> Sequence[None]:
    names = [(name,) for request in requests for name in request]
    connection.executemany("INSERT OR IGNORE INTO names (name) VALUES (?)", names)
    return [None] * len(requests)
