"""What SQLite reports, in the library's own words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from bookdelivery.kernel.errors import Unavailable, UnusableStore

_PROBLEMS = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this was written",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_READONLY: "it cannot be written",
    sqlite3.SQLITE_PERM: "access is denied",
    sqlite3.SQLITE_AUTH: "access is denied",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened for reading and writing",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOLFS: "it is too large for this file system",
    sqlite3.SQLITE_TOOBIG: "a value is too large for it",
}

_PASSING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)


def translated(where: str, error: Exception) -> Unavailable | UnusableStore | None:
    """Say in our words what is wrong with a database file.

    Args:
        where: the file.
        error: what the sqlite3 module raised.

    Returns:
        None where the error speaks of something else, a mistake in a statement for example. Result codes are the
        primary ones of https://www.sqlite.org/rescode.html.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(error, sqlite3.Error) or not isinstance(code, int):
        return None
    primary = code & 0xFF
    if primary in _PASSING:
        return Unavailable(f"{where} is locked by another process for longer than we wait")
    problem = _PROBLEMS.get(primary)
    return None if problem is None else UnusableStore(where, f"{problem} ({error})")


@contextmanager
def translating(where: str) -> Iterator[None]:
    """Raise what `translated` makes of an SQLite error within, or the error itself where it makes nothing of it."""
    try:
        yield
    except sqlite3.Error as error:
        ours = translated(where, error)
        if ours is None:
            raise
        raise ours from error
