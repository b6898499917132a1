"""Tasks that serve one request after the other, as a server's threads do: to make one costs more than most requests."""

from __future__ import annotations

import asyncio
import types
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Coroutine, Generator
from typing import Any

from bookdelivery.simulation._burial import bury
from bookdelivery.simulation._waits import Answer
from bookdelivery.simulation.loop import VirtualLoop

Work = Coroutine[Any, Any, None]


class Porters:
    """The tasks of one loop that serve requests: as many as there ever were requests at the same time.

    Most requests wait for nothing once they are begun. Such a one is served in the name of an idle task, which is not
    even woken for it; only if it comes to wait, that task goes on with it. (Asyncio's own name for that is an eager
    task, from Python 3.12 on.)

    Args:
        loop: theirs.
        name: what to call them.
    """

    def __init__(self, loop: VirtualLoop, name: str) -> None:
        self._loop = loop
        self._name = name
        self._idle: list[_Porter] = []

    def serve(self, work: Work) -> None:
        """Have one of them begin with this at once; only for callbacks of their loop."""
        if not self._idle:
            self._loop.begin(self._serve(work), name=self._name)
            return
        loop, porter = self._loop, self._idle[-1]
        porter.is_cancelled = False
        _enter_task(loop, porter.task)
        try:
            awaited = porter.context.run(work.send, None)
        except StopIteration:
            return
        finally:
            _leave_task(loop, porter.task)
        if loop.has_ended():
            bury([work])
            return
        self._idle.pop()
        porter.go_on(work, awaited)

    async def _serve(self, work: Work) -> None:
        idle, loop, task = self._idle, self._loop, asyncio.current_task()
        await work
        del work
        while True:
            porter = _Porter(loop, task)
            idle.append(porter)
            try:
                rest = await porter
            except asyncio.CancelledError:
                idle.remove(porter)
                raise
            await rest
            del rest


class _Porter(Answer[Any]):
    """An idle task, which waits for what is left of work that was begun in its name."""

    __slots__ = ("is_cancelled", "task")

    def __init__(self, loop: asyncio.AbstractEventLoop, task: Any) -> None:
        super().__init__(loop)
        self.task = task
        self.is_cancelled = False
        """Whether the work, in its first step, has cancelled the task."""

    @property
    def context(self) -> Any:
        """The context variables of its task."""
        return self._context

    def go_on(self, work: Work, awaited: Any) -> None:
        """Have it wait for what the work waits for, and then go on with that."""
        self.give(_rest(work, awaited))
        if self.is_cancelled:
            self.task.cancel()

    def cancel(self, msg: object = None) -> bool:
        """Wait no longer; if it is the work that says so in its first step, take note: it waits for nothing yet."""
        if asyncio.current_task(self._loop) is not self.task:
            return super().cancel(msg)
        self.is_cancelled = True
        return True


@types.coroutine
def _rest(work: Work, awaited: Any) -> Generator[Any, Any, None]:
    """Wait for what work waits for, and then do the rest of it."""
    while True:
        try:
            yield awaited
        except BaseException as error:  # noqa: BLE001 - the work is told
            try:
                awaited = work.throw(error)
            except StopIteration:
                return
        else:
            yield from work
            return
