"""Named moments at which a process kills itself: those around the ports that drills have, and some around SQLite's own.

`kill -9` leaves nobody a chance to tidy up: no `finally`, no `atexit`, no flush.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from typing import Any
from unittest.mock import patch

from bookdelivery.services.drill.crash_points import Crash, CrashPoint, Fuse

__all__ = ["PROVIDER_POINTS", "Crash", "CrashPoint", "FilePoint", "Fuse", "crashing_sqlite", "point_of"]


class FilePoint(StrEnum):
    """Where a process dies that writes to a database file."""

    WRITING = "in the middle of a transaction"
    BEFORE_COMMIT_STATEMENT = "before SQLite's COMMIT"
    AFTER_COMMIT_STATEMENT = "after SQLite's COMMIT, before anybody is told"


PROVIDER_POINTS = (CrashPoint.BEFORE_CHARGE, CrashPoint.CHARGED, CrashPoint.BEFORE_REFUND, CrashPoint.REFUNDED)


def point_of(name: str) -> CrashPoint | FilePoint:
    """Give the point of this name."""
    return CrashPoint(name) if name in set(CrashPoint) else FilePoint(name)


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
            self._fuse.reach(FilePoint.BEFORE_COMMIT_STATEMENT, self._where)
        cursor = super().execute(sql, parameters)
        if sql == "COMMIT":
            self._fuse.reach(FilePoint.AFTER_COMMIT_STATEMENT, self._where)
        elif self.in_transaction and sql.startswith(("CREATE", "INSERT", "UPDATE", "DELETE")):
            self._fuse.reach(FilePoint.WRITING, self._where)
        return cursor


@contextmanager
def crashing_sqlite(fuse: Fuse, checkpoint_pages: int) -> Iterator[None]:
    """Have every connection that is opened within die as planned, and copy its log back after so many pages.

    The copying (a checkpoint) is rare by default, so that a kill would seldom fall into one.
    """
    factory = partial(_CrashingConnection, fuse=fuse, checkpoint_pages=checkpoint_pages)
    with patch.object(sqlite3, "connect", partial(sqlite3.connect, factory=factory)):
        yield
