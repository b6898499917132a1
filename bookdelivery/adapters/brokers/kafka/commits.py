"""Tells the group how far its member is with each partition."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping

import attrs
from confluent_kafka import Consumer, KafkaException, TopicPartition

from bookdelivery.adapters.brokers.kafka.address import KafkaAddress
from bookdelivery.adapters.brokers.kafka.failures import COORDINATOR_AWAY, GROUP_IN_MOTION, translated
from bookdelivery.adapters.brokers.kafka.share import Share
from bookdelivery.kernel.errors import Unavailable, UnusableStore

_WHILE_IN_MOTION_S = 60.0


class Commits:
    """The commits of one member, one at a time: what is acknowledged during one goes with the next, all together.

    The event loop asks for them, the member's thread writes them, as a consumer takes calls of one thread at a time.

    Args:
        consumer: the member.
        address: the Kafka and topic.
        share: what the member reads at present; a commit for anything else is left out.
    """

    def __init__(self, consumer: Consumer, address: KafkaAddress, share: Share) -> None:
        self._consumer = consumer
        self._address = address
        self._share = share
        self._lock = threading.Lock()
        self._loop = asyncio.get_running_loop()
        self._next: _Round | None = None
        self._now: _Round | None = None
        self._is_over = False

    # --- on the event loop --------------------------------------------------------------------------------------------

    async def commit(self, ends: Mapping[int, int]) -> None:
        """Commit, by partition, the offset after the last message done; returns when the group knows.

        Raises:
            Unavailable: the group's coordinator did not confirm it.
            UnusableStore: it never will.
        """
        with self._lock:
            if self._is_over:
                return
            commits = self._next = self._next or _Round(self._loop.create_future())
            commits.add(ends)
        # Whoever waits no longer must not take the answer from the others.
        await asyncio.shield(commits.settled)
        if commits.error is not None:
            raise commits.error

    # --- in the thread ------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write what is to be committed, if something is; in a group that is being shared out anew, try again later."""
        with self._lock:
            if self._now is None:
                self._now, self._next = self._next, None
        commits = self._now
        if commits is None:
            return
        held = self._share.to_acknowledge(commits.ends)
        try:
            self._write(held)
        except KafkaException as error:
            is_late = time.monotonic() > commits.give_up
            # The member keeps some of its partitions through a rebalance, and loses others. Without a coordinator it
            # keeps all of them.
            code = error.args[0].code()
            if code in COORDINATOR_AWAY or (code in GROUP_IN_MOTION and not is_late):
                return
            commits.error = translated(self._address.where, self._address.topic, error.args[0])
        else:
            self._share.done(held)
        self._now = None
        self._settle(commits)

    def end(self) -> None:
        """Commit nothing any more; what is not confirmed by now comes again, to this or another member."""
        with self._lock:
            self._is_over = True
        for commits in (self._now, self._next):
            if commits is not None:
                self._settle(commits)

    def _write(self, held: Mapping[int, int]) -> None:
        places = [TopicPartition(self._address.topic, partition, end) for partition, end in held.items()]
        if places:
            for place in self._consumer.commit(offsets=places, asynchronous=False) or ():
                if place.error is not None:
                    raise KafkaException(place.error)

    def _settle(self, commits: _Round) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(commits.settle)


@attrs.define(eq=False)
class _Round:
    """What goes to the group in one request."""

    settled: asyncio.Future[None]
    ends: dict[int, int] = attrs.field(factory=dict)
    error: Unavailable | UnusableStore | None = None
    give_up: float = attrs.field(factory=lambda: time.monotonic() + _WHILE_IN_MOTION_S)

    def add(self, ends: Mapping[int, int]) -> None:
        for partition, end in ends.items():
            self.ends[partition] = max(end, self.ends.get(partition, 0))

    def settle(self) -> None:
        if not self.settled.done():
            self.settled.set_result(None)
