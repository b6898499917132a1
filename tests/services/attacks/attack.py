"""An attack: what is sent, and what has to come back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import httpx

import bookdelivery
from tests.adapters.inbound.gateway.running import Secured, raw

_HOME = str(Path(bookdelivery.__file__).parent)

THROUGH_THE_GATEWAY, AT_THE_SERVICE = "gateway", "service"


@attrs.frozen
class Came:
    """What came back.

    Attributes:
        status: of HTTP; 0 where the connection was closed without a word.
        headers: of the answer, in lower case.
        text: the body.
    """

    status: int
    headers: dict[str, str]
    text: str


@attrs.frozen
class Attack:
    """One attack.

    Attributes:
        line: the line of the requirements that it belongs to.
        name: what is tried.
        at: what it is sent to.
        send: sends it.
        statuses: one of these has to come back.
        says: what the answer has to say somewhere, its headers included; empty for nothing in particular.
    """

    line: str
    name: str
    at: str
    send: Callable[[Secured], Awaitable[Came]]
    statuses: tuple[int, ...]
    says: str = ""

    def refused(self, came: Came) -> bool:
        """Say whether it was refused as it should be, and nothing that is nobody's business came along."""
        said = " ".join([came.text, *came.headers.values()])
        leaks = any(word in said for word in ("Traceback", "site-packages", 'File "', _HOME, "BEGIN PRIVATE"))
        return came.status in self.statuses and self.says in said and not leaks


def came_of(answer: httpx.Response) -> Came:
    return Came(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.text)


def requested(
    line: str,
    name: str,
    statuses: tuple[int, ...] | int,
    make: Callable[[Secured], dict[str, Any] | Awaitable[dict[str, Any]]],
    *,
    says: str = "",
    places: tuple[str, ...] = (THROUGH_THE_GATEWAY, AT_THE_SERVICE),
) -> list[Attack]:
    """Make attacks that are requests, through the gateway and at the service itself.

    Args:
        line: as for `Attack`.
        name: likewise.
        statuses: likewise, or the only one.
        make: gives what `httpx.AsyncClient.request` takes.
        says: as for `Attack`.
        places: what they are sent to.
    """

    def sending(at: str) -> Callable[[Secured], Awaitable[Came]]:
        async def send(one: Secured) -> Came:
            made = make(one)
            how = made if isinstance(made, dict) else await made
            client = one.http if at == THROUGH_THE_GATEWAY else one.direct
            asked: dict[str, Any] = {"method": "GET", "url": "/orders"}
            try:
                return came_of(await client.request(**asked | how))
            except httpx.TransportError:
                return Came(0, {}, "")

        return send

    allowed = (statuses,) if isinstance(statuses, int) else statuses
    return [Attack(line, name, at, sending(at), allowed, says) for at in places]


def written(
    line: str, name: str, statuses: tuple[int, ...], *parts: bytes | float | Callable[[Secured], bytes], says: str = ""
) -> Attack:
    """Make an attack of bytes as no client library would send them, with pauses (seconds) between them."""

    async def send(one: Secured) -> Came:
        made = [part(one) if callable(part) else part for part in parts]
        return parsed(await raw(one.gateway, *made))

    return Attack(line, name, THROUGH_THE_GATEWAY, send, statuses, says)


def parsed(answer: bytes) -> Came:
    """Read the first answer of those that came back over a socket."""
    head, _, body = answer.decode("latin-1").partition("\r\n\r\n")
    first, *rest = head.split("\r\n")
    status = int(first.split(" ")[1]) if first.startswith("HTTP/1.1 ") else 0
    pairs = (line.partition(":") for line in rest)
    return Came(status, {name.lower(): value.strip() for name, _, value in pairs}, body)
