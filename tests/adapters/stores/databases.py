"""Databases for tests of the SQL store: each suite has tables of its own, emptied for each test."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bookdelivery.adapters.stores.sql.engines import SqlSettings, make_engine, parsed
from bookdelivery.adapters.stores.sql.migrating import migrate
from bookdelivery.adapters.stores.sql.schema import LAST_POSITION, PURGED_BEFORE, tables_of

PATIENT = SqlSettings(connect_timeout_s=60, statement_timeout_s=120, lock_timeout_s=120, idle_timeout_s=120)
"""For slow disks."""


def fresh_context() -> str:
    """Name a context that no other test has."""
    return f"notes_{uuid.uuid4().hex[:12]}"


@contextmanager
def tables_for(url: str, context: str) -> Iterator[Callable[[], None]]:
    """Have a context's tables in a database for a while; gives what makes them as they were at first."""
    migrate(url, context, PATIENT)
    tables = tables_of(context)
    engine = make_engine(parsed(url), PATIENT, writes=True)
    facts: list[dict[str, Any]] = [
        {"name": LAST_POSITION, "number": 0, "at": None},
        {"name": PURGED_BEFORE, "number": None, "at": None},
    ]

    def empty() -> None:
        with engine.begin() as connection:
            for table in tables.metadata.sorted_tables:
                connection.execute(table.delete())
            connection.execute(tables.facts.insert(), facts)

    try:
        yield empty
    finally:
        with engine.begin() as connection:
            tables.metadata.drop_all(connection)
            tables.version.drop(connection, checkfirst=True)
        engine.dispose()


@contextmanager
def database(url_of: Callable[[str], str], default: str = "bookdelivery") -> Iterator[str]:
    """Have a database of one's own for a while; gives its URL.

    Args:
        url_of: gives the URL of a database on the server, by name.
        default: the name of one that is there.
    """
    name = f"bookdelivery_{uuid.uuid4().hex[:12]}"
    engine = make_engine(parsed(url_of(default)), PATIENT, writes=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield url_of(name)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name}")
        engine.dispose()
