"""Connections: which databases there are, how patiently each is asked, and how a lost connection is replaced."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.values import duration_s

ALLOWED = (
    "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, mysql:// or mariadb:// likewise,"
    " or sqlite+pysqlite:///FILE (sqlite:///FILE is the adapter made for SQLite alone)"
)

_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mysql+pymysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "mariadb+pymysql": "mariadb+pymysql",
    "sqlite+pysqlite": "sqlite+pysqlite",
}
"""How a URL may begin, and what SQLAlchemy calls that."""


def _count(instance: object, attribute: attrs.Attribute[int], value: object) -> None:
    if type(value) is not int or not 1 <= value <= 1000:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a whole number from 1 to 1000")


@attrs.frozen(kw_only=True)
class SqlSettings:
    """How a context's store deals with its database.

    Attributes:
        readers: connections for reading that are kept open at most; one more writes.
        connect_timeout_s: seconds to wait for a connection.
        statement_timeout_s: seconds after which the server gives up a statement.
        lock_timeout_s: seconds to wait for another process's commit.
        idle_timeout_s: seconds after which the server ends a transaction whose client says nothing: that of a process
            which was stopped in the middle of a commit, and keeps all others from committing.
        migrate: whether tables that are missing or older are brought up to date on the first use; otherwise they are
            refused, and `migrate` has to be called before.
    """

    readers: int = attrs.field(default=4, validator=_count)
    connect_timeout_s: float = attrs.field(default=5.0, validator=duration_s)
    statement_timeout_s: float = attrs.field(default=30.0, validator=duration_s)
    lock_timeout_s: float = attrs.field(default=10.0, validator=duration_s)
    idle_timeout_s: float = attrs.field(default=15.0, validator=duration_s)
    migrate: bool = True


def parsed(url: str, field: str = "url") -> URL:
    """Read the URL of a database, naming the driver that this library uses.

    Query parameters go to the driver: `postgresql://...?sslmode=verify-full&sslrootcert=ca.pem` for example.

    Raises:
        InvalidField: it is none, of another kind of database, or names no database.
    """
    try:
        made = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InvalidField("open", field, _without_password(url), ALLOWED) from error
    driver = _DRIVERS.get(made.drivername)
    if driver is None or not made.database or (driver != "sqlite+pysqlite" and not made.host):
        raise InvalidField("open", field, made.render_as_string(hide_password=True), ALLOWED)
    return made.set(drivername=driver)


def check_driver(url: str, field: str = "url") -> None:
    """See that a URL is one of a database, and that its driver is installed.

    Raises:
        InvalidField: it is not.
        ModuleNotFoundError: the driver is not installed.
    """
    parsed(url, field).get_dialect().import_dbapi()


def _without_password(url: str) -> str:
    before, at, after = url.rpartition("@")
    return f"{before.partition('://')[0]}://***@{after}" if at else url


def make_engine(url: URL, settings: SqlSettings, *, writes: bool) -> Engine:
    """Make an engine. It connects when it is first used.

    Args:
        url: the database.
        settings: its patience.
        writes: whether it is the one connection that writes, in transactions; the others read, each statement by
            itself, which spares two trips to the server.
    """
    engine = sa.create_engine(
        url,
        pool_size=1 if writes else settings.readers,
        max_overflow=0,
        pool_timeout=settings.connect_timeout_s,
        isolation_level=_isolation(url, writes),
        pool_reset_on_return="rollback" if writes else None,
        connect_args=_ARGUMENTS[url.get_backend_name()](settings),
        hide_parameters=True,
    )
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        if writes:
            event.listen(engine, "begin", _begin_sqlite)
    elif url.get_backend_name() in ("mysql", "mariadb"):
        event.listen(engine, "connect", _prepare_mariadb(settings))
    return engine


def _isolation(url: URL, writes: bool) -> Any:
    if not writes:
        return "AUTOCOMMIT"
    # Commits wait for one another, so each may see what the one before did: nothing stronger is needed.
    return None if url.get_backend_name() == "sqlite" else "READ COMMITTED"


def _postgresql(settings: SqlSettings) -> dict[str, Any]:
    limits = {
        "statement_timeout": settings.statement_timeout_s,
        "lock_timeout": settings.lock_timeout_s,
        "idle_in_transaction_session_timeout": settings.idle_timeout_s,
    }
    options = [f"-c {name}={round(limit_s * 1000)}" for name, limit_s in limits.items()]
    # Every statement finds its rows by an index, in that one's order. While a table grows faster than it is analyzed,
    # the planner takes it for a small one, and would rather collect and sort all rows than read the first of them.
    options.append("-c enable_bitmapscan=off")
    return {
        "connect_timeout": max(1, round(settings.connect_timeout_s)),
        "options": " ".join(options),
        # A server that vanished without a word is noticed by the operating system.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": round(settings.statement_timeout_s * 1000),
    }


def _mariadb(settings: SqlSettings) -> dict[str, Any]:
    # The driver waits a little longer than the server, which can say what it gave up.
    silence_s = round(settings.statement_timeout_s + 5)
    return {
        "connect_timeout": max(1, round(settings.connect_timeout_s)),
        "read_timeout": silence_s,
        "write_timeout": silence_s,
        "charset": "utf8mb4",
    }


def _sqlite(settings: SqlSettings) -> dict[str, Any]:
    return {"timeout": settings.lock_timeout_s}


_ARGUMENTS: dict[str, Callable[[SqlSettings], dict[str, Any]]] = {
    "postgresql": _postgresql,
    "mysql": _mariadb,
    "mariadb": _mariadb,
    "sqlite": _sqlite,
}


def _prepare_mariadb(settings: SqlSettings) -> Callable[[Any, Any], None]:
    limits = {
        "innodb_lock_wait_timeout": max(1, round(settings.lock_timeout_s)),
        "max_statement_time": settings.statement_timeout_s,
        "idle_transaction_timeout": max(1, round(settings.idle_timeout_s)),
    }

    def prepare(connection: Any, _: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION " + ", ".join(f"{name} = {limit}" for name, limit in limits.items()))

    return prepare


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    # SQLAlchemy begins transactions itself, see below; sqlite3 would begin them late and without the write lock.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
