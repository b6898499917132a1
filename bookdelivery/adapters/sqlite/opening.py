"""Opens a database file, or refuses it with the reason, and leaves what is not ours as it was."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from bookdelivery.adapters.sqlite.failures import translated, translating
from bookdelivery.adapters.sqlite.locking import begin_writing, impatient
from bookdelivery.kernel.errors import Unavailable, UnusableStore

APPLICATION_ID = 0x626F6F6B
"""Marks a file as ours (the letters "book"), at the place SQLite's file format keeps for it."""

SCHEMA_VERSION = 1
"""The version of all tables together, kept as SQLite's `user_version`."""

_SCHEMA = """
CREATE TABLE pulse (commits INTEGER NOT NULL);
INSERT INTO pulse VALUES (0);
CREATE TABLE names (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE ids (kind TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
"""


def connect(path: Path, synchronous: str, busy_timeout_s: float) -> sqlite3.Connection:
    """Open one more connection to a file that `prepare` has found to be ours."""
    connection = sqlite3.connect(
        path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False, cached_statements=1024
    )
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    # On macOS fsync leaves the data in the drive's cache; elsewhere these change nothing.
    connection.execute(f"PRAGMA fullfsync = {synchronous == 'FULL'}")
    connection.execute(f"PRAGMA checkpoint_fullfsync = {synchronous == 'FULL'}")
    connection.execute("PRAGMA cache_size = -16384")
    connection.execute("PRAGMA temp_store = MEMORY")
    # 16 MiB of log between checkpoints instead of 4: a page that many commits change is copied back less often.
    connection.execute("PRAGMA wal_autocheckpoint = 4096")
    return connection


def look(path: Path, busy_timeout_s: float = 5.0) -> None:
    """See that there is a database of ours at this path, or can be one, and leave everything as it is.

    Raises:
        UnusableStore: there is something else, or it cannot be read or written.
        Unavailable: another process kept it locked for longer than the timeout.
    """
    _check_place(path)
    if path.exists():
        opened = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
        with translating(str(path)), closing(opened):
            _check_owner(opened, path)


def prepare(path: Path, busy_timeout_s: float) -> None:
    """See that there is a database of ours at this path, of the present version and in WAL mode; create it if need be.

    Raises:
        UnusableStore: there is something else, or it cannot be read or written.
        Unavailable: another process kept it locked for longer than the timeout.
    """
    _check_place(path)
    with translating(str(path)), closing(sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)) as opened:
        _check_owner(opened, path)
        _switch_to_wal(opened, path, busy_timeout_s)
        begin_writing(impatient(opened), str(path), busy_timeout_s)
        # Another process may have created the tables since.
        if _check_owner(opened, path) == 0:
            _create(opened)
        opened.execute("COMMIT")


def _check_place(path: Path) -> None:
    where = str(path)
    if path.is_dir():
        raise UnusableStore(where, "it is a directory, no database file")
    if path.exists():
        if not path.is_file():
            raise UnusableStore(where, "it is no regular file")
        if not os.access(path, os.R_OK | os.W_OK):
            raise UnusableStore(where, "the file is not readable and writable")
    elif not path.parent.is_dir():
        raise UnusableStore(where, f"the directory {path.parent} does not exist")
    # SQLite keeps its log beside the file.
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise UnusableStore(where, f"the directory {path.parent} is not writable")


def _check_owner(connection: sqlite3.Connection, path: Path) -> int:
    """Give the schema version, 0 for a database without anything in it."""
    where = str(path)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise UnusableStore(where, "it is a database of another application; choose another file")
    if version > SCHEMA_VERSION:
        problem = f"its schema version is {version}, written by a newer release; this one knows {SCHEMA_VERSION}"
        raise UnusableStore(where, problem)
    return int(version)


def _switch_to_wal(connection: sqlite3.Connection, path: Path, busy_timeout_s: float) -> None:
    """Turn WAL on. SQLite answers "busy" at once while another process does the same, so the waiting is done here."""
    give_up = time.monotonic() + busy_timeout_s
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if not isinstance(translated(str(path), error), Unavailable) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
            continue
        if mode != "wal":
            problem = f"its file system does not support write-ahead logs (the journal mode stays {mode})"
            raise UnusableStore(str(path), problem)
        return


def _create(connection: sqlite3.Connection) -> None:
    for statement in filter(str.strip, _SCHEMA.split(";")):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
