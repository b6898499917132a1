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

from bookdelivery.kernel.errors import BookdeliveryError, Unavailable

Request = TypeVar("Request")
Result = TypeVar("Result")


@attrs.define(eq=False)
class _Job(Generic[Request, Result]):
    request: Request
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Result]


class Grouping(Generic[Request, Result]):
    """Hands requests to one function on a thread of its own, all that wait at once.

    The requests of a group succeed or fail together as far as disk or server are concerned: an error of ours goes to
    each who waits. A request that fails for a reason of its own does not take the others with it: such a group is done
    again, each request alone. Tasks of several event loops may ask.

    Args:
        where: what it works on, for error messages and the thread's name.
        perform: does what a group asks for, in order, and gives one result for each request.
        at_end: called on the thread after the last group.
    """

    def __init__(
        self, where: str, perform: Callable[[Sequence[Request]], Sequence[Result]], at_end: Callable[[], None]
    ) -> None:
        self._where = where
        self._perform = perform
        self._at_end = at_end
        self._queue: queue.SimpleQueue[_Job[Request, Result] | None] = queue.SimpleQueue()
        self._closed = False
        # A daemon, as every store survives being cut off at any point and a forgotten close must not keep a process.
        self._thread = threading.Thread(target=self._run, name=f"works on {where}", daemon=True)
        self._thread.start()

    async def ask(self, request: Request) -> Result:
        """Have something done with the next group; cancelling does not call it back.

        Raises:
            Unavailable: this was closed.
            Exception: what the function raised.
        """
        if self._closed:
            raise Unavailable(f"{self._where} was closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._queue.put(_Job(request, loop, future))
        return await future

    async def close(self) -> None:
        """Finish what was asked for, then let go. Closing twice is fine."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        last = False
        while not last and (job := self._queue.get()) is not None:
            jobs = [job]
            while not last:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    last = True
                else:
                    jobs.append(more)
            self._do(jobs)
        self._at_end()

    def _do(self, jobs: list[_Job[Request, Result]]) -> None:
        results: Sequence[Result] = ()
        failure: Exception | None = None
        try:
            results = self._perform([job.request for job in jobs])
        except Exception as error:  # noqa: BLE001 - whatever it is goes to those who wait; the thread has to live on
            if len(jobs) > 1 and not isinstance(error, BookdeliveryError):
                for job in jobs:
                    self._do([job])
                return
            failure = error
        for number, job in enumerate(jobs):
            # A loop that was closed with its request still open has nobody left to hear of it.
            with suppress(RuntimeError):
                if failure is None:
                    job.loop.call_soon_threadsafe(_tell, job.future, results[number])
                else:
                    job.loop.call_soon_threadsafe(_fail, job.future, _own(failure))


def _tell(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _own(error: Exception) -> Exception:
    """Copy an error of ours for one of those who wait, as each adds its own traceback."""
    if not isinstance(error, BookdeliveryError):
        return error
    mine = copy(error)
    mine.__cause__ = error.__cause__
    return mine
