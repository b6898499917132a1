"""A process's HTTP server: there from the first moment, and gone in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import uvicorn

from bookdelivery.adapters.inbound.http_protocol import protocol_with
from bookdelivery.adapters.observability.front import Front
from bookdelivery.adapters.observability.health import Phase
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.config import Config
from bookdelivery.services.supervising import SUPERVISED

logger = logging.getLogger(__name__)

KEEP_ALIVE_S = 60
"""How long a connection without a request is kept: well beyond the 5 s after which our own clients give theirs up, as
otherwise a request might be sent on one that is closed at that very moment."""

_STANDARD_INPUT = 0


_ADDED_BYTES = 4096
"""What the gateway may add to a client's headers on their way."""


def options_of(config: Config) -> dict[str, Any]:
    """Give what uvicorn has to be told: whoever is slow or says too much is cut off here as at the gateway."""
    limits = config.gateway
    return {
        "timeout_keep_alive": KEEP_ALIVE_S,
        "http": protocol_with(limits.headers_within_s, limits.body_within_s),
        "ws": "none",
        "h11_max_incomplete_event_size": limits.largest_headers_bytes + _ADDED_BYTES,
    }


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


class HttpServer:
    """Answers requests, from `http_server` on; ends in steps, so that nothing that was begun is broken off.

    Args:
        front: what it answers with.
        config: how patient it is.
        options: more settings of uvicorn, for a server that strangers reach.
    """

    def __init__(self, front: Front, config: Config, options: Mapping[str, Any] | None = None) -> None:
        self._front = front
        self._linger_s = config.operations.linger_s
        self._asked_to_end = asyncio.Event()
        self._answering: asyncio.Task[None] | None = None
        how = uvicorn.Config(
            front,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=math.ceil(config.operations.drain_s),
            server_header=False,
            **{**options_of(config), **(options or {})},
        )
        self._server = _Quiet(how)

    def begin(self, door: socket.socket) -> None:
        """Answer from now on."""
        self._answering = asyncio.create_task(self._server.serve([door]), name="http server")

    def end(self) -> None:
        """Ask the process to end; it is not ready any more from now on."""
        if not self._asked_to_end.is_set():
            logger.info("asked to end: not ready any more, finishing what is in work")
            self._wind_up()

    def _wind_up(self) -> None:
        self._asked_to_end.set()
        if self._front.health.phase is Phase.STARTING:
            # Nobody was told yet that it is ready, so there is nobody to wait for.
            self._linger_s = 0.0
        self._front.health.phase = Phase.DRAINING

    async def wait_for_end(self) -> None:
        """Wait until somebody asks the process to end."""
        await self._asked_to_end.wait()

    async def stop(self) -> None:
        """Take requests until whoever distributes them has noticed, then no more; let those in work end."""
        self._wind_up()
        answering, self._answering = self._answering, None
        if answering is not None:
            await asyncio.sleep(self._linger_s)
            self._front.end_streams()
            self._server.should_exit = True
            await answering


class _Quiet(uvicorn.Server):
    """Leaves signals to us: uvicorn raises them once more when it is done, and the process would end over that."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def http_server(
    front: Front, door: socket.socket, config: Config, options: Mapping[str, Any] | None = None
) -> AsyncIterator[HttpServer]:
    """Answer requests within this; SIGTERM and SIGINT ask the process to end.

    Args:
        front: what it answers with.
        door: where it listens.
        config: how patient it is.
        options: more settings of uvicorn, for a server that strangers reach.
    """
    loop = asyncio.get_running_loop()
    server = HttpServer(front, config, options)
    signals = (signal.SIGTERM, signal.SIGINT)
    for one in signals:
        loop.add_signal_handler(one, server.end)

    def orphaned() -> None:
        loop.remove_reader(_STANDARD_INPUT)
        logger.warning("whoever supervises this process is gone")
        server.end()

    if os.environ.get(SUPERVISED):
        loop.add_reader(_STANDARD_INPUT, orphaned)
    try:
        server.begin(door)
        yield server
    finally:
        try:
            await server.stop()
        finally:
            loop.remove_reader(_STANDARD_INPUT)
            for one in signals:
                loop.remove_signal_handler(one)
