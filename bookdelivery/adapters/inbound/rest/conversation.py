"""A request takes part in a conversation: its id, and its trace, go on in whatever it leads to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request

from bookdelivery.kernel.conversation import CURRENT, Conversation, is_traceparent


class Conversations:
    """Begins a conversation with each request.

    Args:
        message_ids: makes the ids of messages, as the request is the first of its conversation.
    """

    def __init__(self, message_ids: Callable[[], str]) -> None:
        self._message_ids = message_ids

    async def begin(self, request: Request[Any, Any, Any]) -> None:
        """Begin one, and take up the trace that the request carries, if it does."""
        traceparent = request.headers.get("traceparent", "")
        message_id = self._message_ids()
        CURRENT.set(Conversation(message_id, message_id, traceparent if is_traceparent(traceparent) else None))
