"""Named moments at which a process kills itself, put around the ports, never into what is tested.

`kill -9` leaves nobody a chance to tidy up: no `finally`, no `atexit`, no flush. That is what `os.kill` with SIGKILL on
the own process gives, at a moment that a parent's clock would hardly ever hit. Nothing here is reachable from
`bookdelivery serve`: only a drill's processes have these points.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar, cast

import attrs

Port = TypeVar("Port")


class CrashPoint(StrEnum):
    """Where a process dies."""

    BEFORE_COMMIT = "before commit"
    AFTER_COMMIT = "after commit, before its answer"
    BEFORE_PUBLISH = "before publish"
    AFTER_PUBLISH = "after publish, before mark-sent"
    AFTER_MARK_SENT = "after mark-sent"
    FETCHED = "after fetch, before handling"
    HANDLED = "after handling, before acknowledge"
    ACKNOWLEDGED = "after acknowledge"
    BEFORE_CHARGE = "before charge"
    CHARGED = "after charge, before its answer is recorded"
    BEFORE_REFUND = "before refund"
    REFUNDED = "after refund, before its answer is recorded"


AROUND: Mapping[str, tuple[CrashPoint | None, CrashPoint | None]] = {
    "commit": (CrashPoint.BEFORE_COMMIT, CrashPoint.AFTER_COMMIT),
    "publish": (CrashPoint.BEFORE_PUBLISH, CrashPoint.AFTER_PUBLISH),
    "mark_sent": (None, CrashPoint.AFTER_MARK_SENT),
    "fetch": (None, CrashPoint.FETCHED),
    "acknowledge": (CrashPoint.HANDLED, CrashPoint.ACKNOWLEDGED),
    "charge": (CrashPoint.BEFORE_CHARGE, CrashPoint.CHARGED),
    "refund": (CrashPoint.BEFORE_REFUND, CrashPoint.REFUNDED),
}
"""For each operation of a port the crash points before and after it."""

CONTEXTS = ("order", "payment", "ordermanagement", "delivery", "mypage")
STATING = CONTEXTS[:-1]
"""The contexts that state facts; MyPage only listens."""

PLACES: Mapping[CrashPoint, Sequence[str]] = {
    CrashPoint.BEFORE_COMMIT: CONTEXTS,
    CrashPoint.AFTER_COMMIT: CONTEXTS,
    CrashPoint.BEFORE_PUBLISH: STATING,
    CrashPoint.AFTER_PUBLISH: STATING,
    CrashPoint.AFTER_MARK_SENT: STATING,
    CrashPoint.FETCHED: CONTEXTS,
    CrashPoint.HANDLED: CONTEXTS,
    CrashPoint.ACKNOWLEDGED: CONTEXTS,
    CrashPoint.BEFORE_CHARGE: ("payment",),
    CrashPoint.CHARGED: ("payment",),
    CrashPoint.BEFORE_REFUND: ("payment",),
    CrashPoint.REFUNDED: ("payment",),
}
"""The contexts whose process comes by each point."""


@attrs.frozen
class Crash:
    """One planned death.

    Attributes:
        point: where; a `CrashPoint`, or another name that somebody passes to `Fuse.reach`.
        occurrence: the how-manieth time, from 1, that the process comes there.
        where: the context whose port it is, or another place; empty for any.
    """

    point: StrEnum
    occurrence: int = 1
    where: str = ""

    def __str__(self) -> str:
        place = f" in {self.where}" if self.where else ""
        return f"{self.point}{place}, no. {self.occurrence}"


class Fuse:
    """Counts how often the planned point is reached, and kills the process when its time has come.

    Args:
        crash: what is planned, None for nothing.
    """

    def __init__(self, crash: Crash | None = None) -> None:
        self.arm(crash)

    def arm(self, crash: Crash | None) -> None:
        """Plan another death, or none, from now on."""
        self._crash = crash
        self._left = 0 if crash is None else crash.occurrence

    def reach(self, point: StrEnum, where: str) -> None:
        """Come by a point."""
        crash = self._crash
        if crash is None or crash.point is not point or crash.where not in ("", where):
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, port: Port, where: str) -> Port:
        """Put the points around every operation of an adapter that has any."""
        return cast(Port, _Fused(port, where, self))


class _Fused:
    def __init__(self, port: Any, where: str, fuse: Fuse) -> None:
        self._port = port
        self._where = where
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not callable(method):
            return method
        before, after = AROUND.get(name, (None, None))

        async def call(*args: Any, **kwargs: Any) -> Any:
            if before is not None:
                self._fuse.reach(before, self._where)
            result = await method(*args, **kwargs)
            if after is not None:
                self._fuse.reach(after, self._where)
            # A subscription is a port of its own, reached through the broker.
            return self._fuse.around(result, self._where) if name == "subscribe" else result

        asynchronous: Callable[..., Awaitable[Any]] = call
        self.__dict__[name] = asynchronous
        return asynchronous
