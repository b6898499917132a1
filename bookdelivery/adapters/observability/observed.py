"""A context's requests and calls, observed at their ports."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bookdelivery.adapters.inbound.port import RunningContext
from bookdelivery.adapters.observability.observer import Kind, Observer, Operation, outcome_of
from bookdelivery.kernel.aggregate import Stored
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.conversation import CURRENT, Conversation
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Clock, IdSource, Record, Requests, Store

Reply = TypeVar("Reply")
Read = TypeVar("Read")


class ObservedContext:
    """A running context whose requests are observed, whichever inbound adapter they come in by.

    Args:
        running: the context.
        observer: hears of each request.
        message_ids: makes the id of a request that begins a conversation.
    """

    def __init__(self, running: RunningContext, observer: Observer, message_ids: Callable[[], str]) -> None:
        self._running = running
        self._observer = observer
        self._message_ids = message_ids

    @property
    def context(self) -> Context:
        """The declaration."""
        return self._running.context

    @property
    def store(self) -> Store:
        """Its store."""
        return self._running.store

    @property
    def ids(self) -> IdSource:
        """Where it gets business ids from."""
        return self._running.ids

    @property
    def clock(self) -> Clock:
        """Tells it the time of day."""
        return self._running.clock

    async def submit(self, command: Command[Reply]) -> Reply:
        """Handle a command of this context; see `RunningContext.submit`."""
        return await self._observed(Kind.COMMAND, type(command).__name__, lambda: self._running.submit(command))

    async def read(self, kind: type[Stored], key: int) -> Record | None:
        """Read an aggregate or row by its correlation key, None if there is none."""
        return await self._observed(Kind.READ, kind.__name__, lambda: self._running.read(kind, key))

    async def find(self, kind: type[Stored], id: int) -> Record | None:
        """Read an aggregate or row by its business id, None if there is none."""
        return await self._observed(Kind.READ, kind.__name__, lambda: self._running.find(kind, id))

    async def read_all(
        self, kind: type[Stored], *, owner: int | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[Record]:
        """Read aggregates or rows by ascending key, beginning after a key; only one owner's, if given."""
        return await self._observed(
            Kind.READ, kind.__name__, lambda: self._running.read_all(kind, owner=owner, after=after, limit=limit)
        )

    async def _observed(self, kind: Kind, name: str, proceed: Callable[[], Awaitable[Read]]) -> Read:
        return await observed(self._observer, self.context.name, kind, name, proceed, self._message_ids)


class ObservedRequests:
    """Calls to other contexts, observed.

    Args:
        requests: carries them.
        context: who calls.
        observer: hears of each.
        message_ids: makes the id of a call that begins a conversation.
    """

    def __init__(self, requests: Requests, context: str, observer: Observer, message_ids: Callable[[], str]) -> None:
        self._requests = requests
        self._context = context
        self._observer = observer
        self._message_ids = message_ids

    async def request(self, command: Command[Reply], *, idempotency_key: str, timeout_s: float) -> Reply:
        """Send and wait; see `Requests.request`."""
        name = type(command).__name__

        async def proceed() -> Reply:
            return await self._requests.request(command, idempotency_key=idempotency_key, timeout_s=timeout_s)

        return await observed(self._observer, self._context, Kind.CALL, name, proceed, self._message_ids)


async def observed(
    observer: Observer,
    context: str,
    kind: Kind,
    name: str,
    proceed: Callable[[], Awaitable[Read]],
    message_ids: Callable[[], str],
) -> Read:
    """Do something as a part of the present conversation, whose trace goes on in whatever it leads to.

    Args:
        observer: hears of it.
        context: whose it is.
        kind: of what kind it is.
        name: what it is called.
        proceed: does it.
        message_ids: makes the id of what begins a conversation.
    """
    present = CURRENT.get()
    if present is None:
        message_id = message_ids()
        present = Conversation(message_id, message_id)
    ongoing = observer.begin(
        Operation(
            context=context,
            kind=kind,
            name=name,
            parent=present.traceparent,
            correlation_id=present.correlation_id,
        )
    )
    traceparent = ongoing.traceparent or present.traceparent
    token = CURRENT.set(Conversation(present.correlation_id, present.causation_id, traceparent))
    error: BaseException | None = None
    try:
        return await proceed()
    except BaseException as raised:
        # However it ends, a giving up included, is told to whoever observes.
        error = raised
        raise
    finally:
        CURRENT.reset(token)
        ongoing.end(outcome_of(error))
