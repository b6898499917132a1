"""What the loop puts into the queue of the SimPy environment.

`simpy.Environment.step()` (simpy 4.1, core.py) takes the first entry `(time, priority, id, event)` off its
heap, sets `event.callbacks` to None, calls each former callback with the event, and then looks at
`event._ok`. A slotted object of that shape can therefore lie in the queue by itself: to wrap every handle in
a `simpy.Event` halves the speed of the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Any

NORMAL = 1
"""The priority of a loop's entries in the environment's queue, that of SimPy's ordinary events."""

TIMERS: set[type[Timer]] = set()
"""The kinds of timers there are."""


class ReadyHandle(asyncio.Handle):
    """A callback that runs in the loop's next turn.

    Sets only what the loop and `asyncio.Handle` read; the rest are constants of the class.
    """

    __slots__ = ()
    _repr = None
    _source_traceback = None

    _callback: Callable[..., object]
    _args: Sequence[Any]
    _context: Context

    def __init__(self, callback: Callable[..., object], args: Sequence[Any], context: Context) -> None:
        self._callback = callback
        self._args = args
        self._context = context

    def __repr__(self) -> str:
        """What it calls, or that it is cancelled."""
        return f"<{type(self).__name__} {'cancelled' if self._cancelled else repr(self._callback)}>"

    @property
    def _cancelled(self) -> bool:  # type: ignore[override]
        return self._callback is nothing

    def cancel(self) -> None:
        """Keep the callback from being called, and let go of what it holds."""
        self._callback = nothing
        self._args = ()


class Timer(asyncio.TimerHandle):
    """A callback that runs at a moment of virtual time; an entry of the environment's queue.

    It lies in the queue as long as `callbacks` is not None. Others may make entries of their own of it (`Nap`).
    """

    __slots__ = ("callbacks",)
    _repr = None
    _source_traceback = None
    _scheduled = False
    _ok = True

    _callback: Callable[..., object]
    _args: Sequence[Any]
    _context: Context
    _when: float
    callbacks: tuple[Callable[[Timer], None], ...] | None
    _loop: Any

    def __init_subclass__(cls) -> None:
        TIMERS.add(cls)

    def __init__(self, callback: Callable[..., object], args: Sequence[Any], loop: Any, context: Context) -> None:
        self._callback = callback
        self._args = args
        self._loop = loop
        self._context = context
        self._cancelled = False

    def cancel(self) -> None:
        """Keep the callback from being called, and let go of what it holds.

        `asyncio.sleep()` cancels its timer after each nap, so this is on the fast path for timers that have
        fired.
        """
        self.drop()

    def drop(self) -> None:
        """Do the same, and no more than that, whatever else it means to cancel an entry of this kind."""
        if not self._cancelled:
            self._cancelled = True
            self._callback = nothing
            self._args = ()
            if self.callbacks is not None:
                self._loop._timer_cancelled()


TIMERS.add(Timer)


class Pump:
    """The entry that runs a loop's ready callbacks at the present moment."""

    __slots__ = ("_loop", "callbacks", "id")
    _ok = True

    id: int
    """Its place among the entries of one moment."""

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self.callbacks: tuple[Callable[[Pump], None], ...] | None = None


def nothing() -> None:
    """What a cancelled handle would call."""
