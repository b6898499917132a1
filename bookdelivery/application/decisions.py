"""Load, decide, commit: the one way in which a context's data changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bookdelivery.application.composition import Filing, Wired
from bookdelivery.application.patience import Patience
from bookdelivery.application.surroundings import Surroundings
from bookdelivery.kernel.aggregate import Decision, Given
from bookdelivery.kernel.context import Handler
from bookdelivery.kernel.conversation import Conversation
from bookdelivery.kernel.errors import Conflict, Unavailable, WronglyDeclared
from bookdelivery.kernel.messages import Envelope, Event
from bookdelivery.kernel.ports import COMMITTED, Outcome, Unit


class Decisions:
    """Turns what was decided into units of work, and commits them.

    Args:
        wired: the context.
        around: its surroundings.
        committed: told of the units of work that were committed, in their order.
    """

    def __init__(self, wired: Wired, surroundings: Surroundings, committed: Callable[[Sequence[Unit]], None]) -> None:
        self._wired = wired
        self._source = wired.context.name
        self._terms = wired.context.terms
        self._surroundings = surroundings
        self._store = surroundings.store
        self._ids = surroundings.ids
        self._now = surroundings.clock.now
        self._message_ids = surroundings.message_ids
        self.committed = committed
        self._may_emit = {handler.command: frozenset(handler.emits) for handler in wired.context.handlers}

    def envelopes(
        self, handler: Handler, events: Sequence[Event], now: float, conversation: Conversation
    ) -> tuple[Envelope, ...]:
        """Put the events a handler returned into envelopes, each with an id of its own.

        Raises:
            WronglyDeclared: one is not declared (`emits`); the drawn design stays true.
        """
        if len(events) == 1:
            return (self._envelope(handler, events[0], now, conversation),)
        return tuple([self._envelope(handler, event, now, conversation) for event in events])

    def _envelope(self, handler: Handler, event: Event, now: float, conversation: Conversation) -> Envelope:
        kind = type(event)
        if kind not in self._may_emit[handler.command]:
            where = f"context {self._source}, handler of {handler.command.__name__}"
            raise WronglyDeclared(where, f"it emitted {kind.__name__}, which it does not declare (`emits`)")
        return Envelope(
            self._message_ids(),
            kind.__name__,
            self._source,
            now,
            conversation.correlation_id,
            conversation.causation_id,
            getattr(event, kind.correlation_key),
            event,
            conversation.traceparent,
        )

    async def decide(
        self,
        filing: Filing,
        key: int,
        decision: Callable[[Any, Given], Decision[Any]],
        handler: Handler,
        conversation: Conversation,
    ) -> Any:
        """Load, decide and commit, anew whenever somebody else was faster; give the state as it is then.

        Raises:
            Refused: the decision refuses.
            Conflict: somebody else was faster too often.
        """
        kind = filing.kind
        patience: Patience | None = None
        settings = self._surroundings.settings
        for _ in range(settings.conflict_attempts):
            record = await self._store.get(kind, key)
            if record is None:
                state, version = None, 1
                new_id = await self._ids.next(kind) if handler.creates else 0
            else:
                state, version, new_id = record.state, record.version + 1, 0
            now = self._now()
            made = decision(state, Given(now, new_id, self._terms))
            decided, events = made.state, made.events
            if decided is state and not events:
                return state
            # What published an event is saved even if it stayed as it was: its version tells whether it still was so.
            saves = () if decided is None else (filing.record(key, version, decided),)
            outbox = self.envelopes(handler, events, now, conversation) if events else ()
            if await self.commit(Unit(saves, outbox, (), None, None, now)) is COMMITTED:
                return decided
            self._surroundings.counters.conflicts += 1
            patience = patience or Patience(0.001, 0.1, self._surroundings.rng)
            await patience.pause()
        raise Conflict(
            f"{handler.command.__name__} for {filing.kind} {key}: {settings.conflict_attempts} others were faster"
        )

    async def commit(self, unit: Unit) -> Outcome:
        """Commit one unit, of one message at most.

        Where the answer of a commit is lost, look whether it was done; never guess.

        Raises:
            Unavailable: the store could not be reached for long; if the unit was committed, nobody knows it yet.
        """
        try:
            outcome = (await self._store.commit((unit,)))[0]
        except Unavailable as error:
            outcome = await self._commit_again(unit, error)
        if outcome is COMMITTED:
            self.committed((unit,))
        return outcome

    async def _commit_again(self, unit: Unit, error: Unavailable) -> Outcome:
        settings = self._surroundings.settings
        patience = Patience(settings.retry_after_s, settings.retry_at_most_s, self._surroundings.rng)
        while patience.failures + 1 < settings.attempts:
            await patience.pause()
            try:
                outcome = (await self._store.commit((unit,)))[0]
                is_done = outcome is not COMMITTED and await self._is_done(unit, outcome)
            except Unavailable as again:
                error = again
            else:
                return COMMITTED if is_done else outcome
        raise error

    async def _is_done(self, unit: Unit, outcome: Outcome) -> bool:
        if unit.handled or unit.revives is not None:
            return outcome is Outcome.DUPLICATE
        if unit.outbox:
            return await self._is_logged(unit.outbox[0].id)
        stored = [await self._store.get(save.kind, save.key) for save in unit.saves]
        return stored == list(unit.saves)

    async def _is_logged(self, message_id: str) -> bool:
        # Reading the whole log is slow, but it is only done when a store went away in the middle of a commit.
        position = 0
        while page := await self._store.log(after=position, limit=self._surroundings.settings.batch):
            if any(outgoing.envelope.id == message_id for outgoing in page):
                return True
            position = page[-1].position
        return False
