"""Problem documents (RFC 9457) as HTTP answers: each kind of problem with its status."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from bookdelivery.adapters.inbound.problems import Kind, problem_of
from bookdelivery.adapters.inbound.security.errors import TurnedAway

PROBLEM_JSON = "application/problem+json"

_STATUS: Mapping[Kind, HTTPStatus] = {
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.REFUSED: HTTPStatus.CONFLICT,
    Kind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.MALFORMED: HTTPStatus.BAD_REQUEST,
    Kind.KEY_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.IN_PROGRESS: HTTPStatus.CONFLICT,
    Kind.NO_SUCH_COMMAND: HTTPStatus.NOT_FOUND,
    Kind.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.OVERLOADED: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.NOT_ANSWERED: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.UNFORESEEN: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def problem(
    status: int,
    kind: str,
    detail: str,
    *,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[dict[str, Any]]:
    """Make a problem document.

    Args:
        status: of HTTP.
        kind: what it is, the end of its type.
        detail: what was wrong this time, and what is allowed.
        more: further members.
        headers: of the answer.
    """
    content = {
        "type": f"urn:bookdelivery:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        **(more or {}),
    }
    return Response(content, status_code=status, media_type=PROBLEM_JSON, headers=dict(headers or {}))


def answer_error(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer a request that met an error."""
    if isinstance(error, HTTPException):
        # Litestar's own: no such path, another method, a body too large. It knows nothing of our data.
        headers = dict(error.headers or {})
        return problem(error.status_code, "http", error.detail or HTTPStatus(error.status_code).phrase, headers=headers)
    if isinstance(error, TurnedAway):
        challenge = {"WWW-Authenticate": error.challenge()}
        return problem(error.status, error.error or "unauthorized", error.why, headers=challenge)
    told = problem_of(error)
    headers = {} if told.retry_after_s is None else {"Retry-After": seconds(told.retry_after_s)}
    return problem(_STATUS[told.kind], told.kind, told.detail, more=told.members, headers=headers)


def seconds(duration_s: float) -> str:
    """Give a duration as HTTP says it: whole seconds, at least 1."""
    return str(max(1, math.ceil(duration_s)))
