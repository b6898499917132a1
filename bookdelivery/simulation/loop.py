"""An asyncio event loop in virtual time: its clock and its queue are a SimPy environment.

Handlers, relays, breakers and retries written as plain asyncio run on it unmodified, beside SimPy processes
and resources, and take no real time but what Python needs to compute. Any number of loops live on one
environment, one a pod: `env.run()` drives them all, each sees itself as the running loop, and none can await
another's futures.

The same program gives the same run each time, with one exception that Python leaves us no hand on:
`asyncio.as_completed()` starts *coroutines* in the order of their addresses; give it tasks. And a set of bare
futures, as `asyncio.wait()` may return, has no order of its own either.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import warnings
from asyncio import _get_running_loop
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import Context
from typing import Any, TypeVar

import simpy

from bookdelivery.simulation import _bridge
from bookdelivery.simulation._burial import bury
from bookdelivery.simulation._driving import DrivesEnvironment
from bookdelivery.simulation._real_world import WithoutRealWorld
from bookdelivery.simulation._tasks import VirtualTask, is_unfinished
from bookdelivery.simulation.loop_errors import LoopCrashed, TaskLeak

T = TypeVar("T")
TaskFactory = Callable[..., "asyncio.Future[Any]"]

_KEPT_AT_LEAST = 128


class VirtualLoop(DrivesEnvironment, WithoutRealWorld):
    """An event loop of asyncio whose clock and queue are a `simpy.Environment`.

    It is driven like any other (`asyncio.Runner(loop_factory=VirtualLoop)`, `run_until_complete()`), or
    together with all the loops and processes of its environment by `env.run()`. Under `env.run()` a task
    given to it from outside just begins: it needs no `run_forever()`.

    What reaches out into the real world (sockets, pipes, threads, subprocesses, signals) raises `NotSimulated`.

    Args:
        env: the environment to live on; by default one of its own, at 0 s.
        name: what to call the loop and, by default, its tasks; by default "loop-1" and so on.
    """

    def __init__(self, env: simpy.Environment | None = None, *, name: str | None = None) -> None:
        super().__init__(simpy.Environment(0.0) if env is None else env, name)
        self._births = self._shared.births
        self._task_numbers = itertools.count(1)
        self._task_factory: TaskFactory | None = None
        # asyncio holds no task that waits, and one that waits for what nobody else holds is ended by the garbage
        # collector at whatever moment. To hold its coroutine keeps it waiting, in every run alike, until it is
        # found in leaks(); and when it is done, it is freed as ever.
        self._kept: list[Any] = []
        self._keeps_at_most = _KEPT_AT_LEAST
        # Tasks that cannot be ended yet as they are running: kept, or the memory's freeing would resume them.
        self._dying: list[asyncio.Task[Any]] = []
        self.set_debug(_debug_by_default())

    def __repr__(self) -> str:
        """The loop's name and state."""
        state = "crashed" if self._crashed else "closed" if self._closed else "open"
        return f"<{type(self).__name__} {self._name!r} {state} at {self._env.now:g} s>"

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
        *,
        name: str | None = None,
        context: Context | None = None,
        **options: Any,
    ) -> asyncio.Task[T]:
        """Have `coro` run as a task; also from outside the loop, and before it is ever run.

        Raises:
            RuntimeError: the loop is closed.
            LoopCrashed: the loop has crashed; `coro` is closed. (The last step of code that was running
                when it crashed is still given a task, which never begins.)
        """
        if self._guarded:
            if self._crashed and _get_running_loop() is not self:
                coro.close()
                raise LoopCrashed(self._name, "create_task()")
            self._check_open()
        if name is None:
            name = f"{self._name}/task-{next(self._task_numbers)}"
        if self._task_factory is None:
            task: Any = VirtualTask.born(next(self._births), coro, loop=self, name=name, context=context, **options)
        else:
            if context is not None:
                options["context"] = context
            task = self._task_factory(self, coro, **options)
            if hasattr(task, "set_name"):
                task.set_name(name)
        if self._crashed:
            self._dying.append(task)
        else:
            self._kept.append(coro)
            if len(self._kept) > self._keeps_at_most:
                self._let_go_of_the_finished()
        return task  # type: ignore[no-any-return]

    def begin(self, coro: Coroutine[Any, Any, Any], *, name: str) -> None:
        """Have `coro` run as a task that takes its first step at once; only for callbacks of this very loop."""
        self.create_task(coro, name=name)
        # What makes a task's first step is what was made ready last.
        first_step = self._ready.pop()
        first_step._context.run(first_step._callback, *first_step._args)

    def set_task_factory(self, factory: TaskFactory | None) -> None:
        """Have tasks made by `factory(loop, coro)`; None for the loop's own.

        Only the loop's own tasks lie in sets in the same order in every run.

        Raises:
            TypeError: `factory` cannot be called.
        """
        if factory is not None and not callable(factory):
            raise TypeError(f"a task factory is a callable or None, not {factory!r}")
        self._task_factory = factory

    def get_task_factory(self) -> TaskFactory | None:
        """The factory that was set, or None."""
        return self._task_factory

    def wait_for_event(self, event: simpy.Event) -> asyncio.Future[Any]:
        """A future that ends as the SimPy `event` does: await it for its value, or the exception it failed with.

        A `simpy.Process` is an event, too. To cancel the future leaves the event alone.

        Raises:
            ValueError: the event belongs to another environment.
        """
        return _bridge.future_of(event, self)

    def event_of(self, awaitable: Awaitable[Any]) -> simpy.Event:
        """A SimPy event that ends as the coroutine, task or future does, for SimPy processes to yield on.

        A cancelled one fails the event with `asyncio.CancelledError`.
        """
        return _bridge.event_of(asyncio.ensure_future(awaitable, loop=self), self._env)

    def close(self) -> None:
        """Free what the loop holds. Call it when all its tasks are done.

        Tasks that are not are reported and then ended as by `crash()`, so that none of their code runs at
        whatever moment the garbage collector finds them. To end a loop that serves for ever, cancel its tasks
        and let them finish, as `asyncio.Runner` does; or `crash()` it, and nothing is reported.

        Warns:
            TaskLeak: tasks were pending.

        Raises:
            RuntimeError: the loop is running.
        """
        if self.is_running():
            raise RuntimeError("Cannot close a running event loop")
        if self._closed:
            return
        leaks = [] if self._crashed else self.leaks()
        self._closed = self._guarded = True
        self._end()
        if leaks:
            warnings.warn(TaskLeak(self._name, leaks), stacklevel=2)

    def crash(self) -> None:
        """End the loop as kill -9 ends a process: nothing of it runs any more.

        Its timers and callbacks are dropped and its tasks stay where they are, for ever pending: no `finally`,
        `except`, `__aexit__` or clean-up of a generator runs, now or when the memory is freed. If code of this
        very loop calls it, that code goes on to its next await and no further. Nothing is logged or reported.

        What comes in afterwards through `call_soon()`, `call_at()` or a future is dropped in silence;
        `create_task()` and the run methods raise `LoopCrashed`, as their caller means the work to be done.
        """
        if not self._crashed:
            self._crashed = self._guarded = self._stopping = True
            self._end()

    async def shutdown_asyncgens(self) -> None:
        """Close all asynchronous generators that were begun on this loop and not finished."""
        await self._generators.shutdown()

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncio's
        """Do nothing: without threads there is no executor."""

    def get_debug(self) -> bool:
        """Whether callbacks and threads are checked on each call, and tasks remember where they were made."""
        return self._debug

    def set_debug(self, enabled: bool) -> None:
        """Switch these checks on or off; by default they are on in Python's development mode."""
        self._debug = bool(enabled)
        # Each future that is made asks for it from C, which a method of C's own answers at once.
        self.get_debug = self._debug.__bool__  # type: ignore[method-assign]
        self._guarded = enabled or self._closed or self._crashed

    def _end(self) -> None:
        self._dying = self._pending()
        self._kept.clear()
        self._drop_all()
        self._bury_the_dying()

    def _let_go_of_the_finished(self) -> None:
        self._kept = [each for each in self._kept if is_unfinished(each)]
        self._keeps_at_most = max(_KEPT_AT_LEAST, 2 * len(self._kept))

    def _bury_the_dying(self) -> None:
        for task in self._dying:
            # asyncio complains of a pending task that is freed; this one is meant to be.
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        still_running = bury([task.get_coro() for task in self._dying])
        self._dying = [task for task in self._dying if task.get_coro() in still_running]

    def _tidy_up(self) -> None:
        if self._dying:
            # What was running when the loop crashed has come to its next await.
            self._bury_the_dying()

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Hand the `context` of an exception to the handler that is set; a crashed loop says nothing."""
        if not self._crashed:
            super().call_exception_handler(context)


def _debug_by_default() -> bool:
    asked_for = not sys.flags.ignore_environment and os.environ.get("PYTHONASYNCIODEBUG")
    return bool(sys.flags.dev_mode or asked_for)
