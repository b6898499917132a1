"""Adapters chosen by URL: where a system keeps its data and how its contexts hear of one another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from bookdelivery.adapters.brokers.memory import MemoryBroker
from bookdelivery.adapters.sqlite import SqliteBroker
from bookdelivery.adapters.sqlite.opening import look
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ports import Broker, IdSource, Store
from bookdelivery.kernel.wire import Codec
from bookdelivery.services.stores import SqliteFiles, Stores, look_at_store, path_of, places

BROKERS_ALLOWED = "memory:// or sqlite:///FILE, such as sqlite:///shop.db (four slashes for an absolute path)"


@attrs.frozen(eq=False)
class Adapters:
    """The adapters of one running system.

    Attributes:
        store: gives a context's store.
        broker: the topic.
        ids: gives the source of a context's business ids.
        close: lets go of files and connections.
    """

    store: Callable[[Context], Store]
    broker: Broker
    ids: Callable[[Context], IdSource]
    close: Callable[[], Awaitable[None]]


def open_adapters(
    url: str,
    codec: Codec,
    *,
    contexts: Iterable[Context] = (),
    broker_url: str | None = None,
    stores: Mapping[str, str] | None = None,
) -> Adapters:
    """Open what URLs name.

    Args:
        url: where the stores are, and the broker too unless it has a URL of its own.
        codec: writes and reads what is stored and sent.
        contexts: the system's.
        broker_url: where the broker is.
        stores: where the data of some contexts are instead; see `stores.places`.

    Raises:
        InvalidField: a URL is of no known kind, or they do not go together.
        UnusableStore: there is something else at one of these places, or it cannot be read or written.
        MissingExtra: a URL's kind needs packages that are not installed.
    """
    known = tuple(contexts)
    look_at(url, broker_url, contexts=known, stores=stores)
    by_context = places(known, stores or {})
    files = SqliteFiles()
    opened = Stores(url, by_context, codec, files)
    broker = _broker(_broker_url(url, broker_url), codec, files)

    async def close() -> None:
        # One that fails to close, as on a full disk, does not keep the others open.
        async with AsyncExitStack() as leaving:
            for last_first in (files, opened, broker):
                leaving.push_async_callback(last_first.close)

    return Adapters(opened.store, broker, opened.ids, close)


def look_at(
    url: str,
    broker_url: str | None = None,
    *,
    contexts: Iterable[Context] = (),
    stores: Mapping[str, str] | None = None,
) -> None:
    """See that what these URLs name can be opened, before anything is made or left open.

    Args:
        url: where the stores are.
        broker_url: where the broker is, if not there.
        contexts: the system's.
        stores: where the data of some contexts are instead.

    Raises:
        InvalidField: a URL is of no known kind, or they do not go together.
        UnusableStore: there is something else at one of these places, or it cannot be read or written.
        MissingExtra: a URL's kind needs packages that are not installed.
    """
    known = tuple(contexts)
    by_context = places(known, stores or {})
    used = [("stores", one) for one in dict.fromkeys(by_context.values())]
    if not known or len(by_context) < len(known):
        used.insert(0, ("url", url))
    for field, one in used:
        look_at_store(one, field)
    of_broker = _broker_url(url, broker_url)
    path = _broker_path(of_broker)
    if path is not None:
        look(path)
    # What a topic in memory has taken over is gone with the process, and a store counts it as sent.
    in_memory = _is_memory(used[0][1])
    for field, one in [*used, ("broker_url", of_broker)]:
        if _is_memory(one) != in_memory:
            raise InvalidField("open", field, one, f"in {'memory' if in_memory else 'a file or on a server'} as url is")


def _broker_url(url: str, broker_url: str | None) -> str:
    scheme = urlsplit(url).scheme
    if broker_url is None and scheme not in ("memory", "sqlite"):
        raise InvalidField("open", "broker_url", None, f"given, as {scheme}:// is no broker: {BROKERS_ALLOWED}")
    return url if broker_url is None else broker_url


def _broker(url: str, codec: Codec, files: SqliteFiles) -> Broker:
    path = _broker_path(url)
    return MemoryBroker() if path is None else SqliteBroker(files.file(path), codec)


def _broker_path(url: str) -> Path | None:
    if urlsplit(url).scheme not in ("memory", "sqlite"):
        raise InvalidField("open", "broker_url", url, BROKERS_ALLOWED)
    return path_of(url, "broker_url")


def _is_memory(url: str) -> bool:
    return urlsplit(url).scheme == "memory"
