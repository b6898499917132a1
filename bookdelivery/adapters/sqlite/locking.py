"""The write lock of a database file, waited for in a way that a busy other process cannot starve."""

from __future__ import annotations

import sqlite3
import time

from bookdelivery.adapters.sqlite.failures import translated
from bookdelivery.kernel.errors import Unavailable

LOOK_AGAIN_S = 0.0005
"""Seconds between two looks whether another process has let go of the write lock."""


def begin_writing(connection: sqlite3.Connection, where: str, busy_timeout_s: float) -> None:
    """Begin a transaction that holds the file's write lock.

    SQLite's own waiting looks for the lock ever more rarely, down to ten times a second, and a process that commits
    without a pause leaves it free for a moment only; so a second one might never find it. This looks often.

    Args:
        connection: one that does not wait for locks itself; see `impatient`.
        where: the file, for error messages.
        busy_timeout_s: seconds after which to give up.

    Raises:
        sqlite3.OperationalError: the lock was not to be had in time, or the file has a problem of its own.
    """
    give_up = time.monotonic() + busy_timeout_s
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not isinstance(translated(where, error), Unavailable) or time.monotonic() >= give_up:
                raise
        else:
            return
        time.sleep(LOOK_AGAIN_S)


def impatient(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Have a connection answer "busy" at once, as `begin_writing` does the waiting."""
    connection.execute("PRAGMA busy_timeout = 0")
    return connection
