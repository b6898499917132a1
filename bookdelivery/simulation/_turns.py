"""The turns of a loop in virtual time: what is ready, what is due, and in which order it runs.

The order is that of CPython's own loop (Lib/asyncio/base_events.py, `_run_once`): a turn runs what was ready
when it began, first in, first out; timers that are due join the end of the next turn, by their time, then by
the order they were made in; what a callback makes ready runs in a later turn of the same moment.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import sys
import threading
from abc import abstractmethod
from asyncio import _get_running_loop, _set_running_loop
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from heapq import heappush
from typing import TYPE_CHECKING, Any

import simpy

from bookdelivery.simulation._environment import Shared
from bookdelivery.simulation._failures import ReportsFailures
from bookdelivery.simulation._generators import BegunGenerators
from bookdelivery.simulation._handles import NORMAL, Pump, ReadyHandle, Timer
from bookdelivery.simulation._waiting import Waiting, waiting
from bookdelivery.simulation.loop_errors import NotSimulated

if TYPE_CHECKING:
    from bookdelivery.simulation._waits import Answer


class TakesTurns(ReportsFailures):
    """The clock and the queue of a loop, both those of its environment.

    Timers lie in the environment's queue themselves. Ready callbacks wait in the loop's own, and one entry,
    the pump, runs them; that saves most of them the way through the heap.
    """

    def __init__(self, env: simpy.Environment, name: str | None) -> None:
        self._env = env
        self._shared = Shared.of(env)
        number = self._shared.enrol(self)
        self._name = f"loop-{number}" if name is None else name
        self._queue: list[tuple[float, int, int, Any]] = env._queue  # type: ignore[assignment]
        self._entry_ids = env._eid
        self._ready: deque[ReadyHandle | Timer] = deque()
        self._due: list[tuple[float, int, Timer]] = []
        self._pump = Pump(self)
        self._pump_callbacks = (self._on_pump,)
        self._timer_callbacks = (self._on_timer,)
        self._generators = BegunGenerators(self)
        # Whether a turn is under way or scheduled: then a ready callback need not wake the loop.
        self._awake = False
        self._stopping = False
        self._closed = False
        self._crashed = False
        self._thread_id = threading.get_ident()
        # Whether anything may speak against queueing a callback: one test on the fast path for all of it.
        self._guarded = False

    @property
    def env(self) -> simpy.Environment:
        """The environment the loop lives on."""
        return self._env

    @property
    def name(self) -> str:
        """What the loop is called, in errors and in the names of its tasks."""
        return self._name

    def is_closed(self) -> bool:
        """Whether `close()` was called."""
        return self._closed

    def is_crashed(self) -> bool:
        """Whether `crash()` was called."""
        return self._crashed

    def has_ended(self) -> bool:
        """Whether the loop was closed or has crashed, so that it runs nothing any more."""
        return self._closed or self._crashed

    def time(self) -> float:
        """The present moment of virtual time, in seconds."""
        return self._env._now

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Call `callback` in the next turn, at the present moment.

        On a crashed loop it is dropped without a word, as a packet to a dead host is.

        Raises:
            RuntimeError: the loop is closed.
        """
        handle = ReadyHandle(callback, args, copy_context() if context is None else context)
        if self._guarded and not self._accepts(callback):
            handle.cancel()
            return handle
        self._ready.append(handle)
        if not self._awake:
            self._wake()
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call `callback` after `delay` seconds; see `call_at()`."""
        timer = Timer(callback, args, self, copy_context() if context is None else context)
        self.push(timer, self._env._now + delay)
        return timer

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call `callback` at `when`, in seconds on this loop's clock; never, if that is infinite.

        On a crashed loop it is dropped without a word.

        Raises:
            RuntimeError: the loop is closed.
            ValueError: `when` is not a number.
        """
        timer = Timer(callback, args, self, copy_context() if context is None else context)
        self.push(timer, when)
        return timer

    def push(self, timer: Timer, when: float) -> None:
        """Have a timer, made for this loop, fire at `when`; see `call_at()`."""
        timer._when = when
        if self._env._now < when < math.inf and not self._guarded:
            timer.callbacks = self._timer_callbacks
            heappush(self._queue, (when, NORMAL, next(self._entry_ids), timer))
        else:
            timer.callbacks = None
            self._schedule_with_care(timer)

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """The same as `call_soon()`, for code that may be run in several threads elsewhere.

        Raises:
            NotSimulated: it is called from another thread than the simulation's.
        """
        if threading.get_ident() != self._thread_id and _get_running_loop() is not self:
            raise NotSimulated(
                "loop.call_soon_threadsafe() from another thread",
                "a thread runs in real time, so what it schedules would come at another moment in each run",
                "do that work in a coroutine, or as a SimPy process",
            )
        return self.call_soon(callback, *args, context=context)

    def _schedule_with_care(self, timer: Timer) -> None:
        when = timer._when
        if math.isnan(when):
            raise ValueError("a timer's time is nan, but must be a number of seconds")
        if self._guarded and not self._accepts(timer._callback):
            timer.drop()
        elif when <= self._env._now:
            self._due.append((when, len(self._due), timer))
            if not self._awake:
                self._wake()
        elif when < math.inf:
            timer.callbacks = self._timer_callbacks
            heappush(self._queue, (when, NORMAL, next(self._entry_ids), timer))

    def _check_open(self) -> None:
        if self._closed and not self._crashed:
            raise RuntimeError("Event loop is closed")

    def _accepts(self, callback: object) -> bool:
        """Whether a guarded loop takes on this callback; raises if it is wrong to ask."""
        if self._crashed:
            return False
        self._check_open()
        if inspect.iscoroutine(callback) or inspect.iscoroutinefunction(callback):
            raise TypeError(f"a coroutine cannot be scheduled as a callback: {callback!r}; use create_task()")
        if not callable(callback):
            raise TypeError(f"a callback must be callable, not {callback!r}")
        if threading.get_ident() != self._thread_id and _get_running_loop() is not self:
            raise RuntimeError("Non-thread-safe operation invoked on an event loop other than the current one")
        return True

    def leaks(self) -> list[Waiting]:
        """The tasks that are still pending, and where each waits, the oldest first; none of a loop that has ended."""
        return [] if self.has_ended() else [waiting(task, self._name) for task in self._pending()]

    def _pending(self) -> list[asyncio.Task[Any]]:
        return sorted(asyncio.all_tasks(self), key=hash)

    def _wake(self) -> None:
        self._awake = True
        pump = self._pump
        if pump.callbacks is None:
            pump.callbacks = self._pump_callbacks
            pump.id = next(self._entry_ids)
            if self._shared.conducts:
                self._shared.pumps.append(pump)
            else:
                self.push_pump(pump)

    def run_soon(self, answer: Answer[Any]) -> None:
        """Have the task told that waits for an answer, at the present moment: `call_soon()`, but quicker."""
        shared = self._shared
        if self._awake or self._guarded or not shared.conducts:
            self.call_soon(answer._callback, answer, context=answer._context)  # type: ignore[arg-type]
        else:
            answer.id = next(self._entry_ids)
            shared.pumps.append(answer)

    def push_pump(self, pump: Pump) -> None:
        """Have what is ready on a loop of this environment run at the present moment."""
        heappush(self._queue, (self._env._now, NORMAL, pump.id, pump))

    def _on_pump(self, _pump: Pump) -> None:
        self._turn(None)

    def _on_timer(self, timer: Timer) -> None:
        if timer._cancelled:
            self._shared.cancelled -= 1
        else:
            self._turn(timer)

    def _turn(self, timer: Timer | None) -> None:
        """Run `timer`, or what is ready, and what comes of it, as the running loop."""
        outer = _get_running_loop()
        hooks = None
        if outer is not self:
            hooks = self._generators.install()
            _set_running_loop(self)
        self._awake = True
        try:
            self._run(timer)
        finally:
            if hooks is not None:
                _set_running_loop(outer)
                sys.set_asyncgen_hooks(*hooks)
            self._end_turn()
            if self._shared.cancelled:
                self._sweep_what_is_all_cancelled()

    def _end_turn(self) -> None:
        self._awake = self._pump.callbacks is not None
        if self._ready or self._due:
            self._wake()
        if self._stopping:
            self._tidy_up()

    def _run(self, timer: Timer | None) -> None:
        """Run `timer`, or what is ready; then what comes of it, until something else is due before it.

        To go on like that changes no order: were it left to the environment's queue, it would be next.
        """
        queue, ready, due = self._queue, self._ready, self._due
        now = self._env._now
        if timer is not None:
            self._call(timer)
            if self._stopping or (queue and queue[0][0] <= now):
                return
        while ready or due:
            if due:
                self._make_due_ready()
            for _ in range(len(ready)):
                self._call(ready.popleft())
            if self._stopping or (queue and queue[0][0] <= now):
                return

    def _call(self, handle: Any) -> None:
        try:
            handle._context.run(handle._callback, *handle._args)
        except BaseException as error:  # noqa: BLE001 - a loop outlives what its callbacks raise
            self._report(handle, error)

    def _make_due_ready(self) -> None:
        self._due.sort()
        self._ready.extend(timer for _, _, timer in self._due)
        self._due.clear()

    @abstractmethod
    def _tidy_up(self) -> None:
        """Do what is to be done after a turn in which the loop was stopped."""

    def _sweep_what_is_all_cancelled(self) -> None:
        """Keep the environment, which knows no cancelled timer, from going on to one when nothing else is left."""
        if self._shared.cancelled == len(self._queue):
            self._shared.sweep(self._env)

    def _report(self, handle: ReadyHandle | Timer, error: BaseException) -> None:
        if isinstance(error, (SystemExit, KeyboardInterrupt)):
            raise error
        self.call_exception_handler(
            {"message": f"Exception in callback {handle._callback!r}", "exception": error, "handle": handle}
        )

    def _timer_cancelled(self) -> None:
        """Sweep the queue once most of it is cancelled timers, so that long timeouts do not pile up in it."""
        shared = self._shared
        shared.cancelled += 1
        if shared.cancelled * 2 > len(self._queue):
            shared.sweep(self._env)

    def _has_due_timer(self) -> bool:
        """Whether the environment's next step is a timer of this loop, due at this very moment."""
        if not self._queue:
            return False
        when, _, _, entry = self._queue[0]
        return when <= self._env._now and isinstance(entry, Timer) and entry._loop is self

    def _drop_all(self) -> None:
        """Forget every callback and timer; a turn that is under way runs out empty."""
        for handle in self._ready:
            handle.cancel()
        self._due.clear()
        for answer in [entry for entry in self._shared.pumps if entry._loop is self and type(entry) is not Pump]:
            self._shared.pumps.remove(answer)
        for _, _, _, entry in self._queue:
            if isinstance(entry, Timer) and entry._loop is self:
                entry.callbacks = None
                entry.drop()
        self._shared.sweep(self._env)
