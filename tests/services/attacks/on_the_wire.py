"""Attacks on the gateway itself: too much, too slow, two meanings, another's page, and more than one's share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.adapters.inbound.gateway.running import PURCHASE, Secured
from tests.services.attacks.attack import THROUGH_THE_GATEWAY, Attack, Came, came_of, requested, written

TOO_MUCH = "Too long or too slow"
TWO_MEANINGS = "Requests that two servers may read in two ways"
CORS = "Pages of other origins"
SHARE = "More than one's share"

FRIEND = "https://shop.example"
"""The origin that is allowed."""

OF_ONE_CALLER = ("a new token each time", "another program each time")
"""The attempts on one caller's share; the others are on an address's."""

HASTY_S = 1.0
"""Seconds that a client has for its headers, and for its body, where slow ones are tried."""


def attacks() -> list[Attack]:
    """Give those that a gateway with usual limits has to refuse."""
    return [*too_much(), *two_meanings(), *cross_origin()]


def _head(*lines: str, method: str = "POST") -> Callable[[Secured], bytes]:
    def make(one: Secured) -> bytes:
        host = one.gateway.removeprefix("http://")
        start = [f"{method} /orders HTTP/1.1", f"host: {host}", f"authorization: Bearer {one.issuer.token()}"]
        return ("\r\n".join([*start, *lines]) + "\r\n\r\n").encode()

    return make


def too_much() -> list[Attack]:
    """Give bodies and headers beyond the limits."""
    big = b'{"itemName": "' + b"x" * 200_000 + b'"}'
    json = "content-type: application/json"
    through = (THROUGH_THE_GATEWAY,)

    def chunked(one: Secured) -> dict[str, Any]:
        async def pieces() -> Any:
            for start in range(0, len(big), 8_192):
                yield big[start : start + 8_192]

        return {"method": "POST", "content": pieces(), "headers": one.bearer() | {"content-type": "application/json"}}

    def sends(**more: str) -> Callable[[Secured], dict[str, Any]]:
        return lambda one: {"headers": one.bearer() | more}

    return [
        *requested(
            TOO_MUCH,
            "a body of 200 kB",
            413,
            lambda one: {
                "method": "POST",
                "content": big,
                "headers": one.bearer() | {"content-type": "application/json"},
            },
        ),
        *requested(TOO_MUCH, "a body of 200 kB in chunks", 413, chunked),
        written(TOO_MUCH, "a body that says to have 100 GB", (413,), _head(json, f"content-length: {10**11}")),
        written(
            TOO_MUCH,
            "a chunk that says to have 4 GB",
            (413, 400),
            _head(json, "transfer-encoding: chunked"),
            b"FFFFFFFF\r\n" + b"x" * 100_000,
        ),
        *requested(TOO_MUCH, "a header of 20 kB", 431, sends(**{"x-long": "x" * 20_000}), places=through),
        *requested(TOO_MUCH, "a header of 60 kB", 431, sends(**{"x-long": "x" * 60_000}), places=through),
        *requested(
            TOO_MUCH, "200 headers", 431, sends(**{f"x-{number}": "x" for number in range(200)}), places=through
        ),
        written(
            TOO_MUCH, "headers without an end", (431,), b"GET / HTTP/1.1\r\n" + b"x-more: xxxxxxxxxxxxxxxx\r\n" * 4_000
        ),
        written(TOO_MUCH, "a line without an end", (431,), b"GET /" + b"x" * 100_000),
    ]


def too_slow() -> list[Attack]:
    """Give those who take their time; for a gateway with `HASTY_S`."""
    pause_s = HASTY_S / 5
    trickle = [part for number in range(40) for part in (f"x-{number}: x\r\n".encode(), pause_s)]
    json = "content-type: application/json"
    drops = [part for _ in range(40) for part in (b"x", pause_s)]
    chunks = [part for _ in range(40) for part in (b"1\r\nx\r\n", pause_s)]
    return [
        written(TOO_MUCH, "headers, one at a time", (408,), b"GET /orders HTTP/1.1\r\n", *trickle),
        written(TOO_MUCH, "the first line, then nothing", (408,), b"GET /orders HTTP/1.1\r\n", 40 * pause_s),
        written(TOO_MUCH, "a method, byte by byte", (408,), *drops),
        written(TOO_MUCH, "a body, byte by byte", (408,), _head(json, "content-length: 1000"), *drops),
        written(TOO_MUCH, "a body in chunks of a byte", (408,), _head(json, "transfer-encoding: chunked"), *chunks),
        written(TOO_MUCH, "a connection without a word", (0,), 40 * pause_s),
        written(
            TOO_MUCH,
            "slow headers after a good request",
            (404,),
            b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\n",
            *trickle,
            says="408 Request Timeout",
        ),
    ]


_PATHS = (
    "/orders/../calls/Pay",
    "/orders/%2e%2e/calls/Pay",
    "/orders%2f..%2fcalls%2fPay",
    "/orders/..%5ccalls",
    "//calls/Pay",
    "/./calls/Pay",
    "/calls/Pay",
    "/orders/%00",
    "/orders/%0d%0aX-Injected:%20yes",
    "/orders/%zz",
    "/ORDERS",
    "http://attacker.example/calls/Pay",
)


def two_meanings() -> list[Attack]:
    """Give what smuggles a second request or another address past whoever reads it first."""
    json, line = "content-type: application/json", TWO_MEANINGS
    body = b"0\r\n\r\n"
    found = [
        written(
            line, "length and chunks", (400,), _head(json, "content-length: 5", "transfer-encoding: chunked"), body
        ),
        written(line, "two lengths", (400,), _head(json, "content-length: 5", "content-length: 6"), b"hello"),
        written(line, "a length that is none", (400,), _head(json, "content-length: +5"), b"hello"),
        written(line, "a negative length", (400,), _head(json, "content-length: -5"), b"hello"),
        written(line, "an encoding nobody knows", (400, 501), _head(json, "transfer-encoding: xchunked"), body),
        written(line, "a space before the colon", (400,), _head(json, "x-a : b")),
        written(line, "a folded header with another", (400, 401, 431), b"GET /orders HTTP/1.1\r\n x: y\r\n\r\n"),
        written(line, "a line feed alone in a header", (400,), _head(json, "x-a: b\nx-b: c\x00")),
        written(line, "two hosts", (400,), _head("host: attacker.example")),
        written(line, "no host", (400,), b"GET /orders HTTP/1.1\r\n\r\n"),
        written(line, "a host that is none", (400,), b"GET /orders HTTP/1.1\r\nhost: a b/<script>\r\n\r\n"),
        written(line, "another protocol", (400, 505), b"GET /orders SMUGGLE/9\r\nhost: x\r\n\r\n"),
        written(line, "HTTP/2 without asking", (400, 405, 505), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ]
    return [*found, *(written(line, f"the path {path}", (404,), _asking(path)) for path in _PATHS)]


def _asking(path: str) -> Callable[[Secured], bytes]:
    def make(one: Secured) -> bytes:
        token = one.issuer.token()
        return f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n".encode()

    return make


def cross_origin() -> list[Attack]:
    """Give pages of other origins; none may read an answer, whatever else they get."""
    found: list[Attack] = []
    for origin in (
        "https://attacker.example",
        "null",
        "https://shop.example.attacker.example",
        "https://attacker-shop.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://SHOP.example",
        "file://",
        f"{FRIEND}, https://attacker.example",
    ):
        for name, method, more in (
            ("asks before", "OPTIONS", {"access-control-request-method": "POST"}),
            ("reads", "GET", {}),
            ("orders", "POST", {"content-type": "application/json"}),
        ):
            found.append(_unreflected(origin, name, method, more))
    return found


def _unreflected(origin: str, name: str, method: str, more: dict[str, str]) -> Attack:
    async def send(one: Secured) -> Came:
        headers = one.bearer() | {"origin": origin} | more
        body = PURCHASE if method == "POST" else None
        came = came_of(await one.http.request(method, "/orders", headers=headers, json=body))
        reflected = [key for key in came.headers if key.startswith("access-control-allow")]
        return Came(0 if reflected else came.status, came.headers, came.text)

    return Attack(CORS, f"{origin} {name}", THROUGH_THE_GATEWAY, send, (200, 201, 403))


def shares() -> list[Attack]:
    """Give those who ask again and again under ever new names; for a gateway that lets few in."""

    def again(make: Callable[[Secured, int], dict[str, str]]) -> Callable[[Secured], Awaitable[Came]]:
        async def send(one: Secured) -> Came:
            came = Came(0, {}, "")
            for number in range(60):
                came = came_of(await one.http.get("/orders", headers=make(one, number)))
                if came.status == 429:
                    break
            return came if "retry-after" in came.headers else Came(0, {}, "")

        return send

    def spoofing(header: str) -> Callable[[Secured, int], dict[str, str]]:
        return lambda _, number: {header: f"for=10.0.0.{number}" if header == "forwarded" else f"10.0.0.{number}"}

    tried: dict[str, Callable[[Secured, int], dict[str, str]]] = {
        "a new token each time": lambda one, number: one.bearer(jti=f"token-{number}"),
        "another program each time": lambda one, number: one.bearer(client_id=f"page-{number}"),
        "another customer's number each time": lambda one, number: one.bearer(sub=f"c{number}", customer_id=number + 1),
        "no token": lambda _, __: {},
        "a wrong token each time": lambda _, number: {"authorization": f"Bearer wrong{number}"},
        **{f"a made-up {header}": spoofing(header) for header in ("x-forwarded-for", "x-real-ip", "forwarded")},
    }
    return [Attack(SHARE, name, THROUGH_THE_GATEWAY, again(make), (429,)) for name, make in tried.items()]
