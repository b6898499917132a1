"""Every listener of ours refuses whoever is slow or says too much, not the gateway alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bookdelivery.adapters.observability.front import Front
from bookdelivery.adapters.observability.health import Health, Phase
from bookdelivery.services.config import Config, GatewaySection
from bookdelivery.services.http_server import http_server, listening

HOST = "127.0.0.1"
PATIENCE_S = 120.0


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the body, once all of it is there."""
    assert scope["type"] == "http"
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


def at_a_listener(body: Callable[[int], Awaitable[None]]) -> None:
    """Run a test's body with a listener's port."""

    async def main() -> None:
        front = Front(Health())
        front.app, front.health.phase = echo, Phase.SERVING
        config = Config(gateway=GatewaySection(headers_within_s=0.5, body_within_s=0.5))
        with listening(HOST, 0) as door:
            async with asyncio.timeout(PATIENCE_S), http_server(front, door, config):
                await body(door.getsockname()[1])

    asyncio.run(main())


async def said(port: int, *parts: bytes) -> bytes:
    """Send parts, say no more, and give all that comes back."""
    reader, writer = await asyncio.open_connection(HOST, port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.05)
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ((b"GET / HTTP/1.1\r\n", b"host: x\r\n", b"x: y\r\n"), b"408 "),
        ((b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n", b"12", b"34"), b"408 "),
        ((b"GET / HTTP/1.1\r\nhost: x\r\nx: " + 30_000 * b"y",), b"431 "),
    ],
    ids=["headers that trickle", "a body that trickles", "headers too long"],
)
def test_a_client_that_takes_what_it_likes_is_told_so_and_cut_off(parts: tuple[bytes, ...], status: bytes) -> None:
    async def body(port: int) -> None:
        answer = await said(port, *parts)
        assert answer.startswith(b"HTTP/1.1 " + status), answer
        assert b"urn:bookdelivery:problem:" in answer

    at_a_listener(body)


def test_a_client_that_is_done_in_time_is_answered_and_may_ask_again_on_its_connection() -> None:
    async def body(port: int) -> None:
        head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n"
        answer = await said(port, head + b"\r\n", b"12", b"34", head + b"connection: close\r\n\r\n5678")
        assert answer.count(b"HTTP/1.1 200 OK") == 2
        assert answer.index(b"1234") < answer.index(b"5678")

    at_a_listener(body)
