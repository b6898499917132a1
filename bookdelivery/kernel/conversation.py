"""Which conversation the code at hand takes part in; adapters carry it from process to process."""

from __future__ import annotations

import re
from contextvars import ContextVar

from bookdelivery.kernel.messages import Carrier


class Conversation(Carrier, frozen=True, gc=False):
    """What one message led to, from the first request to the last event.

    Attributes:
        correlation_id: the id of the message that began it.
        causation_id: the id of the message being handled.
        traceparent: W3C trace context, if there is one.
    """

    correlation_id: str
    causation_id: str
    traceparent: str | None = None


CURRENT: ContextVar[Conversation | None] = ContextVar("bookdelivery_conversation", default=None)
"""Set while a command is handled. An adapter that sends a request on reads it; one that receives a request sets it."""

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def is_traceparent(text: str) -> bool:
    """Say whether a text is a trace to carry on, by W3C Trace Context (section 3.2); all zeros are none."""
    return _TRACEPARENT.fullmatch(text) is not None
