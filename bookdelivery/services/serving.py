"""Contexts of the bookstore served by this process, over HTTP and gRPC, until it is asked to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Mapping, Sequence

from litestar import Litestar

from bookdelivery.adapters.clients.finding.addresses import found_in
from bookdelivery.adapters.clients.remote_requests import RemoteRequests
from bookdelivery.adapters.inbound.port import RunningContext
from bookdelivery.adapters.inbound.rest import rest_app
from bookdelivery.adapters.inbound.security import Access
from bookdelivery.adapters.observability.front import Front
from bookdelivery.adapters.observability.health import Health, Phase
from bookdelivery.application.application import Application
from bookdelivery.application.composition import Composition
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.mypage.view import MyPageRow
from bookdelivery.kernel.errors import InvalidField, Unavailable, UnusableStore
from bookdelivery.kernel.ports import Requests
from bookdelivery.kernel.wire import Codec
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM, Bookstore
from bookdelivery.services.checking import checks_of
from bookdelivery.services.config import Config
from bookdelivery.services.grpc_serving import serving_grpc
from bookdelivery.services.http_server import HttpServer, http_server, listening
from bookdelivery.services.mypage_page import MYPAGE_PAGE
from bookdelivery.services.observing import Observing, observing
from bookdelivery.services.securing import Security, securing
from bookdelivery.services.starting import all_there

logger = logging.getLogger(__name__)

PORTS = {"order": 8081, "ordermanagement": 8082, "delivery": 8083, "payment": 8084, "mypage": 8085}
"""The port of each context: those of the original system, and one for MyPage."""


def ports_of(config: Config) -> dict[str, int]:
    """Give each context's port, in the order of `PORTS`."""
    return {name: config.http.first_port + place for place, name in enumerate(PORTS)}


def grpc_ports_of(config: Config) -> dict[str, int]:
    """Give each context's port for gRPC, in the order of `PORTS`."""
    return {name: config.grpc.first_port + place for place, name in enumerate(PORTS)}


def addresses_of(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """Give where each context is found: as configured, else as the environment tells, else on this computer."""
    here = {name: f"http://{config.http.host}:{port}" for name, port in ports_of(config).items()}
    told = {name: found for name in PORTS if (found := found_in(environ, name))}
    return here | told | dict(config.http.at)


async def serve(
    contexts: Sequence[str],
    config: Config,
    *,
    port: int = 0,
    opener: Callable[..., Bookstore] = Bookstore.open,
) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is in work, publish what waits, and leave the group.

    Args:
        contexts: the names of those that this process serves.
        config: how.
        port: the port to listen on; 0 takes a free one.
        opener: opens the bookstore; takes what `Bookstore.open` does.

    Raises:
        InvalidField: a context, address or port is none, or somebody listens there already.
        UnusableStore, Unavailable, MissingExtra: as `Bookstore.open` says; the latter also of the extras
            `security` and `grpc`.
    """
    known = [context.name for context in BOOKSTORE]
    for name in contexts:
        if name not in known:
            raise InvalidField("serve", "context", name, f"one of {', '.join(known)}")
    with listening(config.http.host, port) as door:
        health = Health()
        front = Front(health, contexts[0])
        async with http_server(front, door, config) as server, contextlib.AsyncExitStack() as leaving:
            watch = await leaving.enter_async_context(observing(config, contexts[0], front))
            calls = any(context.calls for context in BOOKSTORE if context.name in contexts)
            security = await leaving.enter_async_context(securing(config, calls=calls))
            shop = await _open(contexts, config, leaving, opener, security, watch)
            for name, ask in checks_of(shop).items():
                health.add(name, ask)
            if not await all_there(health, server, config.operations.start_patience_s):
                return
            await shop.__aenter__()
            running, access = watch.contexts(shop), None if security is None else security.access
            front.app = _app(shop, running, access)
            health.phase = Phase.SERVING
            logger.info("serving %s on http://%s:%s", ", ".join(contexts), *door.getsockname()[:2])
            grpc_port = grpc_ports_of(config)[contexts[0]] if port else 0
            async with serving_grpc(shop, running, config, grpc_port, health, access):
                await _until_end(shop, server)
                await _take_no_more(shop, config.operations.drain_s)
                await server.stop()
            await _publish_the_rest(shop, config.operations.drain_s)


async def _open(
    contexts: Sequence[str],
    config: Config,
    leaving: contextlib.AsyncExitStack,
    opener: Callable[..., Bookstore],
    security: Security | None,
    watch: Observing,
) -> Bookstore:
    addresses = addresses_of(config, os.environ)

    def elsewhere(composition: Composition, codec: Codec) -> Requests:
        bearer = None if security is None else security.bearer
        requests = RemoteRequests(addresses, composition.home, codec, bearer)
        leaving.push_async_callback(requests.close)
        return watch.requests(requests, contexts[0])

    shop = opener(
        config.data.url,
        broker_url=config.data.broker_url or None,
        stores=config.data.stores,
        only=contexts,
        elsewhere=elsewhere,
        **({} if watch.observer is None else {"system": watch.system(BOOKSTORE_SYSTEM)}),
    )
    # Whether or not it comes to run, what it has opened is closed.
    leaving.push_async_exit(shop)
    return shop


def _app(shop: Bookstore, running: Mapping[str, RunningContext], access: Access | None) -> Litestar:
    called = {
        command.__name__: running[home]
        for command in shop.composition.called
        if (home := shop.composition.at_home[command]) in running
    }
    return rest_app(running, shop.codec, pages={MyPageRow: MYPAGE_PAGE}, called=called, access=access)


async def _until_end(shop: Application, server: HttpServer) -> None:
    """Wait until the process is asked to end, or its contexts do by themselves."""
    watching = asyncio.create_task(shop.watch(), name="watch")
    asked = asyncio.create_task(server.wait_for_end(), name="wait for the end")
    try:
        await asyncio.wait((watching, asked), return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()
    finally:
        watching.cancel()
        asked.cancel()


async def _take_no_more(shop: Application, finish_s: float) -> None:
    """Have no further message taken up; those in work are finished."""
    try:
        async with asyncio.timeout(finish_s):
            for service in shop.services.values():
                await service.rest()
    except TimeoutError:
        logger.warning("the process ends with messages still in work; they are handled again by the next one")


async def _publish_the_rest(shop: Application, finish_s: float) -> None:
    """Have what was decided published before the process ends; what is not is published by the next one."""
    services = shop.services.values()
    try:
        async with asyncio.timeout(finish_s):
            while any([await service.store.waiting(1) for service in services]):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
    except (TimeoutError, Unavailable, UnusableStore) as error:
        logger.warning("the process ends with events still to publish: %r", error)
    else:
        logger.info("nothing is left in work or to publish")
