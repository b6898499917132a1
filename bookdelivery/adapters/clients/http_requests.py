"""Calls to contexts in other processes, over HTTP (the `Requests` port)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import orjson

from bookdelivery.adapters.http_headers import CAUSATION, CORRELATION, TIMEOUT_S
from bookdelivery.kernel.conversation import CURRENT
from bookdelivery.kernel.errors import InvalidField, InvalidMessage, NotAnswered, Overloaded, Refused, Unavailable
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.wire import Codec
from bookdelivery.kernel.wire_replies import Replies

Reply = TypeVar("Reply")

CONNECT_S = 1.0
"""Seconds to wait for a connection; without one, the command certainly had no effect."""


class HttpRequests:
    """Carries commands to other contexts by `POST /calls/...`; see `bookdelivery.adapters.inbound.rest.calls`.

    Nothing is tried twice here: whether to is for the policies around the call to say.

    Args:
        addresses: where each context is found, by its name: `{"payment": "http://payment:8084"}`.
        home: gives the name of the context that handles a command.
        codec: writes commands.
        bearer: gives the token that this process shows; None shows none.

    Raises:
        InvalidField: an address is none.
    """

    def __init__(
        self,
        addresses: Mapping[str, str],
        home: Callable[[object], str],
        codec: Codec,
        bearer: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        for name, address in addresses.items():
            if not address.startswith(("http://", "https://")):
                raise InvalidField("HttpRequests", f"addresses[{name}]", address, "an address such as http://host:8084")
        self._addresses = {name: address.rstrip("/") for name, address in addresses.items()}
        self._home = home
        self._codec = codec
        self._bearer = bearer
        self._replies = Replies()
        self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False)

    async def request(self, command: Command[Reply], *, idempotency_key: str, timeout_s: float) -> Reply:
        """Send and wait; see `Requests.request`."""
        name = type(command).__name__
        home = self._home(command)
        address = self._addresses.get(home)
        if address is None:
            raise Unavailable(f"{name}: nobody said where {home} is")
        headers = _headers(idempotency_key, timeout_s)
        if self._bearer is not None:
            headers["authorization"] = f"Bearer {await self._bearer()}"
        try:
            answer = await self._client.post(
                f"{address}/calls/{name}",
                content=orjson.dumps(self._codec.command_to_dict(command)),
                headers=headers,
                timeout=httpx.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s)),
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unavailable(f"{name}: {home} is not there ({type(error).__name__})") from error
        except httpx.HTTPError as error:
            raise NotAnswered(f"{name}: no answer of {home} ({type(error).__name__})") from error
        reply: Reply = self._read(type(command), home, answer)
        return reply

    def _read(self, command: type[Command[Any]], home: str, answer: httpx.Response) -> Any:
        try:
            document = orjson.loads(answer.content)
            if answer.status_code == httpx.codes.OK:
                return self._replies.read(command, document)
        except (orjson.JSONDecodeError, InvalidMessage) as error:
            raise NotAnswered(f"{command.__name__}: the answer of {home} cannot be read: {error}") from error
        raise _error(command.__name__, home, answer, document)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _headers(idempotency_key: str, timeout_s: float) -> dict[str, str]:
    headers = {
        "content-type": "application/json",
        "idempotency-key": idempotency_key,
        TIMEOUT_S: f"{timeout_s:.3f}",
    }
    conversation = CURRENT.get()
    if conversation is not None:
        headers[CORRELATION] = conversation.correlation_id
        headers[CAUSATION] = conversation.causation_id
        if conversation.traceparent is not None:
            headers["traceparent"] = conversation.traceparent
    return headers


def _error(name: str, home: str, answer: httpx.Response, document: Any) -> Exception:
    kind = str(document.get("type", "")).rpartition(":")[2] if isinstance(document, dict) else ""
    if kind in ("refused", "not-found") and "allowed" in document:
        return Refused(document.get("what", name), document.get("why", document.get("detail")), document["allowed"])
    if kind == "overloaded":
        return Overloaded(name, float(answer.headers.get("retry-after", 1)), f"{home} has too much to do")
    return NotAnswered(f"{name}: {home} answered with status {answer.status_code}")
