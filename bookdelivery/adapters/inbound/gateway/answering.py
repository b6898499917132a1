"""What the gateway says itself: problem documents (RFC 9457), with the id of the request they are about."""

from __future__ import annotations

import math
from http import HTTPStatus

import attrs
import orjson

from bookdelivery.adapters.inbound.security.errors import TurnedAway
from bookdelivery.kernel.errors import HeldOff, NotAnswered, Unavailable

PROBLEM_JSON = b"application/problem+json"


class BrokenAnswer(NotAnswered):
    """A service began to answer and broke off, or answered with what is no HTTP."""


_STATUS: tuple[tuple[type[Exception], HTTPStatus, str, str], ...] = (
    (HeldOff, HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", "has too much to do just now"),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "is not there just now"),
    (BrokenAnswer, HTTPStatus.BAD_GATEWAY, "broken-answer", "gave no answer that can be read"),
    (NotAnswered, HTTPStatus.GATEWAY_TIMEOUT, "not-answered", "did not answer in time"),
)
"""The first that fits counts."""


class Stopped(Exception):
    """The gateway answers a request itself, and lets it go no further.

    Attributes:
        status: of HTTP.
        kind: the end of the problem's type.
        detail: what is wrong, and what is allowed.
        headers: of the answer.
    """

    def __init__(self, status: int, kind: str, detail: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = headers


@attrs.frozen
class Said:
    """An answer of the gateway's own.

    Attributes:
        status: of HTTP.
        headers: with content type and length.
        body: of the answer.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def say(stopped: Stopped, request_id: str) -> Said:
    """Write a problem document."""
    body = orjson.dumps(
        {
            "type": f"urn:bookdelivery:problem:{stopped.kind}",
            "title": HTTPStatus(stopped.status).phrase,
            "status": stopped.status,
            "detail": stopped.detail,
            "requestId": request_id,
        }
    )
    return Said(
        stopped.status,
        [
            (b"content-type", PROBLEM_JSON),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *stopped.headers,
        ],
        body,
    )


def stopped_by(error: Exception, service: str) -> Stopped | None:
    """Say how a request is answered that met an error; None where nobody foresaw it.

    Args:
        error: what it met.
        service: where it was going.
    """
    if isinstance(error, Stopped):
        return error
    if isinstance(error, TurnedAway):
        challenge = (b"www-authenticate", error.challenge().encode("latin-1"))
        return Stopped(error.status, error.error or "unauthorized", error.why, (challenge,))
    for cls, status, kind, what in _STATUS:
        if isinstance(error, cls):
            later_s = error.retry_after_s if isinstance(error, HeldOff) else 1.0
            headers = (retry_after(later_s),) if status == HTTPStatus.SERVICE_UNAVAILABLE else ()
            return Stopped(status, kind, f"{service} {what}", headers)
    return None


def retry_after(seconds: float) -> tuple[bytes, bytes]:
    """Say after how many seconds to ask again, in whole ones, at least 1."""
    return b"retry-after", str(max(1, math.ceil(seconds))).encode()
