"""What people notice of a service that is not there, breaks off, or answers too late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bookdelivery.services.drill.entrance import HOMES, MEANT, Entrance
from bookdelivery.services.drill.ports import HOST, free_ports

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]

PATIENCE_S = 60.0


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[str]:
    """Listen, and answer each request somehow; gives the address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await answer(writer)
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    async with server:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"


async def _yes(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
    await writer.drain()


async def _no_room(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull")
    await writer.drain()


async def _nothing(_: asyncio.StreamWriter) -> None:
    """Break off."""


async def outcome(*addresses: str, timeout_s: float = PATIENCE_S) -> tuple[str, str]:
    """Ask for something; gives what came of it, and why."""
    entrance = Entrance(dict.fromkeys(HOMES.values(), addresses), asyncio.get_running_loop().time())
    try:
        await entrance.request("look", "GET", "orders/1", 1, timeout_s)
    finally:
        await entrance.close()
    (one,) = entrance.asked
    return one.outcome, one.detail


def test_who_finds_nobody_asks_the_next_replica() -> None:
    async def body() -> None:
        async with listening(_yes) as address:
            for _ in range(2):
                assert await outcome(f"http://{HOST}:{free_ports(1)}", address) == ("answered", "")

    asyncio.run(body())


def test_a_request_that_may_have_been_taken_is_not_sent_again() -> None:
    async def body() -> None:
        async with listening(_nothing) as broken, listening(_yes) as address:
            found = [(await outcome(*places))[0] for places in ((broken, address), (address, broken))]
            assert sorted(found) == ["answered", "failed"]

    asyncio.run(body())


def test_a_service_that_has_no_room_fails_with_its_words() -> None:
    async def body() -> None:
        async with listening(_no_room) as address:
            assert await outcome(address) == ("failed", "503: full")

    asyncio.run(body())


def test_patience_counts_from_when_the_request_was_meant_to_be_sent() -> None:
    async def body() -> None:
        async with listening(_yes) as address:
            MEANT.set(asyncio.get_running_loop().time() - 100)
            assert await outcome(address) == ("timed out", f"no answer within {PATIENCE_S:g} s")

    asyncio.run(body())
