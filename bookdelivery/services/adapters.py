"""Adapters chosen by URL: where a system keeps its data and how its contexts hear of one another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from bookdelivery.adapters.brokers.memory import MemoryBroker
from bookdelivery.adapters.sqlite import SqliteBroker, SqliteFile, SqliteIds, SqliteStore
from bookdelivery.adapters.sqlite.opening import look
from bookdelivery.adapters.stores.memory import MemoryStore
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ids import Sequence
from bookdelivery.kernel.ports import Broker, IdSource, Store
from bookdelivery.kernel.wire import Codec

ALLOWED = "memory:// or sqlite:///FILE, such as sqlite:///shop.db (four slashes for an absolute path)"


@attrs.frozen(eq=False)
class Adapters:
    """The adapters of one running system.

    Attributes:
        store: opens a context's store.
        broker: the topic.
        ids: gives business ids.
        path: the file that everything is kept in, None where it is kept in memory.
        close: lets go of files.
    """

    store: Callable[[Context], Store]
    broker: Broker
    ids: IdSource
    path: Path | None
    close: Callable[[], Awaitable[None]]


def open_adapters(url: str, codec: Codec, *, broker_url: str | None = None) -> Adapters:
    """Open what a URL names.

    Args:
        url: where the stores are, and the broker too unless it has a URL of its own.
        codec: writes and reads what is stored and sent.
        broker_url: where the broker is.

    Raises:
        InvalidField: a URL is of no known kind, or the two do not go together.
        UnusableStore: there is something else at that place, or it cannot be read or written.
    """
    look_at(url, broker_url)
    path = path_of(url, "url")
    broker_path = path if broker_url is None else path_of(broker_url, "broker_url")
    if (path is None) != (broker_path is None):
        raise InvalidField("open", "broker_url", broker_url, f"in {'memory' if path is None else 'a file'} as url is")
    if path is None or broker_path is None:
        return _in_memory()
    return _in_files(path, broker_path, codec)


def look_at(url: str, broker_url: str | None = None) -> None:
    """See that what these URLs name can be opened, before anything is made or left open.

    Raises:
        InvalidField: a URL is of no known kind.
        UnusableStore: there is something else at that place, or it cannot be read or written.
    """
    paths = [path_of(url, "url")]
    if broker_url is not None:
        paths.append(path_of(broker_url, "broker_url"))
    for path in paths:
        if path is not None:
            look(path)


def path_of(url: str, field: str) -> Path | None:
    """Give the file that a URL names, None for memory.

    Raises:
        InvalidField: the URL is of no known kind.
    """
    parts = urlsplit(url)
    if not parts.query and not parts.fragment and not parts.netloc:
        if parts.scheme == "memory" and not parts.path:
            return None
        if parts.scheme == "sqlite" and len(parts.path) > 1:
            return Path(parts.path[1:])
    raise InvalidField("open", field, url, ALLOWED)


def _in_memory() -> Adapters:
    broker = MemoryBroker()

    async def close() -> None:
        await broker.close()

    return Adapters(lambda _: MemoryStore(), broker, Sequence(), None, close)


def _in_files(path: Path, broker_path: Path, codec: Codec) -> Adapters:
    file = SqliteFile(path)
    broker_file = file if broker_path.absolute() == file.path else SqliteFile(broker_path)
    broker = SqliteBroker(broker_file, codec)
    ids = SqliteIds(file)

    async def close() -> None:
        # One that fails to close, as on a full disk, does not keep the others open.
        async with AsyncExitStack() as leaving:
            for last_first in (broker_file, file, ids, broker):
                leaving.push_async_callback(last_first.close)

    return Adapters(lambda context: SqliteStore(file, context.name, codec), broker, ids, path, close)
