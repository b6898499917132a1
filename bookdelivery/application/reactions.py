"""Handling messages: policies decide, views fold, and each message has its effect once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from bookdelivery.application.composition import Reaction, ViewReaction, Wired
from bookdelivery.application.decisions import Decisions
from bookdelivery.application.history import in_order
from bookdelivery.application.patience import Patience
from bookdelivery.application.surroundings import Surroundings
from bookdelivery.kernel.aggregate import Given
from bookdelivery.kernel.conversation import Conversation
from bookdelivery.kernel.errors import Conflict, NotFound, Refused, Unavailable, UnusableStore, WronglyDeclared
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import DeadLetter, Delivery, Handled, Outcome, Record, Store, Unit, Unreadable


class Overlay(dict[tuple[str, int], Record]):
    """The records as units that are decided, but not committed yet, will leave them.

    Attributes:
        unconfirmed: whether a message was found to call for nothing because of one of these records. Nothing of it
            would tell the store what that rests on, so it is decided again once they are committed.
    """

    unconfirmed = False


Item = tuple[Reaction, Envelope]


class Reactions:
    """Handles the messages that reach one context, many at a time where that is safe.

    A batch is decided message by message, each on what those before it decided, and committed together. Every message
    still is a unit of work of its own: if one was handled before or somebody else was faster, only that one is left
        out.
    """

    def __init__(self, wired: Wired, decisions: Decisions, surroundings: Surroundings) -> None:
        self._wired = wired
        self._decisions = decisions
        self._surroundings = surroundings
        self._counters = surroundings.counters
        self._store = surroundings.store
        self._now = surroundings.clock.now
        self._terms = wired.context.terms

    async def handle(self, deliveries: Sequence[Delivery]) -> None:
        """Handle messages in order; on return each has had its effect, or is dead-lettered.

        Raises:
            Unavailable: the store could not be reached; nothing is lost, the messages are to be handled again.
        """
        items: list[Item] = []
        for delivery in deliveries:
            content = delivery.content
            if isinstance(content, Unreadable):
                await self._commit(items)
                items = []
                await self._bury_unreadable(content)
            elif reactions := self._wired.reactions.get(content.type):
                for reaction in reactions:
                    items.append((reaction, content))
            else:
                self._counters.ignored += 1
        await self._commit(items)

    async def _commit(self, items: list[Item]) -> None:
        while items:
            overlay = Overlay()
            given = self._given()
            units: list[Unit] = []
            failed = False
            for reaction, envelope in items:
                try:
                    unit = await self.react(reaction, envelope, overlay, given)
                except Unavailable:
                    raise
                except Exception:  # noqa: BLE001
                    # Whatever it is, it is met again below, where the message is tried by itself.
                    failed = True
                    break
                if overlay.unconfirmed:
                    break
                units.append(unit)
            await self._commit_units(units, items)
            done = len(units)
            if failed:
                await self.handle_alone(*items[done])
                done += 1
            items = items[done:]

    async def _commit_units(self, units: list[Unit], items: list[Item]) -> None:
        if not units:
            return
        outcomes = await self._store.commit(units)
        committed = [unit for unit, outcome in zip(units, outcomes, strict=True) if outcome is Outcome.COMMITTED]
        self._counters.handled += len(committed)
        self._decisions.committed(committed)
        if len(committed) == len(units):
            return
        for outcome, item in zip(outcomes, items, strict=False):
            if outcome is Outcome.DUPLICATE:
                self._counters.duplicates += 1
            elif outcome is Outcome.CONFLICT:
                self._counters.conflicts += 1
                await self.handle_alone(*item)

    async def react(
        self, reaction: Reaction, envelope: Envelope, overlay: Overlay, given: Given, revives: Handled | None = None
    ) -> Unit:
        """Decide what one message comes to, as a unit of work that is not committed yet.

        Args:
            reaction: the policy or view.
            envelope: the message.
            overlay: the records as units decided before, but not committed yet, leave them.
            given: what a decision that creates nothing may know.
            revives: the dead letter that this message was, if so.
        """
        handled = None if revives else Handled(reaction.consumer, envelope.id)
        filing = reaction.filing
        outbox: tuple[Envelope, ...] = ()
        if isinstance(reaction, ViewReaction):
            place = (filing.kind, envelope.key)
            record = overlay.get(place) or await self._store.get(*place)
            state: Any = reaction.fold(None if record is None else record.state, envelope.message, envelope)
        else:
            decides = reaction.decides
            command = reaction.policy.by(envelope.message)
            if command is None:
                return Unit(handled=handled, revives=revives, at=given.now)
            place = (filing.kind, getattr(command, command.correlation_key))
            record = overlay.get(place) or await self._store.get(*place)
            if record is not None:
                made = decides.by(record.state, command, given)
            elif decides.creates:
                new_id = await self._surroundings.ids.next(filing.kind)
                made = decides.by(None, command, Given(given.now, new_id, self._terms))
            else:
                raise NotFound(f"{decides.command.__name__} for {envelope.type}", *place)
            state = made.state
            if made.events:
                conversation = Conversation(envelope.correlation_id, envelope.id, envelope.traceparent)
                outbox = self._decisions.envelopes(decides, made.events, given.now, conversation)
        unit = self._decisions.unit(filing, place[1], record, state, outbox, given.now, handled, revives)
        if unit.saves:
            overlay[place] = unit.saves[0]
        elif place in overlay:
            overlay.unconfirmed = True
        return unit

    def _given(self) -> Given:
        return Given(self._now(), 0, self._terms)

    async def handle_alone(self, reaction: Reaction, envelope: Envelope) -> None:
        """Handle one message by itself.

        Try again after conflicts and failures, and set it aside if it keeps failing.
        """
        settings = self._surroundings.settings
        patience = Patience(settings.retry_after_s, settings.retry_at_most_s, self._surroundings.rng)
        while True:
            try:
                await self._attempt(reaction, envelope)
            except (Unavailable, UnusableStore):
                raise
            except Exception as error:  # noqa: BLE001
                # The machinery must survive any error of a handler; the message is kept with it, see `DeadLetter`.
                if patience.failures + 1 >= settings.attempts or _is_hopeless(error):
                    await self._bury(reaction.consumer, envelope, error, patience.failures + 1)
                    return
            else:
                return
            self._counters.retried += 1
            await patience.pause()

    async def _attempt(self, reaction: Reaction, envelope: Envelope, revives: Handled | None = None) -> None:
        settings = self._surroundings.settings
        patience = Patience(0.001, 0.1, self._surroundings.rng)
        for _ in range(settings.conflict_attempts):
            unit = await self.react(reaction, envelope, Overlay(), self._given(), revives)
            outcome = await self._decisions.commit(unit)
            if outcome is Outcome.COMMITTED:
                self._counters.handled += 1
                return
            if outcome is Outcome.DUPLICATE:
                self._counters.duplicates += 1
                return
            self._counters.conflicts += 1
            await patience.pause()
        raise Conflict(f"{reaction.consumer} for {envelope.type} {envelope.id}: others were faster too often")

    async def _bury(self, consumer: str, envelope: Envelope, error: Exception, attempts: int) -> None:
        now = self._now()
        text = f"{type(error).__name__}: {error}"
        letter = DeadLetter(consumer, envelope.id, envelope, b"", text, now, attempts)
        await self._bury_letter(letter, now)

    async def _bury_unreadable(self, content: Unreadable) -> None:
        now = self._now()
        consumer = self._wired.consumer("unreadable")
        await self._bury_letter(DeadLetter(consumer, content.id, None, content.body, content.error, now, 1), now)

    async def _bury_letter(self, letter: DeadLetter, now: float) -> None:
        unit = Unit(handled=Handled(letter.consumer, letter.message_id), buries=letter, at=now)
        if await self._decisions.commit(unit) is Outcome.COMMITTED:
            self._counters.dead_lettered += 1

    def of(self, envelope: Envelope) -> Sequence[Reaction]:
        """Give the reactions to a message; none means that it is ignored, which is counted."""
        reactions = self._wired.reactions.get(envelope.type, ())
        if not reactions:
            self._counters.ignored += 1
        return reactions

    async def refold(self, consumer: str, logs: Sequence[Store]) -> int:
        """Have one view handle everything in these logs as it happened; say how many messages that were."""
        histories: list[list[Envelope]] = []
        for log in logs:
            position, history = 0, list[Envelope]()
            while page := await log.log(after=position):
                position = page[-1].position
                history.extend(outgoing.envelope for outgoing in page)
            histories.append(history)
        items = [
            (reaction, envelope)
            for envelope in in_order(histories)
            for reaction in self._wired.reactions.get(envelope.type, ())
            if reaction.consumer == consumer
        ]
        await self._commit(items)
        return len(items)

    async def replay(self, letter: DeadLetter) -> None:
        """Handle a dead letter after all; it is removed in the same unit of work.

        Raises:
            Refused: it could not even be read, or no policy or view of its consumer's name is left to handle it.
            Exception: whatever handling it raises; the letter stays.
        """
        what = f"replay of {letter.message_id} for {letter.consumer}"
        if letter.envelope is None:
            raise Refused(
                what, f"its body cannot be read ({letter.error})", ("publishing it again in a readable form",)
            )
        for reaction in self._wired.reactions.get(letter.envelope.type, ()):
            if reaction.consumer == letter.consumer:
                await self._attempt(reaction, letter.envelope, Handled(letter.consumer, letter.message_id))
                return
        raise Refused(what, "nobody of that name reacts to it any more", ("a policy or view of that name",))


def _is_hopeless(error: Exception) -> bool:
    """Say whether trying again is in vain: a wrong declaration stays wrong until the next deployment."""
    return isinstance(error, WronglyDeclared)


@attrs.frozen
class Replayed:
    """What came of replaying dead letters.

    Attributes:
        handled: how many were handled.
        failed: the letters that stayed, each with the error of this attempt.
    """

    handled: int
    failed: tuple[tuple[DeadLetter, Exception], ...]
