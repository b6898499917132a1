"""What a process answers over HTTP by itself, beside its application and before there is one.

`/livez`: 200 as long as the process can answer at all. `/readyz`: 200 or 503, and a document that says what each check
found. Anything else goes to the application; until there is one, it gets 503 and is asked to come again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import orjson

from bookdelivery.adapters.observability.health import Health, Phase
from bookdelivery.adapters.observability.observer import Kind, Observer, Operation
from bookdelivery.kernel.conversation import CURRENT, is_traceparent

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]
"""An application as ASGI has it (https://asgi.readthedocs.io/en/latest/specs/main.html)."""

Page = Callable[[], Awaitable[tuple[int, str, bytes]]]
"""Makes an answer: its status, its content type and its body."""

access = logging.getLogger("bookdelivery.access")
"""Tells of each request, once it is answered."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

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
        service: which process it is, for whoever observes.
        logs: whether each answered request is logged; the application may do that itself.

    Attributes:
        app: the application itself, once there is one.
        pages: what is answered here, by the path; more can be added.
        observer: hears of each request that goes to the application; None: nobody does.
    """

    def __init__(self, health: Health, service: str = "", *, logs: bool = True) -> None:
        self.health = health
        self.app: AsgiApp | None = None
        self.observer: Observer | None = None
        self._service = service
        self._logs = logs
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
            is_ending = self.health.phase is Phase.DRAINING
            await self._carry(self.app, scope, _Exchange(receive, send, self._ending, is_last=is_ending))

    async def _carry(self, app: AsgiApp, scope: MutableMapping[str, Any], exchange: _Exchange) -> None:
        ongoing = None
        if self.observer is not None:
            asked = Operation(context=self._service, kind=Kind.HTTP, name=scope["method"], parent=_parent(scope))
            ongoing = self.observer.begin(asked)
            if ongoing.traceparent is not None:
                scope = {**scope, "headers": _with_trace(scope["headers"], ongoing.traceparent)}
        began_s = time.perf_counter()
        status = 500
        try:
            await exchange.carry(app, scope)
            status = exchange.status
        finally:
            # A path may hold anything and be anybody's; the route that it took is one of few.
            route = scope.get("path_template") or "-"
            present = CURRENT.get()
            if ongoing is not None:
                correlation_id = None if present is None else present.correlation_id
                ongoing.end(str(status), name=f"{_method(scope)} {route}", correlation_id=correlation_id)
            if self._logs:
                taken_ms = (time.perf_counter() - began_s) * 1000
                access.info("%s %s %s in %.1f ms", scope["method"], scope["path"], status, taken_ms)

    async def _live(self) -> tuple[int, str, bytes]:
        return 200, "application/json", orjson.dumps({"alive": True, "phase": self.health.phase.value})

    async def _ready(self) -> tuple[int, str, bytes]:
        ready, document = await self.health.readiness()
        return 200 if ready else 503, "application/json", orjson.dumps(document)


class _Exchange:
    """One request and its answer; an endless answer is ended when the process is about to end.

    On a connection of a process that drains it is the last (RFC 9112, section 9.6): whoever keeps it would sooner or
    later send another request at the very moment at which it is closed.
    """

    def __init__(self, receive: Receive, send: Send, ending: asyncio.Event, *, is_last: bool) -> None:
        self._receive = receive
        self._send = send
        self._ending = ending
        self._is_last = is_last
        self.status = 500
        self._streams = False
        self._complete = False
        self._read = False

    async def carry(self, app: AsgiApp, scope: MutableMapping[str, Any]) -> None:
        await app(scope, self.receive, self.send)
        if self._streams and not self._complete:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._streams = any(
                name.lower() == b"content-type" and value.startswith(b"text/event-stream")
                for name, value in message["headers"]
            )
            if self._is_last:
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
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


def _parent(scope: MutableMapping[str, Any]) -> str | None:
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
    return given[0] if len(given) == 1 and is_traceparent(given[0]) else None


def _with_trace(headers: Iterable[tuple[bytes, bytes]], traceparent: str) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in headers if name != b"traceparent"]
    return [*others, (b"traceparent", traceparent.encode())]


def _method(scope: MutableMapping[str, Any]) -> str:
    method: str = scope["method"]
    return method if method in _METHODS else "other"


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
