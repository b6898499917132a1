"""Contexts of the bookstore served over HTTP by this process, until it is asked to end."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping, Sequence

import attrs
import uvicorn

from bookdelivery.adapters.clients.http_requests import HttpRequests
from bookdelivery.adapters.inbound.rest import rest_app
from bookdelivery.application.application import Application
from bookdelivery.application.composition import Composition
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.mypage.view import MyPageRow
from bookdelivery.kernel.errors import InvalidField, Unavailable
from bookdelivery.kernel.wire import Codec
from bookdelivery.services.bookstore import Bookstore
from bookdelivery.services.mypage_page import MYPAGE_PAGE

logger = logging.getLogger(__name__)

PORTS = {"order": 8081, "ordermanagement": 8082, "delivery": 8083, "payment": 8084, "mypage": 8085}
"""The port of each context: those of the original system, and one for MyPage."""

_FINISH_S = 10.0
"""Seconds given to requests in work, and then to events that wait to be published, when the process is to end."""


@attrs.frozen(kw_only=True)
class Serving:
    """What one process serves.

    Attributes:
        contexts: their names.
        url: where they keep their data; see `Bookstore.open`.
        broker_url: where the topic is; None: with the data.
        stores: where some contexts keep their data instead.
        host: the address to listen on.
        port: the port to listen on; 0 takes a free one.
        addresses: where the contexts are that these call, by name.
    """

    contexts: Sequence[str]
    url: str
    broker_url: str | None = None
    stores: Mapping[str, str] = attrs.field(factory=dict)
    host: str = "127.0.0.1"
    port: int = 0
    addresses: Mapping[str, str] = attrs.field(factory=dict)


async def serve(serving: Serving) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is in work, publish what waits, and leave the group.

    Raises:
        InvalidField: a context, address or port is none, or somebody listens there already.
        UnusableStore, Unavailable, MissingExtra: as `Bookstore.open` says.
    """
    known = [context.name for context in BOOKSTORE]
    for name in serving.contexts:
        if name not in known:
            raise InvalidField("serve", "context", name, f"one of {', '.join(known)}")
    with listening(serving.host, serving.port) as door:
        requests: list[HttpRequests] = []

        def elsewhere(composition: Composition, codec: Codec) -> HttpRequests:
            requests.append(HttpRequests(serving.addresses, composition.home, codec))
            return requests[0]

        async with Bookstore.open(
            serving.url,
            broker_url=serving.broker_url,
            stores=serving.stores,
            only=serving.contexts,
            elsewhere=elsewhere,
        ) as shop:
            called = {
                command.__name__: shop.services[home]
                for command in shop.composition.called
                if (home := shop.composition.at_home[command]) in shop.services
            }
            app = rest_app(shop.services, shop.codec, pages={MyPageRow: MYPAGE_PAGE}, called=called)
            config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=int(_FINISH_S), server_header=False)
            host, port = door.getsockname()[:2]
            logger.info("serving %s on http://%s:%s", ", ".join(serving.contexts), host, port)
            try:
                await uvicorn.Server(config).serve([door])
            finally:
                await _publish_the_rest(shop)
                await requests[0].close()


def listening(host: str, port: int) -> socket.socket:
    """Listen on a port.

    Raises:
        InvalidField: it cannot be had.
    """
    try:
        return socket.create_server((host, port))
    except (OSError, OverflowError) as error:
        raise InvalidField(
            "serve", "port", f"{host}:{port}", f"an address that can be listened on ({error})"
        ) from error


async def _publish_the_rest(shop: Application) -> None:
    """Have what was decided published before the process ends; what is not is published by the next one."""
    services = shop.services.values()
    try:
        async with asyncio.timeout(_FINISH_S):
            for service in services:
                await service.rest()
            while any([await service.store.waiting(1) for service in services]):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
    except (TimeoutError, Unavailable) as error:
        logger.warning("the process ends with events still to publish: %r", error)
