"""Cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol): for origins that are named, for no other.

Cookies are not part of it: the gateway never allows credentials, and what a page may do it does with a token.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from bookdelivery.adapters.inbound.gateway.headers import Headers, values

METHODS = "GET, HEAD, POST, PATCH"
REQUEST_HEADERS = "authorization, content-type, idempotency-key, last-event-id, traceparent, x-request-id"
ANSWER_HEADERS = "idempotency-replayed, location, retry-after, www-authenticate, x-request-id"
REMEMBERED_S = 600


def is_preflight(method: str, headers: Headers) -> bool:
    """Say whether a request only asks whether another one may be made."""
    return method == "OPTIONS" and bool(values(headers, "access-control-request-method"))


def cors_headers(headers: Headers, allowed: AbstractSet[str], *, preflight: bool) -> list[tuple[bytes, bytes]]:
    """Give the headers that let a page read an answer; none where its origin is not allowed.

    Args:
        headers: of the request.
        allowed: the origins.
        preflight: the request is one.
    """
    vary = [(b"vary", b"Origin")]
    origins = values(headers, "origin")
    if len(origins) != 1 or origins[0] not in allowed:
        return vary
    found = [(b"access-control-allow-origin", origins[0].encode("latin-1")), *vary]
    if preflight:
        found += [
            (b"access-control-allow-methods", METHODS.encode()),
            (b"access-control-allow-headers", REQUEST_HEADERS.encode()),
            (b"access-control-max-age", str(REMEMBERED_S).encode()),
        ]
    else:
        found.append((b"access-control-expose-headers", ANSWER_HEADERS.encode()))
    return found
