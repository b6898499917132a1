"""Events that are carried on as they were written: from a store's outbox to the broker without being opened.

An outbox keeps an event in the form it has on the wire, and a broker wants it in that form; what lies between has no
use for the event itself. A store and a broker that both know this spare the relay the reading and writing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeGuard

import attrs

from bookdelivery.kernel.messages import Event
from bookdelivery.kernel.ports import Broker, Outgoing, Store


@attrs.frozen
class SealedEvent(Event):
    """An event as it was written.

    Attributes:
        headers: the metadata.
        body: the JSON.
    """

    headers: Mapping[str, str]
    body: bytes


class GivesSealed(Store, Protocol):
    """A store that keeps its outbox in the form that events have on the wire."""

    async def sealed(self, after: int = 0, limit: int = 500) -> Sequence[Outgoing]:
        """List outbox events behind a position that are not yet marked sent, in the order of commits, unopened.

        Each one's message is a `SealedEvent`, which only a broker that carries such takes.
        """
        ...


class CarriesSealed(Broker, Protocol):
    """A broker that writes what it publishes as bytes, or stands before one that may."""

    @property
    def carries_sealed(self) -> bool:
        """Whether sealed events may be published."""
        ...


def carries_sealed(broker: Broker) -> bool:
    """Say whether a broker takes sealed events; one that has never heard of them does not."""
    # What stands before a broker may pass on all it is asked for, which only asking tells.
    return bool(getattr(broker, "carries_sealed", False))


def gives_sealed(store: Store) -> TypeGuard[GivesSealed]:
    """Say whether a store gives sealed events."""
    return hasattr(store, "sealed")
