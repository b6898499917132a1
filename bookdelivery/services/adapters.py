"""Adapters chosen by URL: where a system keeps its data and how its contexts hear of one another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import attrs

from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ports import Broker, IdSource, Store
from bookdelivery.kernel.wire import Codec
from bookdelivery.services.brokers import look_at_broker, open_broker, url_of_broker
from bookdelivery.services.stores import SqliteFiles, Stores, look_at_store, places


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
    reads: Collection[str] | None = None,
) -> Adapters:
    """Open what URLs name.

    Args:
        url: where the stores are, and the broker too unless it has a URL of its own.
        codec: writes and reads what is stored and sent.
        contexts: the system's.
        broker_url: where the broker is.
        stores: where the data of some contexts are instead; see `stores.places`.
        reads: the types of events that anybody here reacts to; the others need not be read. None: all.

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
    of_broker = codec if reads is None else codec.reading_only(reads)
    broker = open_broker(url_of_broker(url, broker_url), of_broker, files)

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
    of_broker = url_of_broker(url, broker_url)
    look_at_broker(of_broker)
    # What a topic in memory has taken over is gone with the process, and a store counts it as sent.
    in_memory = _is_memory(used[0][1])
    for field, one in [*used, ("broker_url", of_broker)]:
        if _is_memory(one) != in_memory:
            raise InvalidField("open", field, one, f"in {'memory' if in_memory else 'a file or on a server'} as url is")


def _is_memory(url: str) -> bool:
    return urlsplit(url).scheme == "memory"
