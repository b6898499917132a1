"""What is common to all ways of calling a context in another process: what travels along, and how to send it."""

from __future__ import annotations

from typing import Any, Protocol

import attrs

from bookdelivery.adapters.clients.finding.places import Place
from bookdelivery.adapters.http_headers import CAUSATION, CORRELATION
from bookdelivery.kernel.conversation import CURRENT
from bookdelivery.kernel.messages import Command

CONNECT_S = 1.0
"""Seconds to wait for a connection; without one, the command certainly had no effect."""


@attrs.frozen
class Outbound:
    """A command on its way.

    Attributes:
        command: the command.
        home: the name of the context that handles it.
        along: the headers or metadata that travel along.
        timeout_s: seconds that are left for it.
    """

    command: Command[Any]
    home: str
    along: dict[str, str]
    timeout_s: float

    @property
    def name(self) -> str:
        """The command's name."""
        return type(self.command).__name__


class Transport(Protocol):
    """A way of talking to a place."""

    async def send(self, call: Outbound, place: Place) -> Any:
        """Send a command and wait for its reply.

        Raises:
            Refused, Overloaded, NotAnswered: as `Requests.request` says.
            Unavailable: nobody is at this place; the command certainly had no effect.
        """
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


def along(idempotency_key: str, token: str | None = None) -> dict[str, str]:
    """Give what travels along with a command: the conversation goes on over there."""
    travelling = {"idempotency-key": idempotency_key}
    if token is not None:
        travelling["authorization"] = f"Bearer {token}"
    conversation = CURRENT.get()
    if conversation is not None:
        travelling[CORRELATION] = conversation.correlation_id
        travelling[CAUSATION] = conversation.causation_id
        if conversation.traceparent is not None:
            travelling["traceparent"] = conversation.traceparent
    return travelling
