"""What databases report, in the library's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import exc

from bookdelivery.kernel.errors import Unavailable, UnusableStore

_USELESS: Mapping[int | str, str] = {
    # PostgreSQL's SQLSTATEs (appendix A of its manual).
    "28P01": "wrong user or password",
    "28000": "this user may not log in",
    "3D000": "there is no such database",
    "42501": "this user may not do that",
    "42P01": "a table is missing; it was there before",
    "53100": "the server's disk is full; nothing of this was written",
    "25006": "the server is read-only",
    # MariaDB's error codes.
    1044: "this user may not use the database",
    1045: "wrong user or password",
    1049: "there is no such database",
    1142: "this user may not do that",
    1146: "a table is missing; it was there before",
    1021: "the server's disk is full; nothing of this was written",
    1114: "the server's disk is full; nothing of this was written",
    1290: "the server is read-only",
    1698: "wrong user or password",
}

_AT_LOGIN = {
    "password authentication failed": "wrong user or password",
    "no password supplied": "wrong user or password",
    "role": "wrong user or password",
    "database": "there is no such database",
}
"""PostgreSQL tells of a failed login in words only: what comes after FATAL, and what it means."""

_SQLITE = {
    "SQLITE_FULL": "the disk is full; nothing of this was written",
    "SQLITE_NOTADB": "it is no SQLite database",
    "SQLITE_CORRUPT": "it is damaged",
    "SQLITE_READONLY": "it cannot be written",
    "SQLITE_CANTOPEN": "it cannot be opened for reading and writing",
    "SQLITE_IOERR": "the disk failed",
}

_CONNECTION_LOST = (exc.OperationalError, exc.InterfaceError, exc.InternalError)


@contextmanager
def translating(where: str) -> Iterator[None]:
    """Raise what a database reports within as an error of ours, which names it without its password.

    Raises:
        Unavailable: it cannot be reached just now, is busy, or broke a transaction off.
        UnusableStore: it cannot be used by us at all.
    """
    try:
        yield
    except exc.DBAPIError as error:
        ours = translated(where, error)
        if ours is None:
            raise
        raise ours from error
    except exc.TimeoutError as error:
        raise Unavailable(f"{where}: all connections are in use for longer than we wait") from error


def translated(where: str, error: exc.DBAPIError) -> Unavailable | UnusableStore | None:
    """Say in our words what is wrong with a database; None where the statement is at fault."""
    problem = _problem(error.orig)
    reason = str(error.orig).strip().partition("\n")[0]
    if problem is not None:
        return UnusableStore(where, f"{problem} ({reason})")
    if error.connection_invalidated or isinstance(error, _CONNECTION_LOST):
        return Unavailable(f"{where} cannot be reached or is busy: {reason}")
    return None


def was_lost(error: exc.DBAPIError) -> bool:
    """Say whether the connection itself is gone, so that another one may work at once."""
    return error.connection_invalidated


def _problem(original: Any) -> str | None:
    # MariaDB's driver tells both, and the code says more.
    for told in (original.args[0] if getattr(original, "args", ()) else None, getattr(original, "sqlstate", None)):
        if isinstance(told, (int, str)) and told in _USELESS:
            return _USELESS[told]
    name = getattr(original, "sqlite_errorname", "")
    if (matching := next((known for known in _SQLITE if name.startswith(known)), None)) is not None:
        return _SQLITE[matching]
    found = re.search(r"FATAL:\s+(" + "|".join(_AT_LOGIN) + ")", str(original))
    return _AT_LOGIN[found[1]] if found else None
