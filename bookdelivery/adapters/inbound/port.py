"""What an inbound adapter needs of a running context: the port that requests come in by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from bookdelivery.kernel.aggregate import Stored
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Clock, IdSource, Record, Store

Reply = TypeVar("Reply")


class RunningContext(Protocol):
    """A context at work; `bookdelivery.application.service.ContextService` is one."""

    @property
    def context(self) -> Context:
        """The declaration."""
        ...

    @property
    def store(self) -> Store:
        """Its store."""
        ...

    @property
    def ids(self) -> IdSource:
        """Where it gets business ids from."""
        ...

    @property
    def clock(self) -> Clock:
        """Tells it the time of day."""
        ...

    async def submit(self, command: Command[Reply]) -> Reply:
        """Handle a command of this context.

        Raises:
            UnknownCommand: this context does not handle it.
            Refused: the domain says no.
            Conflict: somebody else changed the same aggregate again and again.
            Overloaded: a policy of the deployment did not let it in; it was not begun.
            Unavailable, UnusableStore: the store cannot be reached or used.
        """
        ...

    async def read(self, kind: type[Stored], key: int) -> Record | None:
        """Read an aggregate or row by its correlation key, None if there is none."""
        ...

    async def find(self, kind: type[Stored], id: int) -> Record | None:
        """Read an aggregate or row by its business id, None if there is none."""
        ...

    async def read_all(
        self, kind: type[Stored], *, owner: int | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[Record]:
        """Read aggregates or rows by ascending key, beginning after a key; only one owner's, if given."""
        ...
