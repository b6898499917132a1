"""Calls over HTTP: `POST /calls/...`; see `bookdelivery.adapters.inbound.rest.calls`."""

from __future__ import annotations

from typing import Any

import httpx
import orjson

from bookdelivery.adapters.clients.calling import CONNECT_S, Outbound
from bookdelivery.adapters.clients.finding.places import Place
from bookdelivery.adapters.http_headers import TIMEOUT_S
from bookdelivery.kernel.errors import InvalidMessage, NotAnswered, Overloaded, Refused, Unavailable
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.wire import Codec
from bookdelivery.kernel.wire_replies import Replies


class HttpTransport:
    """Talks HTTP; a `Transport`.

    Args:
        codec: writes commands.
        scheme: `http` or `https`.
        path: what comes before the paths over there; without a slash at the end.
    """

    def __init__(self, codec: Codec, scheme: str = "http", path: str = "") -> None:
        self._codec = codec
        self._scheme = scheme
        self._path = path
        self._replies = Replies()
        self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False)

    async def send(self, call: Outbound, place: Place) -> Any:
        """Send and wait; see `Transport.send`."""
        where = f"{call.home} at {place}"
        try:
            answer = await self._client.post(
                f"{self._scheme}://{place}{self._path}/calls/{call.name}",
                content=orjson.dumps(self._codec.command_to_dict(call.command)),
                headers={**call.along, "content-type": "application/json", TIMEOUT_S: f"{call.timeout_s:.3f}"},
                timeout=httpx.Timeout(call.timeout_s, connect=min(CONNECT_S, call.timeout_s)),
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unavailable(f"{call.name}: {where} is not there ({type(error).__name__})") from error
        except httpx.HTTPError as error:
            raise NotAnswered(f"{call.name}: no answer of {where} ({type(error).__name__})") from error
        return self._read(type(call.command), where, answer)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    def _read(self, command: type[Command[Any]], where: str, answer: httpx.Response) -> Any:
        try:
            document = orjson.loads(answer.content)
            if answer.status_code == httpx.codes.OK:
                return self._replies.read(command, document)
        except (orjson.JSONDecodeError, InvalidMessage) as error:
            raise NotAnswered(f"{command.__name__}: the answer of {where} cannot be read: {error}") from error
        raise _error(command.__name__, where, answer, document)


def _error(name: str, where: str, answer: httpx.Response, document: Any) -> Exception:
    kind = str(document.get("type", "")).rpartition(":")[2] if isinstance(document, dict) else ""
    if kind in ("refused", "not-found") and "allowed" in document:
        return Refused(document.get("what", name), document.get("why", document.get("detail")), document["allowed"])
    if kind == "overloaded":
        return Overloaded(name, float(answer.headers.get("retry-after", 1)), f"{where} has too much to do")
    return NotAnswered(f"{name}: {where} answered with status {answer.status_code}")
