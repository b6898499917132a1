"""The seam between what happens in a process and whoever measures or traces it.

What happens is observed at the ports: whoever puts an observer around one (`observed.py`) leaves the contexts, the
engine and the other adapters as they are, and where nobody observes, nothing is around them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import attrs

from bookdelivery.kernel.errors import HeldOff, NotAnswered, Refused, Unavailable, UnusableStore


class Kind(StrEnum):
    """The kinds of operation."""

    HTTP = "http"
    """A request over HTTP, answered."""
    COMMAND = "command"
    """A command, handled."""
    READ = "read"
    """Something looked up for whoever asked."""
    CALL = "call"
    """A synchronous call to another context."""
    PUBLISH = "publish"
    """Events handed to the broker."""
    MESSAGE = "message"
    """A message, from its arrival to its acknowledgement."""


@attrs.frozen(kw_only=True)
class Operation:
    """Something that begins.

    Attributes:
        context: whose it is.
        kind: of what kind.
        name: the command's, event's or view's name; for HTTP it is known at the end.
        parent: the trace it belongs to (W3C traceparent), if there is one.
        correlation_id: the conversation it belongs to, if that is known.
        attributes: what else a trace should tell.
    """

    context: str
    kind: Kind
    name: str
    parent: str | None = None
    correlation_id: str | None = None
    attributes: Mapping[str, str | int] = attrs.field(factory=dict)


class Ongoing(Protocol):
    """An operation that has begun."""

    @property
    def traceparent(self) -> str | None:
        """What continues its trace; None where nobody traces."""
        ...

    def end(self, outcome: str, *, name: str | None = None, correlation_id: str | None = None) -> None:
        """Say that it has come to its end.

        Args:
            outcome: what came of it, such as `OK`.
            name: its name, where it was not known at the beginning.
            correlation_id: its conversation, likewise.
        """
        ...


class Observer(Protocol):
    """Hears of operations."""

    def begin(self, operation: Operation) -> Ongoing:
        """Hear that one has begun."""
        ...


OK = "ok"
LEFT = "left"
"""The outcome of a message that was not acknowledged here: it is handled by another member of the group."""

_OUTCOMES: tuple[tuple[type[BaseException], str], ...] = (
    (Refused, "refused"),
    (HeldOff, "held_off"),
    (Unavailable, "unavailable"),
    (UnusableStore, "unavailable"),
    (NotAnswered, "unavailable"),
    (TimeoutError, "unavailable"),
)


def outcome_of(error: BaseException | None) -> str:
    """Say in a word what came of an operation: ok, refused, held_off, unavailable or failed."""
    if error is None:
        return OK
    return next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), "failed")


class Observers:
    """Several observers as one.

    Args:
        observers: at most one of them gives traces.
    """

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def begin(self, operation: Operation) -> Ongoing:
        """Tell all of them."""
        return _Together([observer.begin(operation) for observer in self._observers])


class _Together:
    def __init__(self, ongoing: Sequence[Ongoing]) -> None:
        self._ongoing = ongoing

    @property
    def traceparent(self) -> str | None:
        return next((one.traceparent for one in self._ongoing if one.traceparent is not None), None)

    def end(self, outcome: str, *, name: str | None = None, correlation_id: str | None = None) -> None:
        for one in self._ongoing:
            one.end(outcome, name=name, correlation_id=correlation_id)
