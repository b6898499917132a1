"""What the gateway lets through, and where to."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import attrs

from bookdelivery.kernel.errors import InvalidField

_ORIGIN = re.compile(r"https?://[a-z0-9.\-\[\]:]+")


def _count(instance: object, attribute: attrs.Attribute[int], value: object) -> None:
    if type(value) is not int or value < 1:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a whole number, 1 or more")


def _seconds(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 < value < math.inf:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a number of seconds above 0")


def _origins(instance: object, attribute: attrs.Attribute[frozenset[str]], value: frozenset[str]) -> None:
    for origin in sorted(value):
        if not _ORIGIN.fullmatch(origin):
            allowed = "origins such as https://shop.example, one by one (`*` would let in every page of the web)"
            raise InvalidField(type(instance).__name__, attribute.name, origin, allowed)


@attrs.frozen(kw_only=True)
class GatewaySettings:
    """The limits of the gateway.

    Attributes:
        largest_body_bytes: a longer body is refused with 413, whether or not it says its length.
        largest_headers_bytes: longer headers are refused with 431.
        most_headers: more of them, likewise.
        headers_within_s: seconds that a client has to send its headers; then 408.
        body_within_s: seconds that a client has to send its body; then 408.
        allowed_origins: the origins whose pages may use it from a browser (CORS); each is named in full.

    Raises:
        InvalidField: a value is not allowed.
    """

    largest_body_bytes: int = attrs.field(default=64 * 1024, validator=_count)
    largest_headers_bytes: int = attrs.field(default=16 * 1024, validator=_count)
    most_headers: int = attrs.field(default=64, validator=_count)
    headers_within_s: float = attrs.field(default=10.0, validator=_seconds)
    body_within_s: float = attrs.field(default=10.0, validator=_seconds)
    allowed_origins: frozenset[str] = attrs.field(default=frozenset(), validator=_origins)


@attrs.frozen
class Route:
    """What leads to a service.

    Attributes:
        collection: the first part of the path, such as `orders`; its scopes are `orders:read` and `orders:write`.
        service: the context that has it.
        actions: what a member of the collection can be asked to do, as the third part of a path says it.
    """

    collection: str
    service: str
    actions: frozenset[str] = frozenset()

    def template(self, raw_path: str) -> str:
        """Give the form of a path that leads here, which is one of few whatever a client sends.

        Args:
            raw_path: the path as it was sent, without the query.
        """
        _, _, *more = raw_path.split("/")
        if len(more) > 1:
            known = more[1] if more[1] in self.actions and len(more) == 2 else "..."
            return f"/{self.collection}/{{id}}/{known}"
        return f"/{self.collection}/{{id}}" if more else f"/{self.collection}"


_PLAIN_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%\-]*)+")
"""RFC 3986, section 3.3."""


def find_route(routes: Sequence[Route], raw_path: str) -> Route | None:
    """Say where a path leads; None where it leads nowhere.

    A path that two programs may read in two ways leads nowhere: with dots that go up, empty parts, or encoded slashes,
    backslashes and control characters.

    Args:
        routes: those there are.
        raw_path: the path as it was sent, without the query.
    """
    lower = raw_path.lower()
    if not _PLAIN_PATH.fullmatch(raw_path) or re.search(r"%(?![2-7][0-9a-f])|%2e|%2f|%5c|%25|%7f", lower):
        return None
    parts = raw_path.split("/")[1:]
    if any(part in ("", ".", "..") for part in parts):
        return None
    return next((route for route in routes if route.collection == parts[0]), None)
