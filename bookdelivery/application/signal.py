"""A flag that tasks of one event loop can wait for."""

from __future__ import annotations

import asyncio


class Signal:
    """Wakes everybody who waits; a wait may also end by time."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: list[asyncio.Future[None]] = []
        # Nearly every wait ends by the flag, so none has a timer of its own: one stays behind from wait to wait, and
        # when it comes too early it is set anew.
        self._ends: dict[asyncio.Future[None], float] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether the flag is up."""
        return self._is_set

    def set(self) -> None:
        """Raise the flag and wake all who wait."""
        self._is_set = True
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    def clear(self) -> None:
        """Lower the flag."""
        self._is_set = False

    async def wait(self, at_most_s: float | None = None) -> None:
        """Wait for the flag, at most for a time in seconds; return at once if it is up."""
        if self._is_set:
            return
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._waiting.append(future)
        if at_most_s is not None:
            self._ends[future] = ends = loop.time() + at_most_s
            if self._timer is None or ends < self._timer.when():
                self._set_timer(loop, ends)
        try:
            await future
        finally:
            self._ends.pop(future, None)
            if future in self._waiting:
                self._waiting.remove(future)

    def _set_timer(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(at, self._time_is_up, loop)

    def _time_is_up(self, loop: asyncio.AbstractEventLoop) -> None:
        assert self._timer is not None
        # Not the clock: a loop may call a little early.
        at = self._timer.when()
        self._timer = None
        for future, ends in self._ends.items():
            if ends <= at and not future.done():
                future.set_result(None)
        later = [ends for future, ends in self._ends.items() if not future.done()]
        if later:
            self._set_timer(loop, min(later))
