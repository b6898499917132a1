"""What a handler of several steps works with."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import attrs

from bookdelivery.application.calls import Calls
from bookdelivery.application.composition import Wired
from bookdelivery.application.decisions import Decisions
from bookdelivery.application.surroundings import Surroundings
from bookdelivery.kernel.aggregate import Aggregate, Decision, Given, Stored
from bookdelivery.kernel.context import Performs
from bookdelivery.kernel.conversation import Conversation
from bookdelivery.kernel.errors import WronglyDeclared
from bookdelivery.kernel.messages import Command

Reply = TypeVar("Reply")
AnyAggregate = TypeVar("AnyAggregate", bound=Aggregate)
AnyPort = TypeVar("AnyPort")


@attrs.define(eq=False)
class HandlerScope:
    """The `Scope` of one command; see there. Not frozen, as that would double the cost of making one."""

    handler: Performs
    conversation: Conversation
    _wired: Wired
    _decisions: Decisions
    _calls: Calls
    _externals: Mapping[type[Any], Any]
    _surroundings: Surroundings

    @property
    def now(self) -> float:
        """The time, in seconds since the epoch."""
        return self._surroundings.clock.now()

    @property
    def terms(self) -> Any:
        """The context's business settings."""
        return self._wired.context.terms

    def new_id(self, kind: type[Stored]) -> Coroutine[Any, Any, int]:
        """Give a fresh business id."""
        return self._surroundings.ids.next(kind.__name__)

    async def load(self, kind: type[AnyAggregate], key: int) -> AnyAggregate | None:
        """Read an aggregate by its correlation key."""
        record = await self._surroundings.store.get(self._wired.filings[kind].kind, key)
        return None if record is None else record.state  # type: ignore[return-value]

    def decide(
        self,
        kind: type[AnyAggregate],
        key: int,
        decision: Callable[[AnyAggregate | None, Given], Decision[AnyAggregate]],
    ) -> Coroutine[Any, Any, AnyAggregate]:
        """Load, decide and commit one step."""
        return self._decisions.decide(self._wired.filings[kind], key, decision, self.handler, self.conversation)

    async def call(self, command: Command[Reply], *, idempotency_key: str) -> Reply:
        """Send a declared call to another context."""
        if type(command) not in self.handler.calls:
            where = f"context {self._wired.context.name}, handler of {self.handler.command.__name__}"
            raise WronglyDeclared(where, f"it calls {type(command).__name__}, which it does not declare (`calls`)")
        return await self._calls.call(command, idempotency_key=idempotency_key)

    def external(self, port: type[AnyPort]) -> AnyPort:
        """Give the adapter behind a declared external system's port."""
        if port not in self.handler.uses:
            where = f"context {self._wired.context.name}, handler of {self.handler.command.__name__}"
            raise WronglyDeclared(where, f"it asks {port.__name__}, which it does not declare (`uses`)")
        adapter: AnyPort = self._externals[port]
        return adapter
