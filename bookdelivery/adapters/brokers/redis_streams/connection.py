"""The topic's Redis, and the names of its keys."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from bookdelivery.adapters.stores.redis.failures import translating
from bookdelivery.adapters.stores.redis.settings import RedisSettings, connect, without_password


class Connection:
    """A client of the Redis where the topic is. It connects when it is first used.

    All keys begin with `{bookdelivery-topic:NAME}:`; the braces keep them on one node of a Redis Cluster.

    Args:
        url: `redis://` or `rediss://`.
        topic: the topic's name.

    Raises:
        InvalidField: the URL is none of a Redis.
    """

    def __init__(self, url: str, topic: str) -> None:
        # A member that waits for messages has a connection to itself.
        self.redis: Any = connect(url, RedisSettings(connections=1000), f"bookdelivery-topic-{topic}")
        self.where = without_password(url)
        self._base = f"{{bookdelivery-topic:{topic}}}:"

    def key(self, *parts: object) -> str:
        """Give the name of a key of this topic."""
        return self._base + ":".join(map(str, parts))

    async def ask(self, answer: Awaitable[Any]) -> Any:
        """Wait for an answer.

        Raises:
            Unavailable: Redis cannot be reached just now, or is starting.
            UnusableStore: it cannot be used by us at all.
        """
        with translating(self.where):
            return await answer

    async def close(self) -> None:
        """Let go of the connections."""
        await self.redis.aclose()
