"""Reading a client's request: what is too long or too slow is stopped before anybody works on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from bookdelivery.adapters.inbound.gateway.answering import Stopped
from bookdelivery.adapters.inbound.gateway.headers import HOST, Headers, values
from bookdelivery.adapters.inbound.gateway.settings import GatewaySettings

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_OVERHEAD = 4
"""Bytes that a header takes beside its name and value: the colon, a space, the end of the line."""


class GoneAway(Exception):
    """The client closed the connection before it had said all."""


def check_head(headers: Headers, settings: GatewaySettings) -> None:
    """See to it that the headers are not too many, and mean one thing only.

    Raises:
        Stopped: they are not so.
    """
    size = sum(len(name) + len(value) + _OVERHEAD for name, value in headers)
    if size > settings.largest_headers_bytes or len(headers) > settings.most_headers:
        allowed = f"{settings.largest_headers_bytes} bytes in {settings.most_headers} lines"
        raise Stopped(431, "headers-too-large", f"the headers are longer than {allowed}")
    if values(headers, "transfer-encoding") and values(headers, "content-length"):
        raise Stopped(400, "malformed", "there are both Content-Length and Transfer-Encoding, but must be one of them")
    hosts = values(headers, "host")
    if len(hosts) > 1 or any(not HOST.fullmatch(host) for host in hosts):
        raise Stopped(400, "malformed", "the Host is none")


async def read_body(headers: Headers, receive: Receive, settings: GatewaySettings) -> bytes:
    """Read all of a body.

    Raises:
        Stopped: it is too long, or was not here in time.
        GoneAway: the client went away.
    """
    allowed = settings.largest_body_bytes
    length = values(headers, "content-length")
    if length and int(length[0]) > allowed:
        raise _too_large(allowed)
    read = bytearray()
    try:
        async with asyncio.timeout(settings.body_within_s):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise GoneAway
                read += message.get("body", b"")
                if len(read) > allowed:
                    raise _too_large(allowed)
                more = message.get("more_body", False)
    except TimeoutError as error:
        raise Stopped(408, "too-slow", f"the body was not here within {settings.body_within_s:g} s") from error
    return bytes(read)


def _too_large(allowed: int) -> Stopped:
    return Stopped(413, "too-large", f"the body is longer than {allowed} bytes")


async def gone(receive: Receive) -> None:
    """Return once the client has gone away; for after its body was read."""
    while (await receive())["type"] != "http.disconnect":
        pass
