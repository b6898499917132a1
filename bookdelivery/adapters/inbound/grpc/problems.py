"""What went wrong, as gRPC tells it: a status code, and the problem document in the status's details.

The details are those of the richer error model (https://grpc.io/docs/guides/error/#richer-error-model): an `ErrorInfo`
with the kind, a `RetryInfo` where asking again later makes sense, and a `Struct` with the very members that a problem
document over HTTP has (RFC 9457).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from bookdelivery.adapters.inbound.problems import Kind, Problem, problem_of
from bookdelivery.adapters.inbound.security.errors import InsufficientScope, TurnedAway

DETAILS = "grpc-status-details-bin"
"""The trailing metadata that carries a status with its details."""

DOMAIN = "bookdelivery"
"""Whose reasons they are."""

_LONGEST, _MOST = 500, 5
"""Characters of a text, and texts of a list, that are told: clients refuse more than 8 KiB of metadata."""

_CODES: Mapping[Kind, grpc.StatusCode] = {
    Kind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Kind.REFUSED: grpc.StatusCode.FAILED_PRECONDITION,
    Kind.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Kind.MALFORMED: grpc.StatusCode.INVALID_ARGUMENT,
    Kind.KEY_REUSED: grpc.StatusCode.INVALID_ARGUMENT,
    Kind.IN_PROGRESS: grpc.StatusCode.ABORTED,
    Kind.NO_SUCH_COMMAND: grpc.StatusCode.UNIMPLEMENTED,
    Kind.BUSY: grpc.StatusCode.ABORTED,
    Kind.OVERLOADED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Kind.NOT_ANSWERED: grpc.StatusCode.UNAVAILABLE,
    Kind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Kind.UNFORESEEN: grpc.StatusCode.INTERNAL,
}
"""By the meanings that https://grpc.io/docs/guides/status-codes/ gives them."""


def refusal_of(error: Exception) -> tuple[grpc.StatusCode, str, tuple[tuple[str, bytes], ...]]:
    """Give the code, the words and the trailing metadata with which an error is told."""
    if isinstance(error, TurnedAway):
        code = grpc.StatusCode.UNAUTHENTICATED
        if isinstance(error, InsufficientScope):
            code = grpc.StatusCode.PERMISSION_DENIED
        kind = error.error or "unauthorized"
        return code, error.why, _details(code, error.why, kind, {"type": f"urn:bookdelivery:problem:{kind}"})
    told = problem_of(error)
    code, words = _CODES[told.kind], _short(told.detail)
    document = {"type": told.type, "detail": words, **{name: _short(value) for name, value in told.members.items()}}
    return code, words, _details(code, words, told.kind, document, told)


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[: _LONGEST - 3] + "..."
    return [_short(one) for one in value[:_MOST]]


def _details(
    code: grpc.StatusCode, words: str, kind: str, document: Mapping[str, Any], told: Problem | None = None
) -> tuple[tuple[str, bytes], ...]:
    parts: list[Message] = [ErrorInfo(reason=kind.upper().replace("-", "_"), domain=DOMAIN)]
    if told is not None and told.retry_after_s is not None:
        delay = Duration()
        delay.FromNanoseconds(round(told.retry_after_s * 1e9))
        parts.append(RetryInfo(retry_delay=delay))
    members = Struct()
    members.update({**document})
    status = Status(code=code.value[0], message=words)
    for part in (*parts, members):
        packed = AnyMessage()
        packed.Pack(part)
        status.details.append(packed)
    return ((DETAILS, status.SerializeToString()),)
