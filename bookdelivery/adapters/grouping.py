"""One thread that does what many ask for: whatever was asked meanwhile is done together in the next turn.

A commit that waits for a disk or a server costs much more than its own work, so what waits shares it (group commit;
DeWitt et al., "Implementation Techniques for Main Memory Database Systems", SIGMOD 1984).
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from typing import Any, Generic, TypeVar

import attrs

from bookdelivery.kernel.errors import BookdeliveryError, Unavailable, UnusableStore

Request = TypeVar("Request")
Result = TypeVar("Result")

Tell = Callable[[asyncio.AbstractEventLoop, Sequence[Request], Sequence[Result] | None, bool], None]
"""Hears what became of one event loop's part of a group: its requests, their results (None if they failed), and
whether that was the whole group."""


@attrs.define(eq=False)
class _Job(Generic[Request, Result]):
    request: Request
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Result]


class Grouping(Generic[Request, Result]):
    """Hands requests to one function on a thread of its own, all that wait at once.

    The requests of a group succeed or fail together as far as disk or server are concerned: `Unavailable` and
    `UnusableStore` go to each who waits. A request that fails for a reason of its own does not take the others with it:
    such a group is done again, each request alone. Tasks of several event loops may ask.

    Args:
        where: what it works on, for error messages and the thread's name.
        perform: does what a group asks for, in order, and gives one result for each request.
        at_end: called on the thread after the last group.
        tell: called on each event loop before those who wait there learn the outcome.
    """

    def __init__(
        self,
        where: str,
        perform: Callable[[Sequence[Request]], Sequence[Result]],
        at_end: Callable[[], None],
        tell: Tell[Request, Result] | None = None,
    ) -> None:
        self._where = where
        self._perform = perform
        self._at_end = at_end
        self._tell = tell
        self._gathering: dict[asyncio.AbstractEventLoop, list[_Job[Request, Result]]] = {}
        self._queue: queue.SimpleQueue[list[_Job[Request, Result]] | None] = queue.SimpleQueue()
        self._closed = False
        # A daemon, as every store survives being cut off at any point and a forgotten close must not keep a process.
        self._thread = threading.Thread(target=self._run, name=f"works on {where}", daemon=True)
        self._thread.start()

    def begin(self, request: Request) -> asyncio.Future[Result]:
        """Have something done with the next group; cancelling what this gives does not call it back.

        What it gives raises what the function raised.

        Raises:
            Unavailable: this was closed.
        """
        if self._closed:
            raise Unavailable(f"{self._where} was closed")
        loop = asyncio.get_running_loop()
        gathering = self._gathering.get(loop)
        if gathering is None:
            gathering = self._gathering[loop] = []
            # What else this turn of the loop asks for joins the same group.
            loop.call_soon(self._hand_over, loop)
        future: asyncio.Future[Result] = loop.create_future()
        gathering.append(_Job(request, loop, future))
        return future

    async def ask(self, request: Request) -> Result:
        """Have something done with the next group, and wait for it; see `begin`."""
        return await self.begin(request)

    def flush(self) -> None:
        """Do also what was asked for in a turn of an event loop that did not come to its end."""
        for loop in list(self._gathering):
            self._hand_over(loop)

    async def close(self) -> None:
        """Finish what was asked for, then let go. Closing twice is fine."""
        if not self._closed:
            self._closed = True
            self.flush()
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        gathering = self._gathering.pop(loop, None)
        if gathering is not None:
            self._queue.put(gathering)

    def _run(self) -> None:
        last = False
        while not last and (jobs := self._queue.get()) is not None:
            while not last:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    last = True
                else:
                    jobs += more
            self._do(jobs)
        self._at_end()

    def _do(self, jobs: list[_Job[Request, Result]]) -> None:
        results: Sequence[Result] | None = None
        failure: Exception | None = None
        try:
            results = self._perform([job.request for job in jobs])
        except Exception as error:  # noqa: BLE001 - whatever it is goes to those who wait; the thread has to live on
            if len(jobs) > 1 and not isinstance(error, (Unavailable, UnusableStore)):
                for job in jobs:
                    self._do([job])
                return
            failure = error
        by_loop: dict[asyncio.AbstractEventLoop, list[int]] = {}
        for number, job in enumerate(jobs):
            by_loop.setdefault(job.loop, []).append(number)
        for loop, numbers in by_loop.items():
            theirs = [jobs[number] for number in numbers]
            their_results = None if results is None else [results[number] for number in numbers]
            # A loop that was closed with its request still open has nobody left to hear of it.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._answer, loop, theirs, their_results, failure, len(theirs) == len(jobs))

    def _answer(
        self,
        loop: asyncio.AbstractEventLoop,
        jobs: Sequence[_Job[Request, Result]],
        results: Sequence[Result] | None,
        failure: Exception | None,
        is_all: bool,
    ) -> None:
        if self._tell is not None:
            self._tell(loop, [job.request for job in jobs], results, is_all)
        for number, job in enumerate(jobs):
            if job.future.done():
                continue
            if results is not None:
                job.future.set_result(results[number])
            else:
                assert failure is not None
                job.future.set_exception(_own(failure))


def _own(error: Exception) -> Any:
    """Copy an error of ours for one of those who wait, as each adds its own traceback."""
    if not isinstance(error, BookdeliveryError):
        return error
    mine = copy(error)
    mine.__cause__ = error.__cause__
    return mine
