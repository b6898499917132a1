"""One thread that writes: whatever waits is committed together, while the next group gathers.

A commit that is to survive a power cut waits for the disk, which takes far longer than the writing itself. So all that
was asked for meanwhile goes into the next transaction, and its waiting is shared (group commit; DeWitt et al.,
"Implementation Techniques for Main Memory Database Systems", SIGMOD 1984).
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import attrs

from bookdelivery.adapters.sqlite.failures import translated
from bookdelivery.adapters.sqlite.locking import LOOK_AGAIN_S, begin_writing
from bookdelivery.kernel.errors import Unavailable

_LONG_S = 0.02
"""Seconds after which a group took long; a pause of 1 ms then hardly counts."""

Request = TypeVar("Request")
Result = TypeVar("Result")

Write = Callable[[sqlite3.Connection, Sequence[Request]], Sequence[Result]]
"""Does what several requests of one sort ask for, in order, within the open transaction; one result each."""


@attrs.define(eq=False)
class _Job:
    write: Write[Any, Any]
    request: Any
    then: Callable[[Any, Any], None] | None
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None


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
        self._gathering: list[_Job] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inbox: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._open = 0
        self._closed = False
        # A daemon, as SQLite survives being cut off at any point and a forgotten close must not keep a process alive.
        self._thread = threading.Thread(target=self._run, name=f"writes {where}", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether the event loop served at present asked for something whose outcome was not handed out yet."""
        return self._open > 0

    def serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work for another event loop from now on.

        What the one before asked for is written all the same, but it may have ended before it could be told.
        """
        self._hand_over()
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
        if self._closed:
            raise Unavailable(f"{self._where} was closed")
        loop = asyncio.get_running_loop()
        if not self._gathering:
            # What else this turn of the loop asks for joins the same group.
            loop.call_soon(self._hand_over)
        future: asyncio.Future[Result] = loop.create_future()
        self._gathering.append(_Job(write, request, then, loop, future))
        self._open += 1
        return await future

    async def close(self) -> None:
        """Finish what was asked for, then let go of the file."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._inbox.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        if self._gathering:
            self._inbox.put(self._gathering)
            self._gathering = []

    def _run(self) -> None:
        while (jobs := self._inbox.get()) is not None:
            last = False
            while not self._inbox.empty():
                more = self._inbox.get()
                if more is None:
                    last = True
                    break
                jobs += more
            began = time.monotonic()
            self._commit(jobs)
            if time.monotonic() - began > _LONG_S:
                # On a slow disk the lock would be free for hardly a thousandth of the time: others have to find it.
                time.sleep(2 * LOOK_AGAIN_S)
            if last:
                break
        self._connection.close()

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            before = self._transact(jobs)
        except Exception as error:  # noqa: BLE001 - whatever it is goes to those who wait; the thread has to live on
            if len(jobs) > 1 and translated(self._where, error) is None:
                for job in jobs:
                    self._commit([job])
                return
            self._answer(jobs, error, 0)
        else:
            self._answer(jobs, None, before)

    def _transact(self, jobs: list[_Job]) -> int:
        connection = self._connection
        by_sort: dict[Write[Any, Any], list[_Job]] = {}
        for job in jobs:
            by_sort.setdefault(job.write, []).append(job)
        begin_writing(connection, self._where, self._busy_timeout_s)
        try:
            (before,) = connection.execute("SELECT commits FROM pulse").fetchone()
            for write, alike in by_sort.items():
                results = write(connection, [job.request for job in alike])
                for job, result in zip(alike, results, strict=True):
                    job.result = result
            connection.execute("UPDATE pulse SET commits = commits + 1")
            connection.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself after some errors, a full disk among them.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if all(job.loop is self._loop for job in jobs):
            self._on_commit(before)
        return int(before)

    def _answer(self, jobs: list[_Job], error: Exception | None, before: int) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        for job in jobs:
            by_loop.setdefault(job.loop, []).append(job)
        for loop, theirs in by_loop.items():
            # A loop that was closed with its request still open has nobody left to hear of it.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._tell, loop, theirs, error, before, len(theirs) == len(jobs))

    def _tell(
        self, loop: asyncio.AbstractEventLoop, jobs: list[_Job], error: Exception | None, before: int, is_all: bool
    ) -> None:
        if loop is self._loop:
            self._open -= len(jobs)
            if error is None:
                self._on_result(before, is_all)
        for job in jobs:
            if error is None:
                if job.then is not None:
                    job.then(job.request, job.result)
                if not job.future.done():
                    job.future.set_result(job.result)
            elif not job.future.done():
                # Each gets an error of its own, as each adds its own traceback.
                ours = translated(self._where, error)
                if ours is not None:
                    ours.__cause__ = error
                job.future.set_exception(ours or error)
