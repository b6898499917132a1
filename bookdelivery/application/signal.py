"""A flag that tasks of one event loop can wait for."""

from __future__ import annotations

import asyncio


class Signal:
    """Wakes everybody who waits; a wait may also end by time."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: list[asyncio.Future[None]] = []

    def set(self) -> None:
        """Raise the flag and wake all who wait."""
        self._is_set = True
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
        timer = None if at_most_s is None else loop.call_later(at_most_s, _end, future)
        try:
            await future
        finally:
            if timer is not None:
                timer.cancel()
            if future in self._waiting:
                self._waiting.remove(future)


def _end(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
