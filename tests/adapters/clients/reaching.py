"""A context behind real servers on free ports of this computer, for those who call it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from bookdelivery.adapters.conformance.requests import CALLED, HOME, REQUESTS_CODEC, Callee
from bookdelivery.adapters.inbound.grpc import GrpcServer
from bookdelivery.adapters.inbound.rest import rest_app
from bookdelivery.adapters.inbound.security import Access


@asynccontextmanager
async def over_http(callee: Callee, access: Access | None = None) -> AsyncIterator[int]:
    """Serve over HTTP; gives the port."""
    app = rest_app(
        {HOME: callee}, REQUESTS_CODEC, called={command.__name__: callee for command in CALLED}, access=access
    )
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve([door]))
        while not server.started:  # noqa: ASYNC110 - the server has nothing to wait for
            await asyncio.sleep(0.01)
        try:
            yield door.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def over_grpc(callee: Callee, access: Access | None = None) -> AsyncIterator[int]:
    """Serve over gRPC; gives the port."""
    server = GrpcServer({HOME: callee}, REQUESTS_CODEC, called=dict.fromkeys(CALLED, callee), access=access)
    port = await server.start("127.0.0.1", 0)
    try:
        yield port
    finally:
        await server.stop(0)


def free_port() -> int:
    """Give a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        return port
