"""What comes along with a call beside its message: who asks, and which conversation it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from bookdelivery.adapters.http_headers import CAUSATION, CORRELATION
from bookdelivery.kernel.conversation import Conversation, is_traceparent
from bookdelivery.kernel.errors import InvalidField

IDEMPOTENCY_KEY = "idempotency-key"
AUTHORIZATION = "authorization"
TRACEPARENT = "traceparent"
"""The names of the metadata; with `CORRELATION` and `CAUSATION` the same as of the headers over HTTP."""

LONGEST_ID = 255


@attrs.frozen(kw_only=True)
class Asked:
    """What came along with one call.

    Attributes:
        authorization: the values of all metadata of that name.
        idempotency_key: so that it has one effect, however often it is sent; None if there is none.
        conversation: what it belongs to; None where it begins one.
    """

    authorization: tuple[str, ...] = ()
    idempotency_key: str | None = None
    conversation: Conversation | None = None


def asked_by(metadata: Iterable[tuple[str, str | bytes]], message_ids: Callable[[], str]) -> Asked:
    """Read a call's metadata.

    Args:
        metadata: as it came.
        message_ids: makes the ids of messages, as a call is the first of its conversation unless it says otherwise.

    Raises:
        InvalidField: an id of the conversation is none.
    """
    given = [(name, value) for name, value in metadata if isinstance(value, str)]
    first = dict(reversed(given))
    trace = first.get(TRACEPARENT)
    if trace is not None and not is_traceparent(trace):
        trace = None
    correlation_id = _id(CORRELATION, first.get(CORRELATION))
    conversation = None
    if correlation_id or trace:
        causation_id = _id(CAUSATION, first.get(CAUSATION)) or correlation_id or message_ids()
        conversation = Conversation(correlation_id or causation_id, causation_id, trace)
    return Asked(
        authorization=tuple(value for name, value in given if name == AUTHORIZATION),
        idempotency_key=first.get(IDEMPOTENCY_KEY),
        conversation=conversation,
    )


def _id(name: str, value: str | None) -> str | None:
    if value is not None and not (0 < len(value) <= LONGEST_ID and value.isprintable()):
        raise InvalidField("a call", name, value, f"1 to {LONGEST_ID} printable characters")
    return value
