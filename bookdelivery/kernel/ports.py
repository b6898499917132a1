"""The ports.

What the application needs from the world, as Protocols. Adapters implement them; conformance suites hold them to it.

All times are seconds; `now` and everything stored count from the Unix epoch (UTC).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

import attrs

from bookdelivery.kernel.aggregate import Aggregate, Decision, Given, Stored
from bookdelivery.kernel.messages import Carrier, Command, Envelope

Reply = TypeVar("Reply")
AnyAggregate = TypeVar("AnyAggregate", bound=Aggregate)
AnyPort = TypeVar("AnyPort")


class Clock(Protocol):
    """Tells the time of day.

    Durations and deadlines within a process are measured by the event loop's clock instead.
    """

    def now(self) -> float:
        """Seconds since the Unix epoch (UTC)."""
        ...


class IdSource(Protocol):
    """Gives business ids: positive integers below 2**53."""

    async def next(self, kind: str) -> int:
        """Give the next id of this kind of aggregate; never the same twice."""
        ...


# --- stores -----------------------------------------------------------------------------------------------------------


class Record(Carrier, frozen=True, gc=False):
    """One aggregate or view row as a store keeps it.

    Attributes:
        kind: the class's name.
        key: the correlation key; a store holds at most one record of a kind for a key.
        id: its own business id, unique within the kind.
        version: 1 when first saved, then one more each time.
        state: the object itself, frozen.
        owner: whose it is, or None.
        wake_at: when somebody should look after it, or None.
    """

    kind: str
    key: int
    id: int
    version: int
    state: Stored
    owner: int | None = None
    wake_at: float | None = None


class Handled(Carrier, frozen=True, gc=False):
    """The mark that one consumer has handled one message. Keyed on both, as two policies may react to one message."""

    consumer: str
    message_id: str


@attrs.frozen
class DeadLetter:
    """A message that kept failing, set aside with the reason.

    Attributes:
        consumer: who failed to handle it (the name in `Handled`).
        message_id: the message's id.
        envelope: the message, None where it could not even be read.
        body: the bytes as they came, where it could not be read; else empty.
        error: the last error, as text.
        at: when it was given up.
        attempts: how often it was tried.
    """

    consumer: str
    message_id: str
    envelope: Envelope | None
    body: bytes
    error: str
    at: float
    attempts: int


class Unit(Carrier, frozen=True, gc=False):
    """One unit of work. All of it is committed, or none of it.

    Attributes:
        saves: the records' new versions; each must follow directly on the version that is stored.
        outbox: the events to publish, in order.
        handled: the marks of the messages this unit handles.
        buries: a message given up by this unit, if one; takes the place of an earlier dead letter of the same consumer
            and message.
        revives: a dead letter that this unit handles after all (it is removed), if one.
        at: when, for the purges by age.
    """

    saves: tuple[Record, ...] = ()
    outbox: tuple[Envelope, ...] = ()
    handled: tuple[Handled, ...] = ()
    buries: DeadLetter | None = None
    revives: Handled | None = None
    at: float = 0.0


class Outcome(Enum):
    """What became of a unit of work."""

    COMMITTED = "committed"
    CONFLICT = "conflict"
    """A record's stored version is not the one before the saved one, or its id is taken. Nothing was changed."""
    DUPLICATE = "duplicate"
    """One of the messages was handled before or is marked twice, or the dead letter is gone; looked at first.

    Nothing was changed.
    """


COMMITTED, CONFLICT, DUPLICATE = Outcome
"""The same once more, for what is run for every message: `Outcome.COMMITTED` is slow to look up before Python 3.12."""


class Outgoing(Carrier, frozen=True, gc=False):
    """An event in the outbox, with its place in the order of commits."""

    position: int
    envelope: Envelope


@attrs.frozen
class Purged:
    """How many rows a purge removed."""

    outbox: int
    inbox: int


@runtime_checkable
class ReadsTogether(Protocol):
    """What a store has besides, if a read is a way to a server and back: it is asked for many records in one go."""

    async def get_many(self, places: Sequence[tuple[str, int]]) -> Sequence[Record | None]:
        """Read the record of each kind and correlation key, None where there is none."""
        ...


class Store(Protocol):
    """One context's own data: its records, outbox, inbox and dead letters, which commit together.

    Raises, from every method: `Unavailable` when it cannot be reached just now (nothing is known about a commit then:
    try the same unit again, its versions and marks make that safe), `UnusableStore` when it cannot work at all.
    """

    async def get(self, kind: str, key: int) -> Record | None:
        """Read the record of a kind with this correlation key."""
        ...

    async def find(self, kind: str, id: int) -> Record | None:
        """Read the record of a kind with this business id."""
        ...

    async def list(self, kind: str, *, owner: int | None = None, after: int = 0, limit: int = 100) -> Sequence[Record]:
        """List records of a kind by ascending key, beginning after a key; only one owner's, if given."""
        ...

    async def due(self, kinds: Sequence[str], now: float, limit: int = 100) -> Sequence[Record]:
        """List records whose `wake_at` is at or before now, the earliest first."""
        ...

    async def next_wake_up(self, kinds: Sequence[str]) -> float | None:
        """Say when the earliest `wake_at` of these kinds is."""
        ...

    async def commit(self, units: Sequence[Unit]) -> Sequence[Outcome]:
        """Commit each unit entirely or not at all, in order.

        Durable on return. One unit's failure does not touch the others, except those after it in the same call that
        save a record which it would have saved: they were decided on what never came to be, and are conflicts even
        where somebody else's version has the number that they follow on.
        """
        ...

    async def waiting(self, limit: int = 500) -> Sequence[Outgoing]:
        """List outbox events not yet marked sent, in the order of commits."""
        ...

    async def mark_sent(self, positions: Sequence[int], at: float) -> None:
        """Mark outbox events as acknowledged by the broker; those marked before, or unknown, change nothing."""
        ...

    async def log(self, after: int = 0, limit: int = 500) -> Sequence[Outgoing]:
        """Read all outbox events still kept, sent or not, in the order of commits, beginning after a position."""
        ...

    async def purge(self, before: float) -> Purged:
        """Remove outbox events marked sent, and inbox marks made, before a time. Unsent events always stay.

        Positions are never given out again.
        """
        ...

    async def purged_before(self) -> float | None:
        """Say up to what time outbox events were purged, the latest if repeatedly; None if the log is still whole."""
        ...

    async def forget(self, kind: str, consumer: str) -> None:
        """Remove all rows of a view together with its consumer's inbox marks, so that it can be rebuilt."""
        ...

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """List the messages given up, the oldest first."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


# --- brokers ----------------------------------------------------------------------------------------------------------


@attrs.frozen
class Unreadable:
    """A message whose body cannot be read: it is dead-lettered, never skipped silently.

    Attributes:
        id: its message id if it has one, else its position as text.
        body: the bytes as they came.
        error: why it cannot be read.
        type: none: nobody reacts to it by its type.
    """

    type: ClassVar[str] = ""

    id: str
    body: bytes
    error: str


class Delivery(Carrier, frozen=True, gc=False):
    """A message as a consumer gets it, with its place in the log."""

    partition: int
    offset: int
    content: Envelope | Unreadable


class Subscription(Protocol):
    """One member of a consumer group. Each partition is read by one member at a time, in order."""

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        """Wait for messages of the partitions assigned to this member; return them in order per partition.

        Each call goes on where this member's last one ended, acknowledged or not; cancelling a call loses nothing.
        What was fetched but not acknowledged is delivered again, to this or another member, after a restart or
        rebalance.

        Raises:
            Unavailable: the subscription was closed, before the call or during it; or the broker cannot be reached.
        """
        ...

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Say that these, and all before them in their partitions, are done.

        Ignored for partitions this member has lost, also if it has got them again since: what counts is what it
        fetched under the present assignment.
        """
        ...

    async def close(self) -> None:
        """Leave the group; the partitions go to the other members."""
        ...


class Broker(Protocol):
    """One log-like topic.

    Partitioned by key, kept after reading, read by consumer groups that each have their own offsets.
    """

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Append messages; on return they are as durable as this broker makes them. Order is kept per key.

        Raises:
            Unavailable: the broker did not acknowledge; the messages may or may not be there, publish them again.
        """
        ...

    async def subscribe(self, group: str) -> Subscription:
        """Join a consumer group. A group new to the topic begins at the oldest message kept."""
        ...

    async def lag(self, group: str) -> int:
        """Count the messages that the group has not acknowledged yet: all that are kept, for a group yet unknown."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


# --- calls ------------------------------------------------------------------------------------------------------------


class Requests(Protocol):
    """Carries a command to another context and brings back its answer, synchronously."""

    async def request(self, command: Command[Reply], *, idempotency_key: str, timeout_s: float) -> Reply:
        """Send and wait.

        Raises:
            Refused: the other context says no; that is an answer.
            Overloaded: the other context has too much to do; the command had no effect.
            NotAnswered: no answer; whether the command had an effect is unknown.
            Unavailable: the command certainly had no effect (nobody was there to take it).
        """
        ...


class Scope(Protocol):
    """What a handler of several steps (`Performs`) works with."""

    @property
    def now(self) -> float:
        """The time, in seconds since the epoch."""
        ...

    @property
    def terms(self) -> Any:
        """The context's business settings."""
        ...

    async def new_id(self, kind: type[Stored]) -> int:
        """Give a fresh business id for this kind of aggregate."""
        ...

    async def load(self, kind: type[AnyAggregate], key: int) -> AnyAggregate | None:
        """Read an aggregate by its correlation key."""
        ...

    async def decide(
        self,
        kind: type[AnyAggregate],
        key: int,
        decision: Callable[[AnyAggregate | None, Given], Decision[AnyAggregate]],
    ) -> AnyAggregate:
        """Load, decide and commit one step, again if somebody else came in between.

        Returns the aggregate as it is then.
        """
        ...

    async def call(self, command: Command[Reply], *, idempotency_key: str) -> Reply:
        """Send a declared call to another context, guarded by its timeout, its circuit breaker and whatever else.

        Raises:
            Refused: the other context says no.
            HeldOff: it was held back on this side or not taken on the other; it had no effect.
            NotAnswered: no usable answer; whether there was an effect is unknown.
        """
        ...

    def external(self, port: type[AnyPort]) -> AnyPort:
        """Give the adapter that stands behind the port of a declared external system."""
        ...
