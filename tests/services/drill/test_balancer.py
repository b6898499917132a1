"""Connections go to replicas that are ready, in turn, and past one that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bookdelivery.services.drill.balancer import Balancer
from bookdelivery.services.drill.ports import HOST, free_ports

PATIENCE_S = 120.0


@asynccontextmanager
async def replica(name: bytes) -> AsyncIterator[int]:
    """Say a name to whoever connects, then what they say; gives the port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(name)
        while piece := await reader.read(1024):
            writer.write(piece)
        writer.close()

    server = await asyncio.start_server(answer, HOST, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def says(ready: bool) -> Callable[[], Awaitable[bool]]:
    async def answers() -> bool:
        return ready

    return answers


async def met(port: int) -> bytes:
    """Connect; gives the name of whoever is met there, empty where nobody is."""
    reader, writer = await asyncio.open_connection(HOST, port)
    name = await reader.read(1)
    if name:
        writer.write(b"!")
        assert await reader.readexactly(1) == b"!"
    writer.close()
    return name


async def met_in_the_end(port: int, wanted: set[bytes]) -> None:
    """Connect until just these were met in a row of eight."""
    async with asyncio.timeout(PATIENCE_S):
        while {await met(port) for _ in range(8)} != wanted:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


def test_replicas_take_turns_and_one_that_is_not_ready_gets_nobody() -> None:
    async def body() -> None:
        port = free_ports(1)
        async with replica(b"a") as a, replica(b"b") as b, replica(b"c") as c:
            replicas = {a: says(True), b: says(False), c: says(True)}
            async with Balancer(port, replicas, look_every_s=0.01):
                await met_in_the_end(port, {b"a", b"c"})

    asyncio.run(body())


def test_one_that_is_gone_is_passed_over_although_nobody_has_noticed() -> None:
    async def body() -> None:
        port = free_ports(1)
        async with replica(b"a") as a, Balancer(port, {a: says(True), free_ports(1): says(True)}, 0.01):
            await met_in_the_end(port, {b"a"})

    asyncio.run(body())


def test_where_nobody_is_ready_the_connection_is_closed() -> None:
    async def body() -> None:
        port = free_ports(1)
        async with replica(b"a") as a, Balancer(port, {a: says(False)}, 0.01):
            assert await met(port) == b""

    asyncio.run(body())
