"""The one thread that writes to a file: whatever waits is committed together, while the next group gathers."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import attrs

from bookdelivery.adapters.grouping import Grouping
from bookdelivery.adapters.sqlite.failures import translating
from bookdelivery.adapters.sqlite.locking import LOOK_AGAIN_S, begin_writing

_LONG_S = 0.02
"""Seconds after which a group took long; a pause of 1 ms then hardly counts."""

Request = TypeVar("Request")
Result = TypeVar("Result")

Write = Callable[[sqlite3.Connection, Sequence[Request]], Sequence[Result]]
"""Does what several requests of one sort ask for, in order, within the open transaction; one result each."""


@attrs.frozen(eq=False)
class _Asked:
    write: Write[Any, Any]
    request: Any
    then: Callable[[Any, Any], None] | None
    loop: asyncio.AbstractEventLoop


_Written = tuple[int, Any]
"""How many commits there were before this one, and the result."""


class GroupCommit:
    """The only writer to a file in this process.

    All requests of a group succeed or fail together as far as the disk is concerned. A request that cannot be written
    for a reason of its own does not take the others with it: such a group is done again, each request alone.

    Args:
        where: the file, for error messages.
        connection: used by the thread only; it must not wait for locks itself.
        busy_timeout_s: seconds to wait while another process holds the write lock.
        on_commit: called on the writing thread right after a commit, with the number of commits to the file before it,
            if all of it was for the event loop served at present.
        on_result: called with the same number on the event loop, before the group's results are handed out; and with
            whether all of the group was for this loop.
    """

    def __init__(
        self,
        where: str,
        connection: sqlite3.Connection,
        busy_timeout_s: float,
        on_commit: Callable[[int], None],
        on_result: Callable[[int, bool], None],
    ) -> None:
        self._where = where
        self._connection = connection
        self._busy_timeout_s = busy_timeout_s
        self._on_commit = on_commit
        self._on_result = on_result
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = 0
        self._pause_until = 0.0
        self._grouping: Grouping[_Asked, _Written] = Grouping(where, self._commit, connection.close, self._told)

    @property
    def busy(self) -> bool:
        """Whether the event loop served at present asked for something whose outcome was not handed out yet."""
        return self._open > 0

    def serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work for another event loop from now on.

        What the one before asked for is written all the same, but it may have ended before it could be told.
        """
        self._grouping.flush()
        self._loop = loop
        self._open = 0

    async def write(
        self,
        write: Write[Request, Result],
        request: Request,
        then: Callable[[Request, Result], None] | None = None,
    ) -> Result:
        """Have something written with the next group; returns once it is durable.

        Args:
            write: does it, on the writing thread, together with all other requests for the same function.
            request: what to write.
            then: called on the event loop once it is durable, before anybody else there can learn of it.

        Raises:
            Unavailable: the file was locked for too long, or closed; nothing was written.
            UnusableStore: the disk is full or failed; nothing was written.

        A cancelled call may or may not have been written.
        """
        written = self._grouping.begin(_Asked(write, request, then, asyncio.get_running_loop()))
        self._open += 1
        result: Result = (await written)[1]
        return result

    async def close(self) -> None:
        """Finish what was asked for, then let go of the file."""
        await self._grouping.close()

    def _commit(self, group: Sequence[_Asked]) -> Sequence[_Written]:
        began = time.monotonic()
        if began < self._pause_until:
            # On a slow disk the lock would be free for hardly a thousandth of the time: others have to find it.
            time.sleep(self._pause_until - began)
            began = self._pause_until
        try:
            with translating(self._where):
                return self._transact(group)
        finally:
            ended = time.monotonic()
            self._pause_until = ended + 2 * LOOK_AGAIN_S if ended - began > _LONG_S else 0.0

    def _transact(self, group: Sequence[_Asked]) -> Sequence[_Written]:
        connection = self._connection
        by_sort: dict[Write[Any, Any], list[int]] = {}
        for number, asked in enumerate(group):
            by_sort.setdefault(asked.write, []).append(number)
        results: list[Any] = [None] * len(group)
        begin_writing(connection, self._where, self._busy_timeout_s)
        try:
            (before,) = connection.execute("SELECT commits FROM pulse").fetchone()
            for write, alike in by_sort.items():
                written = write(connection, [group[number].request for number in alike])
                for number, result in zip(alike, written, strict=True):
                    results[number] = (before, result)
            connection.execute("UPDATE pulse SET commits = commits + 1")
            connection.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself after some errors, a full disk among them.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if all(asked.loop is self._loop for asked in group):
            self._on_commit(before)
        return results

    def _told(
        self,
        loop: asyncio.AbstractEventLoop,
        group: Sequence[_Asked],
        results: Sequence[_Written] | None,
        is_all: bool,
    ) -> None:
        if loop is self._loop:
            self._open -= len(group)
            if results is not None:
                self._on_result(results[0][0], is_all)
        for asked, (_, result) in zip(group, results or (), strict=False):
            if asked.then is not None:
                asked.then(asked.request, result)
