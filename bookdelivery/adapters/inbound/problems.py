"""What went wrong, in words for whoever asked, whichever way they came in: the kinds of problem and their members.

The document is that of RFC 9457. No text of an error that is not ours leaves the process: what it says may be nobody's
business.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import attrs

from bookdelivery.adapters.inbound.answers import InProgress, KeyReused
from bookdelivery.adapters.inbound.bodies import Malformed
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

RETRY_AFTER_S = 1.0
"""Seconds after which to ask again where nothing tells better."""


class Kind(StrEnum):
    """The kinds of problem; each is the end of the type in a problem document."""

    NOT_FOUND = "not-found"
    REFUSED = "refused"
    INVALID = "invalid"
    MALFORMED = "malformed"
    KEY_REUSED = "idempotency-key-reused"
    IN_PROGRESS = "in-progress"
    NO_SUCH_COMMAND = "no-such-command"
    BUSY = "busy"
    OVERLOADED = "overloaded"
    NOT_ANSWERED = "not-answered"
    UNAVAILABLE = "unavailable"
    UNFORESEEN = "unforeseen"


_KINDS: tuple[tuple[type[Exception], Kind], ...] = (
    (NotFound, Kind.NOT_FOUND),
    (Refused, Kind.REFUSED),
    (InvalidField, Kind.INVALID),
    (Malformed, Kind.MALFORMED),
    (InvalidMessage, Kind.INVALID),
    (KeyReused, Kind.KEY_REUSED),
    (InProgress, Kind.IN_PROGRESS),
    (UnknownCommand, Kind.NO_SUCH_COMMAND),
    (Conflict, Kind.BUSY),
    (HeldOff, Kind.OVERLOADED),
    (NotAnswered, Kind.NOT_ANSWERED),
    (Unavailable, Kind.UNAVAILABLE),
    (UnusableStore, Kind.UNAVAILABLE),
)
"""The first that fits counts."""

_LATER = (Kind.BUSY, Kind.OVERLOADED, Kind.NOT_ANSWERED, Kind.UNAVAILABLE)
"""What may be otherwise a moment later."""


@attrs.frozen
class Problem:
    """What is told of an error.

    Attributes:
        kind: what it is.
        detail: what was wrong this time, and what is allowed.
        members: what programs may want to know of it.
        retry_after_s: seconds after which to ask again; None where that would not help.
    """

    kind: Kind
    detail: str
    members: Mapping[str, Any] = attrs.field(factory=dict)
    retry_after_s: float | None = None

    @property
    def type(self) -> str:
        """The type of its document."""
        return f"urn:bookdelivery:problem:{self.kind}"


def problem_of(error: Exception) -> Problem:
    """Say what is told of an error; what nobody foresaw is written into the log, and told as no more than that."""
    for cls, kind in _KINDS:
        if isinstance(error, cls):
            return Problem(kind, _detail(error), _members(error), _later(kind, error))
    logger.error("a request met an error that nobody foresaw", exc_info=error)
    return Problem(Kind.UNFORESEEN, "Something went wrong here; it was written down.")


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


def _later(kind: Kind, error: Exception) -> float | None:
    if kind not in _LATER:
        return None
    return error.retry_after_s if isinstance(error, HeldOff) else RETRY_AFTER_S
