"""Stores chosen by URL: each context may keep its data where it suits it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from bookdelivery.adapters.sqlite import SqliteFile, SqliteIds, SqliteStore
from bookdelivery.adapters.sqlite import opening as sqlite_opening
from bookdelivery.adapters.stores.ids import Sequences, StoredIds
from bookdelivery.adapters.stores.memory import MemoryStore
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ids import Sequence
from bookdelivery.kernel.ports import IdSource, Store
from bookdelivery.kernel.wire import Codec
from bookdelivery.services.extras import needing

ALLOWED = (
    "memory://, sqlite:///FILE (four slashes for an absolute path), file:///DIRECTORY (of an absolute path),"
    " postgresql://USER:PASSWORD@HOST/DATABASE, mysql:// or mariadb:// likewise, sqlite+pysqlite:///FILE,"
    " or redis://HOST:PORT/NUMBER"
)

_EXTRAS = {
    "postgresql": "postgres",
    "postgresql+psycopg": "postgres",
    "mysql": "mariadb",
    "mysql+pymysql": "mariadb",
    "mariadb": "mariadb",
    "mariadb+pymysql": "mariadb",
    "sqlite+pysqlite": "sql",
    "redis": "redis",
    "rediss": "redis",
}
"""The kinds of URL whose adapters need packages that not everybody has, and the extra that brings them."""

_SQL = frozenset(scheme for scheme, extra in _EXTRAS.items() if extra != "redis")


class SqliteFiles:
    """The SQLite files that this process has open, each once, for stores, sequences and the topic together."""

    def __init__(self) -> None:
        self._open: dict[Path, tuple[SqliteFile, SqliteIds]] = {}

    def file(self, path: Path) -> SqliteFile:
        """Give the open file at a path."""
        return self._opened(path)[0]

    def ids(self, path: Path) -> SqliteIds:
        """Give the sequences in a file."""
        return self._opened(path)[1]

    def _opened(self, path: Path) -> tuple[SqliteFile, SqliteIds]:
        absolute = path.absolute()
        if absolute not in self._open:
            file = SqliteFile(absolute)
            self._open[absolute] = (file, SqliteIds(file))
        return self._open[absolute]

    async def close(self) -> None:
        """Return unused ids and let go of all files; one that fails to does not keep the others open."""
        async with AsyncExitStack() as leaving:
            for file, ids in self._open.values():
                leaving.push_async_callback(file.close)
                leaving.push_async_callback(ids.close)
        self._open.clear()


class _SequencedStore(Store, Sequences, Protocol):
    """A store that keeps sequences of ids as well."""


class Stores:
    """The stores and sources of ids of one system, each opened when it is first asked for.

    Args:
        url: where a context's data are that `by_context` does not name.
        by_context: where those of others are, by the context's name.
        codec: writes and reads what is stored.
        files: the SQLite files that are open.
    """

    def __init__(self, url: str, by_context: Mapping[str, str], codec: Codec, files: SqliteFiles) -> None:
        self._url = url
        self._by_context = by_context
        self._codec = codec
        self._files = files
        self._stores: dict[str, Store] = {}
        self._ids: dict[str, IdSource] = {}
        self._in_memory = Sequence()
        self._closes: list[Callable[[], Awaitable[None]]] = []

    def store(self, context: Context) -> Store:
        """Give a context's store.

        Raises:
            UnusableStore: there is something else at its place, or it cannot be read or written.
            MissingExtra: its packages are not installed.
        """
        self._open(context)
        return self._stores[context.name]

    def ids(self, context: Context) -> IdSource:
        """Give the source of a context's business ids, which are kept with its data."""
        self._open(context)
        return self._ids[context.name]

    async def close(self) -> None:
        """Return unused ids and let go of the stores; one that fails to does not keep the others open."""
        async with AsyncExitStack() as leaving:
            for close in self._closes:
                leaving.push_async_callback(close)
        self._closes.clear()

    def _open(self, context: Context) -> None:
        if context.name in self._stores:
            return
        url = self._by_context.get(context.name, self._url)
        path = path_of(url, "url")
        if urlsplit(url).scheme == "memory":
            self._stores[context.name], self._ids[context.name] = MemoryStore(), self._in_memory
        elif path is not None and urlsplit(url).scheme == "sqlite":
            store = SqliteStore(self._files.file(path), context.name, self._codec)
            self._stores[context.name], self._ids[context.name] = store, self._files.ids(path)
        else:
            sequenced = _sequenced(url, path, context.name, self._codec)
            ids = StoredIds(sequenced)
            self._closes += sequenced.close, ids.close
            self._stores[context.name], self._ids[context.name] = sequenced, ids


def _sequenced(url: str, path: Path | None, context: str, codec: Codec) -> _SequencedStore:
    scheme = urlsplit(url).scheme
    if path is not None:
        from bookdelivery.adapters.stores.files import FileStore  # noqa: PLC0415 - not on every system

        return FileStore(path, context, codec)
    with needing(_EXTRAS[scheme], f"{scheme}://"):
        if scheme in _SQL:
            from bookdelivery.adapters.stores.sql import SqlStore  # noqa: PLC0415 - an extra

            return SqlStore(url, context, codec)
        from bookdelivery.adapters.stores.redis import RedisStore  # noqa: PLC0415 - an extra

        return RedisStore(url, context, codec)


def places(contexts: Iterable[Context], stores: Mapping[str, str]) -> dict[str, str]:
    """Say where each context's data are, of those for which it is said apart.

    Args:
        contexts: all of a system's.
        stores: URLs by a context's name, or by the kind of store that contexts declare (`Context.store`); the name
            has precedence.

    Raises:
        InvalidField: a key is neither, or a URL is of no known kind.
    """
    known = {context.name: context for context in contexts}
    kinds = {context.store for context in known.values()}
    for key, url in stores.items():
        if key not in known and key not in kinds:
            allowed = f"by one of the contexts {', '.join(sorted(known))} or kinds {'; '.join(sorted(kinds))}"
            raise InvalidField("open", "stores", key, allowed)
        path_of(url, "stores")
    found = {name: stores.get(name, stores.get(context.store)) for name, context in known.items()}
    return {name: url for name, url in found.items() if url is not None}


def look_at_store(url: str, field: str = "url") -> None:
    """See that a store can be opened at a URL as far as can be told without a server, and leave everything as it is.

    Raises:
        InvalidField: the URL is of no known kind.
        UnusableStore: there is something else at that place, or it cannot be read or written.
        MissingExtra: its packages are not installed.
    """
    path = path_of(url, field)
    scheme = urlsplit(url).scheme
    if scheme == "sqlite" and path is not None:
        sqlite_opening.look(path)
    elif path is not None:
        from bookdelivery.adapters.stores.files.directory import look  # noqa: PLC0415

        look(path)
    elif scheme in _SQL:
        with needing(_EXTRAS[scheme], f"{scheme}://"):
            from bookdelivery.adapters.stores.sql.engines import check_driver  # noqa: PLC0415

            check_driver(url, field)
    elif scheme in _EXTRAS:
        with needing(_EXTRAS[scheme], f"{scheme}://"):
            from bookdelivery.adapters.stores.redis.settings import check  # noqa: PLC0415

            check(url, field)


def path_of(url: str, field: str) -> Path | None:
    """Give the file or directory that a URL names, None for memory and for servers.

    Raises:
        InvalidField: the URL is of no known kind.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidField("open", field, url, ALLOWED) from error
    if parts.scheme in _EXTRAS and (parts.netloc or parts.scheme == "sqlite+pysqlite"):
        return None
    if not parts.query and not parts.fragment and not parts.netloc:
        if parts.scheme == "memory" and not parts.path:
            return None
        if parts.scheme == "sqlite" and len(parts.path) > 1:
            return Path(parts.path[1:])
        if parts.scheme == "file" and len(parts.path) > 1:
            return Path(unquote(parts.path))
    raise InvalidField("open", field, without_password(url), ALLOWED)


def without_password(url: str) -> str:
    """Show a URL in messages."""
    before, at, after = url.rpartition("@")
    return f"{before.partition('://')[0]}://***@{after}" if at else url
