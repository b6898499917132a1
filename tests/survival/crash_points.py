"""Named moments at which a process kills itself, put around the ports and around SQLite, never into what is tested.

`kill -9` leaves nobody a chance to tidy up: no `finally`, no `atexit`, no flush. That is what `os.kill` with SIGKILL on
the own process gives, at a moment that a parent's clock would hardly ever hit.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar, cast
from unittest.mock import patch

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
    WRITING = "in the middle of a transaction"
    BEFORE_COMMIT_STATEMENT = "before SQLite's COMMIT"
    AFTER_COMMIT_STATEMENT = "after SQLite's COMMIT, before anybody is told"


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

PROVIDER_POINTS = (CrashPoint.BEFORE_CHARGE, CrashPoint.CHARGED, CrashPoint.BEFORE_REFUND, CrashPoint.REFUNDED)
DATABASE_POINTS = (
    CrashPoint.WRITING,
    CrashPoint.BEFORE_COMMIT_STATEMENT,
    CrashPoint.AFTER_COMMIT_STATEMENT,
)


@attrs.frozen
class Crash:
    """One planned death.

    Attributes:
        point: where.
        occurrence: the how-manieth time, from 1, that the process comes there.
        where: the context whose port it is, "shop" or "provider" for a database file; empty for any.
    """

    point: CrashPoint
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

    def __init__(self, crash: Crash | None) -> None:
        self._crash = crash
        self._left = 0 if crash is None else crash.occurrence

    def reach(self, point: CrashPoint, where: str) -> None:
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

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method: Callable[..., Awaitable[Any]] = getattr(self._port, name)
        before, after = AROUND.get(name, (None, None))

        async def call(*args: Any, **kwargs: Any) -> Any:
            if before is not None:
                self._fuse.reach(before, self._where)
            result = await method(*args, **kwargs)
            if after is not None:
                self._fuse.reach(after, self._where)
            # A subscription is a port of its own, reached through the broker.
            return self._fuse.around(result, self._where) if name == "subscribe" else result

        self.__dict__[name] = call
        return call


class _CrashingConnection(sqlite3.Connection):
    """A connection that dies around its statements."""

    def __init__(self, database: Any, *args: Any, fuse: Fuse, checkpoint_pages: int, **kwargs: Any) -> None:
        super().__init__(database, *args, **kwargs)
        self._fuse = fuse
        self._checkpoint_pages = checkpoint_pages
        self._where = "provider" if str(database).endswith("-provider") else "shop"

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if sql.startswith("PRAGMA wal_autocheckpoint"):
            sql = f"PRAGMA wal_autocheckpoint = {self._checkpoint_pages}"
        if sql == "COMMIT":
            self._fuse.reach(CrashPoint.BEFORE_COMMIT_STATEMENT, self._where)
        cursor = super().execute(sql, parameters)
        if sql == "COMMIT":
            self._fuse.reach(CrashPoint.AFTER_COMMIT_STATEMENT, self._where)
        elif self.in_transaction and sql.startswith(("CREATE", "INSERT", "UPDATE", "DELETE")):
            self._fuse.reach(CrashPoint.WRITING, self._where)
        return cursor


@contextmanager
def crashing_sqlite(fuse: Fuse, checkpoint_pages: int) -> Iterator[None]:
    """Have every connection that is opened within die as planned, and copy its log back after so many pages.

    The copying (a checkpoint) is rare by default, so that a kill would seldom fall into one.
    """
    factory = partial(_CrashingConnection, fuse=fuse, checkpoint_pages=checkpoint_pages)
    with patch.object(sqlite3, "connect", partial(sqlite3.connect, factory=factory)):
        yield
