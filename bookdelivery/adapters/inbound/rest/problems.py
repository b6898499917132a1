"""What went wrong, as problem documents (RFC 9457): the library's own errors, each with its HTTP status.

No text of an error that is not ours leaves the process: what it says may be nobody's business.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from bookdelivery.adapters.inbound.answers import InProgress, KeyReused
from bookdelivery.adapters.inbound.rest.bodies import Malformed
from bookdelivery.kernel.errors import (
    Conflict,
    HeldOff,
    InvalidField,
    InvalidMessage,
    NotAnswered,
    NotFound,
    Refused,
    Unavailable,
    UnknownCommand,
    UnusableStore,
)

logger = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"

RETRY_AFTER_S = 1
"""Seconds after which to ask again where nothing tells better."""


_STATUS: tuple[tuple[type[Exception], HTTPStatus, str], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND, "not-found"),
    (Refused, HTTPStatus.CONFLICT, "refused"),
    (InvalidField, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid"),
    (Malformed, HTTPStatus.BAD_REQUEST, "malformed"),
    (InvalidMessage, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid"),
    (KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency-key-reused"),
    (InProgress, HTTPStatus.CONFLICT, "in-progress"),
    (UnknownCommand, HTTPStatus.NOT_FOUND, "not-found"),
    (Conflict, HTTPStatus.SERVICE_UNAVAILABLE, "busy"),
    (HeldOff, HTTPStatus.SERVICE_UNAVAILABLE, "overloaded"),
    (NotAnswered, HTTPStatus.SERVICE_UNAVAILABLE, "not-answered"),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
    (UnusableStore, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
)
"""The first that fits counts."""


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
    for kind, status, name in _STATUS:
        if isinstance(error, kind):
            return problem(status, name, _detail(error), more=_members(error), headers=_headers(error, status))
    logger.error("a request met an error that nobody foresaw", exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "unforeseen", "Something went wrong here; it was written down.")


def _detail(error: Exception) -> str:
    if isinstance(error, NotFound):
        return error.why
    # Where a store is and what its driver says is for those who run it.
    if isinstance(error, (UnusableStore, Unavailable)) and not isinstance(error, HeldOff):
        logger.error("a request met a store or callee that cannot be used", exc_info=error)
        return "Not available just now; please ask again."
    return str(error)


def _members(error: Exception) -> dict[str, Any]:
    if isinstance(error, Refused):
        return {"what": error.what, "why": error.why, "allowed": list(error.allowed)}
    if isinstance(error, InvalidMessage):
        return {"errors": list(error.problems)}
    if isinstance(error, InvalidField):
        return {"errors": [str(error)]}
    return {}


def _headers(error: Exception, status: HTTPStatus) -> dict[str, str]:
    if status is not HTTPStatus.SERVICE_UNAVAILABLE:
        return {}
    after_s = error.retry_after_s if isinstance(error, HeldOff) else RETRY_AFTER_S
    return {"Retry-After": seconds(after_s)}


def seconds(duration_s: float) -> str:
    """Give a duration as HTTP says it: whole seconds, at least 1."""
    return str(max(1, math.ceil(duration_s)))
