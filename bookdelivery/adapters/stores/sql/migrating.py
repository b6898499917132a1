"""Brings a context's tables to the version this release works with, or refuses them with the reason."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bookdelivery.adapters.stores.sql.engines import SqlSettings, make_engine, parsed
from bookdelivery.adapters.stores.sql.failures import translating
from bookdelivery.adapters.stores.sql.schema import SCHEMA_VERSION, Tables, tables_of
from bookdelivery.kernel.errors import Unavailable, UnusableStore

# Alembic has one environment a process.
_one_at_a_time = threading.Lock()

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(url: str, context: str, settings: SqlSettings | None = None) -> str:
    """Bring a context's tables up to date; for use before the services start, where they may not do it themselves.

    Args:
        url: the database, as `SqlStore` takes it.
        context: the context's name.
        settings: the patience to have.

    Returns:
        The version the tables are of now.

    Raises:
        InvalidField: the URL or the name cannot be used.
        Unavailable: the database cannot be reached.
        UnusableStore: it cannot be used, or a newer release has been at work there.
    """
    made = parsed(url)
    tables = tables_of(context)
    where = made.render_as_string(hide_password=True)
    engine = make_engine(made, settings or SqlSettings(), writes=True)
    try:
        with translating(where):
            bring_up_to_date(engine, tables, context, where, may_migrate=True)
    finally:
        engine.dispose()
    return SCHEMA_VERSION


def bring_up_to_date(engine: Engine, tables: Tables, context: str, where: str, *, may_migrate: bool) -> None:
    """See that a context's tables are of the version this release works with.

    Args:
        engine: one that writes.
        tables: what they have to be.
        context: whose they are.
        where: the database, for error messages.
        may_migrate: whether to change what is older or missing.

    Raises:
        UnusableStore: a newer release has been at work there, or they are old and may not be changed.
    """
    with engine.connect() as connection:
        found = _version(connection, tables)
    if found == SCHEMA_VERSION:
        return
    known = _known_versions()
    _check(found, known, context, where)
    if not may_migrate:
        state = "has no tables yet" if found is None else f"has tables of version {found}, older than {SCHEMA_VERSION}"
        raise UnusableStore(where, f"{context} {state}; migrate it before, or allow it with SqlSettings(migrate=True)")
    with engine.connect() as connection, _alone(connection, context, where), _one_at_a_time:
        # Another process may have done it since, and may have been a newer release.
        found = _version(connection, tables)
        _check(found, known, context, where)
        if found != SCHEMA_VERSION:
            _run(connection, context, tables.version.name)
        connection.commit()


def _check(found: str | None, known: set[str], context: str, where: str) -> None:
    if found is not None and found not in known:
        problem = f"the tables of {context} are of version {found}, written by a newer release"
        raise UnusableStore(where, f"{problem}; this one knows up to {SCHEMA_VERSION}")


def _version(connection: sa.Connection, tables: Tables) -> str | None:
    found: str | None = None
    if sa.inspect(connection).has_table(tables.version.name):
        found = connection.execute(sa.select(tables.version.c.version_num)).scalar()
    connection.rollback()
    return found


def _known_versions() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - most starts find everything up to date

    return {script.revision for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()}


def _run(connection: sa.Connection, context: str, version_table: str) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes.update(connection=connection, context=context, version_table=version_table)
    command.upgrade(config, "head")


@contextmanager
def _alone(connection: sa.Connection, context: str, where: str) -> Iterator[None]:
    """Keep other processes from migrating the same tables; SQLite's transactions do that by themselves."""
    name = f"bookdelivery.{context}.migration"
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(crc32(name.encode()))))
        yield
    elif connection.dialect.name in ("mysql", "mariadb"):
        if connection.execute(sa.select(sa.func.get_lock(name, 60))).scalar() != 1:
            raise Unavailable(f"{where}: another process has been migrating the tables of {context} for a minute")
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.release_lock(name)))
    else:
        yield
