"""A store's inbox in memory: which messages a consumer has handled."""

from __future__ import annotations


class Marks(dict[str, float]):
    """The ids of the messages that one consumer has handled, and when each was, in seconds since the epoch."""

    __slots__ = ()

    def purge(self, before: float) -> int:
        """Drop those made before a time; give how many."""
        stale = [message_id for message_id, at in self.items() if at < before]
        for message_id in stale:
            del self[message_id]
        return len(stale)
