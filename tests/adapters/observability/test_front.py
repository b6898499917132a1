"""What a process answers by itself, over HTTP, before and beside its application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
from litestar import Litestar, get
from litestar.response import Stream

from bookdelivery.adapters.observability.front import Front
from bookdelivery.adapters.observability.health import Health, Phase
from bookdelivery.kernel.errors import Unavailable


@get("/orders")
async def orders() -> dict[str, str]:
    return {"of": "the application"}


@get("/live")
async def live() -> Stream:
    async def events() -> AsyncIterator[bytes]:
        while True:
            yield b"data: still here\n\n"
            await asyncio.sleep(0.01)

    return Stream(events(), media_type="text/event-stream")


APP = Litestar([orders, live], openapi_config=None)


def asking(front: Front, ask: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    async def body() -> Any:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=front), base_url="http://shop") as client:
            return await ask(client)

    return asyncio.run(body())


def test_a_process_that_starts_lives_but_is_not_ready_and_asks_to_come_again() -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        assert (await client.get("/livez")).json() == {"alive": True, "phase": "starting"}
        assert (await client.get("/readyz")).status_code == 503
        told = await client.get("/orders")
        assert (told.status_code, told.headers["retry-after"]) == (503, "1")
        assert told.headers["content-type"] == "application/problem+json"

    asking(Front(Health()), ask)


def test_once_there_is_an_application_it_gets_what_is_not_for_the_front() -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/orders")).json() == {"of": "the application"}
        assert (await client.post("/livez")).status_code == 404

    front = Front(Health())
    front.app = APP
    front.health.phase = Phase.SERVING
    asking(front, ask)


def test_readiness_says_what_is_missing_while_liveness_does_not_mind() -> None:
    async def away() -> None:
        raise Unavailable("kafka:9092 cannot be reached")

    async def ask(client: httpx.AsyncClient) -> None:
        told = await client.get("/readyz")
        assert told.status_code == 503
        assert told.json()["checks"]["broker"]["problem"] == "kafka:9092 cannot be reached"
        assert (await client.get("/livez")).status_code == 200

    front = Front(Health({"broker": away}))
    front.health.phase = Phase.SERVING
    asking(front, ask)


def test_an_endless_answer_ends_properly_when_the_process_is_about_to() -> None:
    async def body() -> None:
        front = Front(Health())
        front.app = APP
        sent: list[Any] = []
        begun = asyncio.Event()

        async def send(message: Any) -> None:
            sent.append(message)
            begun.set()

        incoming: asyncio.Queue[Any] = asyncio.Queue()
        incoming.put_nowait({"type": "http.request", "body": b"", "more_body": False})

        scope = {"type": "http", "method": "GET", "path": "/live", "raw_path": b"/live", "query_string": b""}
        scope |= {"headers": [], "http_version": "1.1", "scheme": "http", "server": ("shop", 80), "root_path": ""}
        answering = asyncio.create_task(front(scope, incoming.get, send))
        await begun.wait()
        front.end_streams()
        async with asyncio.timeout(60):
            await answering
        assert sent[0]["type"] == "http.response.start"
        assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}

    asyncio.run(body())


def test_a_process_that_drains_gives_up_the_connection_with_each_answer() -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        assert "connection" not in (await client.get("/orders")).headers
        front.health.phase = Phase.DRAINING
        told = await client.get("/orders")
        assert (told.status_code, told.headers["connection"]) == (200, "close")

    front = Front(Health())
    front.app = APP
    front.health.phase = Phase.SERVING
    asking(front, ask)
