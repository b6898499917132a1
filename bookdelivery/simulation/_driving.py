"""How a loop in virtual time is run: it drives the whole environment it lives on."""

from __future__ import annotations

import asyncio
import sys
import threading
from asyncio import _get_running_loop, _set_running_loop
from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

import simpy
from simpy.core import EmptySchedule

from bookdelivery.simulation._conducting import conduct
from bookdelivery.simulation._turns import TakesTurns
from bookdelivery.simulation.loop_errors import Deadlock, LoopCrashed

T = TypeVar("T")

_DEBUG_STACK_DEPTH = 10
"""How many calls a coroutine remembers of where it was made, in debug mode; as asyncio's own."""


class DrivesEnvironment(TakesTurns):
    """The run methods of an event loop."""

    def run_forever(self) -> None:
        """Run all that is scheduled on the environment, this loop's or not, until `stop()` or `crash()`.

        Raises:
            Deadlock: nothing is scheduled any more. (To run until then, use `env.run()`.)
            RuntimeError: the loop is closed, or a loop of virtual time is already running. (A real loop that
                is running, as in a notebook, is no hindrance.)
        """
        self._drive("run_forever()")

    def run_until_complete(self, future: Awaitable[T] | Generator[Any, None, T]) -> T:
        """Run until `future` is done, and return its result or raise its exception.

        Raises:
            Deadlock: nothing is scheduled any more and it still waits; the error says where.
            LoopCrashed: the loop crashed meanwhile.
            RuntimeError: as in `run_forever()`, or the loop was stopped meanwhile.
        """
        self._check_may_run()
        is_ours = not asyncio.isfuture(future)
        task: Any = asyncio.ensure_future(future, loop=self)  # type: ignore[arg-type]
        if is_ours:
            # Its caller learns from the exception raised here that it did not finish.
            task._log_destroy_pending = False
        task.add_done_callback(_stop_its_loop)
        try:
            self._drive(f"task {task.get_name()!r}" if isinstance(task, asyncio.Task) else repr(task))
        except BaseException:
            if is_ours and task.done() and not task.cancelled():
                # Looked at, so that it is not logged as never retrieved.
                task.exception()
            raise
        finally:
            task.remove_done_callback(_stop_its_loop)
        if not task.done():
            if self._crashed:
                raise LoopCrashed(self._name, "run_until_complete()")
            raise RuntimeError("Event loop stopped before Future completed.")
        return task.result()  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Make `run_forever()` return at the end of this turn."""
        self._stopping = True

    def is_running(self) -> bool:
        """Whether `run_forever()`, or one of the loop's own callbacks, is under way."""
        return self._shared.driver is self or _get_running_loop() is self

    def _drive(self, awaited: str) -> None:
        self._check_may_run()
        self._thread_id = threading.get_ident()
        self._shared.driver = self
        try:
            with self._as_running_loop():
                if self._stopping:
                    self._turn(None)
                else:
                    self._step_until_stopped()
        except EmptySchedule:
            everyone = [self, *(loop for loop in self._shared.loops() if loop is not self)]
            pending = [task for loop in everyone for task in loop.leaks()]
            raise Deadlock(awaited, self.time(), pending) from None
        finally:
            self._stopping = self._crashed
            self._shared.driver = None

    def _step_until_stopped(self) -> None:
        step = self._env.step
        # An environment that steps in a way of its own, such as in real time, is to see every step.
        if getattr(step, "__func__", None) is simpy.Environment.step:
            conduct(self)
        while not self._stopping:
            step()
        # The turn in which it was stopped runs to its end, and these belong to it.
        while self._has_due_timer():
            step()

    @contextmanager
    def _as_running_loop(self) -> Generator[None, None, None]:
        outer = _get_running_loop()
        hooks = self._generators.install()
        depth = sys.get_coroutine_origin_tracking_depth()
        if self.get_debug():
            sys.set_coroutine_origin_tracking_depth(_DEBUG_STACK_DEPTH)
        _set_running_loop(self)
        try:
            yield
        finally:
            _set_running_loop(outer)
            sys.set_coroutine_origin_tracking_depth(depth)
            sys.set_asyncgen_hooks(*hooks)

    def _check_may_run(self) -> None:
        if self._crashed:
            raise LoopCrashed(self._name, "run")
        self._check_open()
        if self.is_running():
            raise RuntimeError("This event loop is already running")
        running = _get_running_loop()
        if self._shared.driver is not None or isinstance(running, DrivesEnvironment):
            raise RuntimeError(f"Cannot run the event loop while another loop is running: {running!r}")


def _stop_its_loop(future: asyncio.Future[Any]) -> None:
    if not future.cancelled() and isinstance(future.exception(), (SystemExit, KeyboardInterrupt)):
        # It goes through run_forever() itself; to stop as well would end the next run.
        return
    future.get_loop().stop()
