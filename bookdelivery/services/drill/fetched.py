"""A broker that notes how many messages its process was given, where others can read it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Broker, Delivery, Subscription
from bookdelivery.kernel.sealed import carries_sealed


class NotedBroker:
    """A broker as it is, but for the note.

    Args:
        inner: the broker.
        note: the file, which gets a byte for each message.
    """

    def __init__(self, inner: Broker, note: Path) -> None:
        self._inner = inner
        self._note = note

    @property
    def carries_sealed(self) -> bool:
        """Whether the broker itself takes sealed events."""
        return carries_sealed(self._inner)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish; see `Broker.publish`."""
        await self._inner.publish(envelopes)

    async def subscribe(self, group: str) -> Subscription:
        """Join a consumer group; see `Broker.subscribe`."""
        return _Noted(await self._inner.subscribe(group), self._note)

    async def lag(self, group: str) -> int:
        """Count what a group has not acknowledged."""
        return await self._inner.lag(group)

    async def close(self) -> None:
        """Let go of the broker."""
        await self._inner.close()


class _Noted:
    def __init__(self, inner: Subscription, note: Path) -> None:
        self._inner = inner
        self._note = note

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        found = await self._inner.fetch(limit)
        with self._note.open("ab") as file:
            file.write(b"." * len(found))
        return found

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        await self._inner.acknowledge(deliveries)

    async def close(self) -> None:
        await self._inner.close()
