"""Which headers go on to a service, and which come back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from bookdelivery.adapters.http_headers import CAUSATION, CORRELATION, TIMEOUT_S

Headers = Sequence[tuple[bytes, bytes]]
"""As ASGI has them: names in lower case."""

REQUEST_ID = "x-request-id"

_HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
"""They are between two neighbours only (RFC 9110, section 7.6.1)."""

_OURS = {
    *(name.encode() for name in (REQUEST_ID, CORRELATION, CAUSATION, TIMEOUT_S)),
    b"content-length",
    b"cookie",
    b"forwarded",
    b"x-real-ip",
}
"""What neighbours tell one another, and nobody outside."""

_NOT_TOLD = {b"server", b"date", b"content-length", b"x-powered-by", b"set-cookie"}

_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{8,64}")

HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
"""What a Host may be (RFC 9110, section 7.2), as links are built with it."""


def values(headers: Headers, name: str) -> list[str]:
    """Give the values of all headers of a name."""
    wanted = name.encode()
    return [value.decode("latin-1") for key, value in headers if key == wanted]


def request_id(headers: Headers) -> str | None:
    """Give the id that the client gave its request, None if it gave none that may go into a log."""
    found = values(headers, REQUEST_ID)
    return found[0] if len(found) == 1 and _REQUEST_ID.fullmatch(found[0]) else None


def onwards(headers: Headers, told: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Give the headers for the service: the client's, but for those that are ours to set.

    Args:
        headers: the client's.
        told: what the gateway tells of the request.
    """
    dropped = _named(headers) | _HOP_BY_HOP | _OURS | {name.encode() for name in told}
    kept = [(name, value) for name, value in headers if name not in dropped and not name.startswith(b"x-forwarded-")]
    return kept + [(name.encode(), value.encode("latin-1")) for name, value in told.items()]


def back(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Give the headers for the client: the service's, but for what is nobody's business, and CORS, which is ours."""
    lower = [(name.lower(), value) for name, value in headers]
    dropped = _named(lower) | _HOP_BY_HOP | _NOT_TOLD | {REQUEST_ID.encode()}
    return [(name, value) for name, value in lower if name not in dropped and not name.startswith(b"access-control-")]


def _named(headers: Headers) -> set[bytes]:
    """Give the names of further headers that are for one neighbour only."""
    return {
        token.strip().lower() for name, value in headers if name == b"connection" for token in value.split(b",")
    } - {b"authorization", b"host"}


def client_address(peer: str, headers: Headers, trusted: Sequence[IPv4Network | IPv6Network] = ()) -> str:
    """Say which address a request comes from.

    What `X-Forwarded-For` says counts only as far as proxies of ours wrote it: the last address in it that is none of
    theirs. Anybody can write the rest.

    Args:
        peer: the address at the other end of the connection.
        headers: the client's.
        trusted: where our proxies are.
    """
    chain = [part.strip() for value in values(headers, "x-forwarded-for") for part in value.split(",")]
    address = peer
    while chain and _within(address, trusted):
        address = chain.pop()
    return address if _is_address(address) else peer


def _within(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def neighbourhood(address: str) -> str:
    """Give what stands for an address where requests are counted: all of IPv4's, the first half of IPv6's.

    Whoever has an IPv6 connection at all has 2**64 addresses (RFC 6177).
    """
    if not _is_address(address):
        return address
    found = ip_address(address)
    return str(found) if found.version == 4 else f"{int(found) >> 64:x}::/64"
