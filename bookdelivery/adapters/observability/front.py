"""What a process answers over HTTP by itself, beside its application and before there is one.

`/livez`: 200 as long as the process can answer at all. `/readyz`: 200 or 503, and a document that says what each check
found. Anything else goes to the application; until there is one, it gets 503 and is asked to come again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from bookdelivery.adapters.observability.health import Health

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]
"""An application as ASGI has it (https://asgi.readthedocs.io/en/latest/specs/main.html)."""

Page = Callable[[], Awaitable[tuple[int, str, bytes]]]
"""Makes an answer: its status, its content type and its body."""

_NOT_YET = {
    "type": "urn:bookdelivery:problem:unavailable",
    "title": "Service Unavailable",
    "status": 503,
    "detail": "Starting; please ask again.",
}


class Front:
    """The ASGI application that a process shows.

    Args:
        health: how the process is.

    Attributes:
        app: the application itself, once there is one.
        pages: what is answered here, by the path; more can be added.
    """

    def __init__(self, health: Health) -> None:
        self.health = health
        self.app: AsgiApp | None = None
        self.pages: dict[str, Page] = {"/livez": self._live, "/readyz": self._ready}
        self._ending = asyncio.Event()

    def end_streams(self) -> None:
        """End the answers that would go on for ever; whoever reads them comes again, to another process."""
        self._ending.set()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        page = self.pages.get(scope["path"])
        if page is not None and scope["method"] in ("GET", "HEAD"):
            await _answer(send, *await page())
        elif self.app is None:
            await _answer(send, 503, "application/problem+json", orjson.dumps(_NOT_YET), {b"retry-after": b"1"})
        else:
            await _Exchange(receive, send, self._ending).carry(self.app, scope)

    async def _live(self) -> tuple[int, str, bytes]:
        return 200, "application/json", orjson.dumps({"alive": True, "phase": self.health.phase.value})

    async def _ready(self) -> tuple[int, str, bytes]:
        ready, document = await self.health.readiness()
        return 200 if ready else 503, "application/json", orjson.dumps(document)


class _Exchange:
    """One request and its answer; an endless answer is ended when the process is about to end."""

    def __init__(self, receive: Receive, send: Send, ending: asyncio.Event) -> None:
        self._receive = receive
        self._send = send
        self._ending = ending
        self._streams = False
        self._complete = False
        self._read = False

    async def carry(self, app: AsgiApp, scope: MutableMapping[str, Any]) -> None:
        await app(scope, self.receive, self.send)
        if self._streams and not self._complete:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._streams = any(
                name.lower() == b"content-type" and value.startswith(b"text/event-stream")
                for name, value in message["headers"]
            )
        elif message["type"] == "http.response.body":
            self._complete = not message.get("more_body", False)
        await self._send(message)

    async def receive(self) -> Message:
        if not self._read:
            message = await self._receive()
            self._read = not message.get("more_body", False)
            return message
        # All of the request is read: whoever listens waits for the reader to go.
        listening = asyncio.ensure_future(self._receive())
        ending = asyncio.ensure_future(self._ending.wait())
        try:
            await asyncio.wait((listening, ending), return_when=asyncio.FIRST_COMPLETED)
            if self._streams and not listening.done():
                return {"type": "http.disconnect"}
            return await listening
        finally:
            listening.cancel()
            ending.cancel()


async def _answer(
    send: Send, status: int, content_type: str, body: bytes, more: dict[bytes, bytes] | None = None
) -> None:
    headers = {
        b"content-type": content_type.encode(),
        b"content-length": str(len(body)).encode(),
        b"cache-control": b"no-store",
        **(more or {}),
    }
    await send({"type": "http.response.start", "status": status, "headers": list(headers.items())})
    await send({"type": "http.response.body", "body": body, "more_body": False})
