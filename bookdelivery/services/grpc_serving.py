"""gRPC beside HTTP, as the configuration says: the same contexts, the same callers, until the same end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping

from bookdelivery.adapters.inbound.port import RunningContext
from bookdelivery.adapters.inbound.security import Access
from bookdelivery.adapters.observability.health import Health
from bookdelivery.services.bookstore import Bookstore
from bookdelivery.services.config import Config
from bookdelivery.services.extras import needing

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""Seconds between two looks at how the process is, for those who check its health over gRPC."""


@contextlib.asynccontextmanager
async def serving_grpc(
    shop: Bookstore,
    running: Mapping[str, RunningContext],
    config: Config,
    port: int,
    health: Health,
    access: Access | None,
) -> AsyncIterator[None]:
    """Serve over gRPC within this, where it is configured; at its end calls in work are finished.

    Args:
        shop: what is served.
        running: its contexts, as they are to be asked.
        config: says whether, and where.
        port: the port to listen on.
        health: how the process is, which health checks are told.
        access: verifies the tokens of those who ask; None asks for none.

    Raises:
        InvalidField: the port cannot be had.
        MissingExtra: the extra `grpc` is not installed.
    """
    if not config.grpc.enabled:
        yield
        return
    with needing("grpc", "[grpc] enabled"):
        from bookdelivery.adapters.inbound.grpc import GrpcServer  # noqa: PLC0415
    called = {
        command: running[home]
        for command in shop.composition.called
        if (home := shop.composition.at_home[command]) in running
    }
    server = GrpcServer(running, shop.codec, called=called, access=access)
    port = await server.start(config.http.host, port)
    logger.info("serving %s on grpc://%s:%s", ", ".join(running), config.http.host, port)

    async def tell() -> None:
        while True:
            await server.healthy(yes=(await health.readiness())[0])
            await asyncio.sleep(LOOK_EVERY_S)

    telling = asyncio.create_task(tell(), name="health over gRPC")
    try:
        yield
    finally:
        telling.cancel()
        await server.stop(config.operations.drain_s)
