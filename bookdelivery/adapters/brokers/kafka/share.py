"""What a member reads at present, and what it has read ahead."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from confluent_kafka import Message


class Share:
    """The partitions of one member. The member's thread and the event loop both use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._positions: dict[int, int] = {}
        self._done: dict[int, int] = {}
        # By partition, the one whose turn it is first: a busy one must not starve the others.
        self._ahead: dict[int, deque[Message]] = {}
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many messages wait to be fetched."""
        return self._waiting

    @property
    def is_quiet(self) -> bool:
        """Whether nothing waits to be fetched or to be acknowledged."""
        with self._lock:
            return not self._waiting and self._done == self._positions

    def positions(self) -> Mapping[int, int]:
        """Give, by partition, the offset after the last message taken; 0 where none was taken yet."""
        with self._lock:
            return dict(self._positions)

    def take_over(self, partitions: Iterable[int]) -> None:
        """Read these from now on. Nothing of them is taken yet, whatever was when they were last read here."""
        with self._lock:
            for partition in partitions:
                self._positions[partition] = self._done[partition] = 0

    def give_up(self, partitions: Iterable[int]) -> None:
        """Read these no longer, and forget what was read ahead of them."""
        with self._lock:
            for partition in partitions:
                self._positions.pop(partition, None)
                self._done.pop(partition, None)
                self._waiting -= len(self._ahead.pop(partition, ()))

    def add(self, messages: Iterable[Message]) -> None:
        """Keep messages to be taken; those of partitions given up meanwhile are somebody else's."""
        with self._lock:
            for message in messages:
                partition = message.partition()
                if partition in self._positions:
                    self._ahead.setdefault(partition, deque()).append(message)
                    self._waiting += 1

    def take(self, limit: int) -> Sequence[Message]:
        """Take messages, in order per partition; none if none wait."""
        found: list[Message] = []
        with self._lock:
            while self._ahead and len(found) < limit:
                partition = next(iter(self._ahead))
                waiting = self._ahead.pop(partition)
                while waiting and len(found) < limit:
                    found.append(waiting.popleft())
                last = found[-1].offset()
                assert last is not None
                self._positions[partition] = last + 1
                if waiting:
                    self._ahead[partition] = waiting
            self._waiting -= len(found)
        return found

    def to_acknowledge(self, ends: Mapping[int, int]) -> Mapping[int, int]:
        """Leave out what was not taken here since its partition was last taken over, and what is acknowledged already.

        Kafka would take an offset as it comes, be it another member's business or a step back.
        """
        with self._lock:
            return {
                partition: end
                for partition, end in ends.items()
                if self._done.get(partition, 0) < end <= self._positions.get(partition, 0)
            }

    def done(self, ends: Mapping[int, int]) -> None:
        """Take note of what is acknowledged: by partition, the offset after the last message."""
        with self._lock:
            for partition, end in ends.items():
                if partition in self._done:
                    self._done[partition] = max(end, self._done[partition])
