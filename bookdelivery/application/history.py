"""What happened, told from the logs of several contexts as one story."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from bookdelivery.kernel.messages import Envelope


def in_order(logs: Sequence[Sequence[Envelope]]) -> Iterator[Envelope]:
    """Merge logs into one.

    Each log stays in its own order, and no effect comes before its cause: within a millisecond, ids of different
    sources say nothing about that. Apart from this they decide, since a UUIDv7 begins with the time.
    """
    to_come = {envelope.id for log in logs for envelope in log}
    rest = [deque(log) for log in logs]
    while rest := [log for log in rest if log]:
        # Were all to wait for one another (logs that contradict each other), the ids alone would decide.
        free = [log for log in rest if log[0].causation_id not in to_come] or rest
        envelope = min(free, key=lambda log: log[0].id).popleft()
        to_come.discard(envelope.id)
        yield envelope
