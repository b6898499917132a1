"""Handling messages: policies decide, views fold, and each message has its effect once."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import attrs

from bookdelivery.application.batch import Batch, Item
from bookdelivery.application.composition import PolicyReaction, Reaction, Wired
from bookdelivery.application.decisions import Decisions
from bookdelivery.application.history import in_order
from bookdelivery.application.patience import Patience
from bookdelivery.application.surroundings import Surroundings
from bookdelivery.kernel.aggregate import Given
from bookdelivery.kernel.conversation import Conversation
from bookdelivery.kernel.errors import Conflict, NotFound, Refused, Unavailable, UnusableStore, WronglyDeclared
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import (
    COMMITTED,
    CONFLICT,
    DUPLICATE,
    DeadLetter,
    Delivery,
    Handled,
    ReadsTogether,
    Record,
    Store,
    Unit,
    Unreadable,
)

log = logging.getLogger("bookdelivery.application")


class Reactions:
    """Handles the messages that reach one context, many at a time where that is safe.

    A batch is decided message by message, each on what those before it decided, and committed together, with one unit
    of work for all messages about the same record. If one of these was handled before or somebody else was faster, the
    messages of that unit get a unit each.
    """

    def __init__(self, wired: Wired, decisions: Decisions, surroundings: Surroundings) -> None:
        self._wired = wired
        self._decisions = decisions
        self._surroundings = surroundings
        self._counters = surroundings.counters
        self._store = surroundings.store
        self._many = surroundings.store if isinstance(surroundings.store, ReadsTogether) else None
        self._now = surroundings.clock.now
        self._terms = wired.context.terms

    async def handle(self, deliveries: Sequence[Delivery]) -> None:
        """Handle messages in order; on return each has had its effect, or is dead-lettered.

        Raises:
            Unavailable: the store could not be reached; nothing is lost, the messages are to be handled again.
        """
        items: list[Item] = []
        ignored = 0
        reactions_to = self._wired.reactions.get
        for delivery in deliveries:
            content = delivery.content
            reactions = reactions_to(content.type)
            if isinstance(content, Unreadable):
                await self._commit(items)
                items = []
                await self._bury_unreadable(content)
            elif reactions is None:
                ignored += 1
            else:
                for reaction in reactions:
                    items.append((reaction, content))
        await self._commit(items)
        self._counters.ignored += ignored

    async def _commit(self, items: list[Item], *, merges: bool = True) -> None:
        while items:
            batch = Batch(merges=merges)
            given = self._given()
            failed = False
            try:
                await self._decide(items, batch, given)
            except Unavailable:
                raise
            except Exception:  # noqa: BLE001
                # Whatever it is, it is met again below, where the message is tried by itself.
                failed = True
            again = await self._commit_batch(batch, given.now)
            done = batch.size
            if merges:
                await self._commit(again, merges=False)
            elif len(again) < done:
                # Those handled before are out of it now, and what rested on them can be committed together after all.
                await self._commit(again)
            else:
                for item in again:
                    await self.handle_alone(*item)
            if failed:
                await self.handle_alone(*items[done])
                done += 1
            items = items[done:]

    async def _commit_batch(self, batch: Batch, now: float) -> list[Item]:
        """Commit what is decided; give the messages, in order, of the units that were not committed.

        Those whose only message was handled before are done.
        """
        if not batch.drafts:
            return []
        units = [draft.unit(now) for draft in batch.drafts]
        outcomes = await self._store.commit(units)
        if outcomes.count(COMMITTED) == len(units):
            self._decisions.committed(units)
            self._counters.handled += batch.size
            return []
        committed = [unit for unit, outcome in zip(units, outcomes, strict=True) if outcome is COMMITTED]
        self._decisions.committed(committed)
        self._counters.handled += sum(len(unit.handled) for unit in committed)
        again: list[Item] = []
        for draft, outcome in zip(batch.drafts, outcomes, strict=True):
            if outcome is CONFLICT:
                self._counters.conflicts += 1
                again += draft.items
            elif outcome is DUPLICATE and len(draft.items) == 1:
                self._counters.duplicates += 1
            elif outcome is DUPLICATE:
                again += draft.items
        return again

    async def _decide(self, items: Sequence[Item], batch: Batch, given: Given) -> None:
        """Decide what messages come to, each after what is in the batch already, and add it."""
        # One loop and not a coroutine for each message, as this is where a busy context spends its time.
        get, latest = self._store.get, batch.latest
        ahead = await self._read_ahead(items, self._many) if self._many is not None and len(items) > 1 else {}
        for item in items:
            reaction, envelope = item
            kind, key, command = reaction.filing.kind, envelope.key, None
            if isinstance(reaction, PolicyReaction):
                command = reaction.policy.by(envelope.message)
                if command is None:
                    batch.add_nothing(item)
                    continue
                key = getattr(command, command.correlation_key)
            before = latest.get((kind, key))
            if before is not None:
                record, present = None, before.state
            else:
                record = ahead[kind, key] if (kind, key) in ahead else await get(kind, key)
                present = None if record is None else record.state
            outbox: tuple[Envelope, ...] = ()
            if isinstance(reaction, PolicyReaction):
                decides = reaction.decides
                if present is None and reaction.policy.passes_over_unknown:
                    batch.add_nothing(item)
                    continue
                known = given if present is not None else await self._given_for_new(reaction, envelope, key, given)
                made = decides.by(present, command, known)
                state = made.state
                if made.events:
                    conversation = Conversation(envelope.correlation_id, envelope.id, envelope.traceparent)
                    outbox = self._decisions.envelopes(decides, made.events, given.now, conversation)
            else:
                state = reaction.fold(present, envelope.message, envelope)
            if before is None:
                batch.begin(item, reaction.filing, key, record, state, outbox)
            else:
                batch.follow(item, before, state, outbox)

    async def _read_ahead(self, items: Sequence[Item], store: ReadsTogether) -> Mapping[tuple[str, int], Record | None]:
        """Read the records that messages are most likely about: those with the messages' own correlation keys."""
        places = list(dict.fromkeys((reaction.filing.kind, envelope.key) for reaction, envelope in items))
        return dict(zip(places, await store.get_many(places), strict=True))

    async def _given_for_new(self, reaction: PolicyReaction, envelope: Envelope, key: int, given: Given) -> Given:
        """Make what a decision is given where there is no aggregate yet: a fresh id, if it may create one."""
        decides, kind = reaction.decides, reaction.filing.kind
        if not decides.creates:
            raise NotFound(f"{decides.command.__name__} for {envelope.type}", kind, key)
        return Given(given.now, await self._surroundings.ids.next(kind), self._terms)

    def _given(self) -> Given:
        return Given(self._now(), 0, self._terms)

    async def handle_alone(self, reaction: Reaction, envelope: Envelope) -> None:
        """Handle one message by itself.

        Try again after conflicts and failures, and set it aside if it keeps failing.
        """
        settings = self._surroundings.settings
        patience: Patience | None = None
        while True:
            try:
                await self._attempt(reaction, envelope)
            except (Unavailable, UnusableStore):
                raise
            except Exception as error:  # noqa: BLE001
                # The machinery must survive any error of a handler; the message is kept with it, see `DeadLetter`.
                patience = patience or Patience(
                    settings.retry_after_s, settings.retry_at_most_s, self._surroundings.rng
                )
                if patience.failures + 1 >= settings.attempts or _is_hopeless(error):
                    await self._bury(reaction.consumer, envelope, error, patience.failures + 1)
                    return
            else:
                return
            self._counters.retried += 1
            await patience.pause()

    async def _attempt(self, reaction: Reaction, envelope: Envelope, revives: Handled | None = None) -> None:
        patience: Patience | None = None
        for _ in range(self._surroundings.settings.conflict_attempts):
            given, batch = self._given(), Batch(merges=False)
            await self._decide([(reaction, envelope)], batch, given)
            outcome = await self._decisions.commit(batch.drafts[0].unit(given.now, revives))
            if outcome is COMMITTED:
                self._counters.handled += 1
                return
            if outcome is DUPLICATE:
                self._counters.duplicates += 1
                return
            self._counters.conflicts += 1
            patience = patience or Patience(0.001, 0.1, self._surroundings.rng)
            await patience.pause()
        raise Conflict(f"{reaction.consumer} for {envelope.type} {envelope.id}: others were faster too often")

    async def _bury(self, consumer: str, envelope: Envelope, error: Exception, attempts: int) -> None:
        now = self._now()
        text = f"{type(error).__name__}: {error}"
        letter = DeadLetter(consumer, envelope.id, envelope, b"", text, now, attempts)
        if await self._bury_letter(letter, now):
            ids = {"correlation_id": envelope.correlation_id, "message_id": envelope.id}
            log.error("%s gave up %s of case %s: %s", consumer, envelope.type, envelope.key, text, extra=ids)

    async def _bury_unreadable(self, content: Unreadable) -> None:
        now = self._now()
        consumer = self._wired.consumer("unreadable")
        letter = DeadLetter(consumer, content.id, None, content.body, content.error, now, 1)
        if await self._bury_letter(letter, now):
            log.error("%s: a message cannot be read: %s", consumer, content.error, extra={"message_id": content.id})

    async def _bury_letter(self, letter: DeadLetter, now: float) -> bool:
        """Set a message aside; say whether it was not set aside or handled before."""
        unit = Unit(handled=(Handled(letter.consumer, letter.message_id),), buries=letter, at=now)
        is_new = await self._decisions.commit(unit) is COMMITTED
        self._counters.dead_lettered += is_new
        return is_new

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
