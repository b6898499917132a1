"""Finds out when something lies in a store that nobody sees to, so that its pods need not look there all the time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Protocol

from bookdelivery.kernel.ports import Outgoing
from bookdelivery.simulation.states import at_once


class Watched(Protocol):
    """What a watchman looks into: a store that lives in memory, so that it answers at once."""

    async def waiting(self, limit: int) -> Sequence[Outgoing]:
        """List outbox events not yet marked sent; see `Store.waiting`."""
        ...

    async def next_wake_up(self, kinds: Sequence[str]) -> float | None:
        """Say when the earliest deadline is; see `Store.next_wake_up`."""
        ...


class Watchman:
    """Tells the pods of a context to look into their store once something has lain there for too long.

    Whoever commits an event or a deadline sees to it. What is still there after a while was left behind: by a pod that
    died over it, or by a task that was cancelled before it learned that it had committed.

    Args:
        store: what he looks into.
        kinds: the kinds of records that have deadlines.
        loop: the world's.
        patience_s: how long, in seconds, something may lie there.
    """

    def __init__(
        self, store: Watched, kinds: Sequence[str], loop: asyncio.AbstractEventLoop, patience_s: float
    ) -> None:
        self._store = store
        self._kinds = kinds
        self._loop = loop
        self._patience_s = patience_s
        self._listeners: dict[str, Callable[[], object]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = math.inf

    def tell(self, pod: str, listener: Callable[[], object]) -> None:
        """Have a pod told from now on, by this callback, which takes the place of its last one."""
        self._listeners[pod] = listener

    def committed(self) -> None:
        """Take note that something was committed."""
        at = self._loop.time() + self._patience_s
        if at < self._looks_at:
            self._look_at(at)

    def _look_at(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._looks_at = at
        self._timer = self._loop.call_at(at, self._look) if at < math.inf else None

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        waiting = at_once(self._store.waiting(1))
        deadline = at_once(self._store.next_wake_up(self._kinds)) if self._kinds else None
        since = min(waiting[0].envelope.time if waiting else math.inf, math.inf if deadline is None else deadline)
        ends = since + self._patience_s
        if ends <= now:
            for listener in self._listeners.values():
                listener()
            ends = now + self._patience_s
        self._look_at(ends)
