"""Contexts of the bookstore served over HTTP by this process, until it is asked to end."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
from collections.abc import Sequence

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
from bookdelivery.services.config import Config
from bookdelivery.services.mypage_page import MYPAGE_PAGE

logger = logging.getLogger(__name__)

PORTS = {"order": 8081, "ordermanagement": 8082, "delivery": 8083, "payment": 8084, "mypage": 8085}
"""The port of each context: those of the original system, and one for MyPage."""


def ports_of(config: Config) -> dict[str, int]:
    """Give each context's port, in the order of `PORTS`."""
    return {name: config.http.first_port + place for place, name in enumerate(PORTS)}


async def serve(contexts: Sequence[str], config: Config, *, port: int = 0) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is in work, publish what waits, and leave the group.

    Args:
        contexts: the names of those that this process serves.
        config: how.
        port: the port to listen on; 0 takes a free one.

    Raises:
        InvalidField: a context, address or port is none, or somebody listens there already.
        UnusableStore, Unavailable, MissingExtra: as `Bookstore.open` says.
    """
    known = [context.name for context in BOOKSTORE]
    for name in contexts:
        if name not in known:
            raise InvalidField("serve", "context", name, f"one of {', '.join(known)}")
    host = config.http.host
    addresses = {name: f"http://{host}:{other}" for name, other in ports_of(config).items()} | dict(config.http.at)
    with listening(host, port) as door:
        requests: list[HttpRequests] = []

        def elsewhere(composition: Composition, codec: Codec) -> HttpRequests:
            requests.append(HttpRequests(addresses, composition.home, codec))
            return requests[0]

        async with Bookstore.open(
            config.data.url,
            broker_url=config.data.broker_url or None,
            stores=config.data.stores,
            only=contexts,
            elsewhere=elsewhere,
        ) as shop:
            called = {
                command.__name__: shop.services[home]
                for command in shop.composition.called
                if (home := shop.composition.at_home[command]) in shop.services
            }
            app = rest_app(shop.services, shop.codec, pages={MyPageRow: MYPAGE_PAGE}, called=called)
            finish_s = config.operations.drain_s
            how = uvicorn.Config(
                app, log_config=None, timeout_graceful_shutdown=math.ceil(finish_s), server_header=False
            )
            logger.info("serving %s on http://%s:%s", ", ".join(contexts), *door.getsockname()[:2])
            try:
                await uvicorn.Server(how).serve([door])
            finally:
                await _publish_the_rest(shop, finish_s)
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


async def _publish_the_rest(shop: Application, finish_s: float) -> None:
    """Have what was decided published before the process ends; what is not is published by the next one."""
    services = shop.services.values()
    try:
        async with asyncio.timeout(finish_s):
            for service in services:
                await service.rest()
            while any([await service.store.waiting(1) for service in services]):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
    except (TimeoutError, Unavailable) as error:
        logger.warning("the process ends with events still to publish: %r", error)
