"""One bounded context at work: its commands, its relay, its consumer and its deadlines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from bookdelivery.application.alarm import Alarm
from bookdelivery.application.calls import Calls, external_protections, limited_externals
from bookdelivery.application.composition import Wired
from bookdelivery.application.consumer import Consumer
from bookdelivery.application.decisions import Decisions
from bookdelivery.application.intake import Intake
from bookdelivery.application.protections import LOOK
from bookdelivery.application.reactions import Reactions, Replayed
from bookdelivery.application.relay import Relay
from bookdelivery.application.scope import HandlerScope
from bookdelivery.application.signal import Signal
from bookdelivery.application.surroundings import Around, Counters, Surroundings
from bookdelivery.application.trouble import Trouble
from bookdelivery.kernel.aggregate import Decision, Given, Stored
from bookdelivery.kernel.context import Context, Decides, Performs, View
from bookdelivery.kernel.conversation import CURRENT, Conversation
from bookdelivery.kernel.errors import InvalidField, NotFound, Refused, Unavailable, UnknownCommand, UnusableStore
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Broker, Clock, DeadLetter, Handled, IdSource, Purged, Record, Store, Unit
from bookdelivery.resilience import CircuitBreaker, Protection

Reply = TypeVar("Reply")
Read = TypeVar("Read")


class ContextService:
    """Runs one context in one process, or in one simulated pod.

    Args:
        wired: the context, from a composition.
        surroundings: its ports and settings.
        progress: set whenever something got done, for whoever waits until all is done.
    """

    def __init__(self, wired: Wired, surroundings: Surroundings, progress: Signal | None = None) -> None:
        self._wired = wired
        self._surroundings = surroundings
        self._progress = progress or Signal()
        self._outbox = Signal()
        self.trouble = Trouble(wired.context.name)
        surroundings.resilience.check(wired)
        intake = Intake(wired, surroundings)
        self._intake = intake
        self._around: Around | None = intake if intake.protections else surroundings.around
        self._external_protections = external_protections(wired.context, surroundings)
        self._externals = limited_externals(wired.context, surroundings.externals, self._external_protections)
        self._calls = Calls(wired.context, surroundings)
        self._decisions = Decisions(wired, surroundings, self._on_commit)
        self._reactions = Reactions(wired, self._decisions, surroundings)
        self._relay = Relay(surroundings, self._outbox, self._progress, self.trouble)
        around = intake if intake.paces_messages else surroundings.around
        self._consumer = Consumer(
            wired.context.name, self._reactions, surroundings, around, self._progress, self.trouble
        )
        self._alarm = Alarm(wired, surroundings, self.submit, self._progress, self.trouble)

    @property
    def context(self) -> Context:
        """The declaration."""
        return self._wired.context

    @property
    def store(self) -> Store:
        """Its store."""
        return self._surroundings.store

    @property
    def broker(self) -> Broker:
        """The topic, as this context sees it."""
        return self._surroundings.broker

    @property
    def ids(self) -> IdSource:
        """Where it gets business ids from."""
        return self._surroundings.ids

    @property
    def clock(self) -> Clock:
        """Tells it the time of day."""
        return self._surroundings.clock

    @property
    def around(self) -> Around | None:
        """What is wrapped around its requests, the policies of the deployment included; None: nothing is."""
        return self._around

    @property
    def counters(self) -> Counters:
        """What it has counted."""
        return self._surroundings.counters

    @property
    def breakers(self) -> Mapping[str, CircuitBreaker]:
        """Its circuit breakers, by their names: of its calls, and of whatever else was given one."""
        others = [protection.breaker for protection in self.protections.values() if protection.breaker]
        return {**self._calls.breakers, **{breaker.name: breaker for breaker in others}}

    @property
    def protections(self) -> Mapping[str, Protection]:
        """What its deployment put around calls and operations, by their names; around all requests by `requests`."""
        return {**self._calls.protections, **self._external_protections, **self._intake.protections}

    def _on_commit(self, units: Sequence[Unit]) -> None:
        for unit in units:
            if unit.outbox:
                self._outbox.set()
                break
        if self._wired.wake_ups:
            self._alarm.committed(units)

    async def run(self) -> None:
        """Relay, consume and watch deadlines until cancelled."""
        stirs = self._surroundings.stirs
        if stirs is not None:
            stirs(self._look)
        async with asyncio.TaskGroup() as at_work:
            if self.context.events:
                at_work.create_task(self._relay.run(), name=f"{self.context.name} relay")
            if self._wired.reactions:
                at_work.create_task(self._consumer.run(), name=f"{self.context.name} consumer")
            at_work.create_task(self._alarm.run(), name=f"{self.context.name} alarm")
            keep_s = self._surroundings.settings.keep_s
            if keep_s is not None:
                at_work.create_task(self._housekeeping(keep_s), name=f"{self.context.name} housekeeping")

    def _look(self) -> None:
        self._outbox.set()
        self._alarm.look()

    async def rest(self) -> None:
        """Take up no further message from now on, for good; those in work are finished, requests are served.

        It is the beginning of an orderly end: once nothing is left to relay, cancel `run()`.
        """
        await self._consumer.hold.acquire()

    def submit(self, command: Command[Reply]) -> Coroutine[Any, Any, Reply]:
        """Handle a command of this context.

        Raises:
            UnknownCommand: this context does not handle it.
            Refused: the domain says no.
            Conflict: somebody else changed the same aggregate again and again.
            Overloaded: a policy of the deployment did not let it in; it was not begun.
            Unavailable, UnusableStore: the store cannot be reached or used.
        """
        around = self._around
        if around is None:
            return self.handle(command)
        proceed: Callable[[], Awaitable[Reply]] = lambda: self.handle(command)  # noqa: E731
        return around(type(command).__name__, proceed)

    async def look(self, view: str, key: int) -> Any:
        """Read a view's row by its correlation key, None if there is none.

        Raises:
            InvalidField: there is no view of this name.
            Overloaded: a policy of the deployment did not let it in.
            Unavailable, UnusableStore: the store cannot be reached or used.
        """
        record = await self.read(self._view("look", view).row, key)
        return None if record is None else record.state

    async def look_through(
        self, view: str, *, owner: int | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[Any]:
        """Read a view's rows by ascending key, beginning after a key; only one owner's, if given.

        Raises:
            InvalidField: there is no view of this name.
            Overloaded: a policy of the deployment did not let it in.
            Unavailable, UnusableStore: the store cannot be reached or used.
        """
        row = self._view("look", view).row
        return [record.state for record in await self.read_all(row, owner=owner, after=after, limit=limit)]

    async def read(self, kind: type[Stored], key: int) -> Record | None:
        """Read an aggregate or row by its correlation key, None if there is none.

        Raises:
            Overloaded: a policy of the deployment did not let it in.
            Unavailable, UnusableStore: the store cannot be reached or used.
        """
        return await self._reading(partial(self.store.get, kind.__name__, key))

    async def find(self, kind: type[Stored], id: int) -> Record | None:
        """Read an aggregate or row by its business id, None if there is none.

        Raises:
            Overloaded: a policy of the deployment did not let it in.
            Unavailable, UnusableStore: the store cannot be reached or used.
        """
        return await self._reading(partial(self.store.find, kind.__name__, id))

    async def read_all(
        self, kind: type[Stored], *, owner: int | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[Record]:
        """Read aggregates or rows by ascending key, beginning after a key; only one owner's, if given.

        Raises:
            Overloaded: a policy of the deployment did not let it in.
            Unavailable, UnusableStore: the store cannot be reached or used.
        """
        return await self._reading(partial(self.store.list, kind.__name__, owner=owner, after=after, limit=limit))

    async def _reading(self, proceed: Callable[[], Awaitable[Read]]) -> Read:
        return await proceed() if self._around is None else await self._around(LOOK, proceed)

    def _view(self, asked: str, name: str) -> View:
        declared = self._wired.views.get(name)
        if declared is None:
            known = ", ".join(self._wired.views) or "none: it has no view"
            raise InvalidField(asked, "view", name, f"one of {known}")
        return declared

    async def handle(self, command: Command[Reply]) -> Reply:
        """Handle a command that has been let in: whoever calls has seen to what is `around` operations.

        Raises:
            UnknownCommand, Refused, Conflict, Unavailable, UnusableStore: as `submit` does.
        """
        handler = self._wired.handlers.get(type(command))
        if handler is None:
            known = (kind.__name__ for kind in self._wired.handlers)
            raise UnknownCommand(f"{type(command).__name__} in context {self.context.name}", known)
        conversation = CURRENT.get()
        if conversation is None:
            message_id = self._surroundings.message_ids()
            conversation = Conversation(message_id, message_id)
        token = CURRENT.set(conversation)
        counters = self._surroundings.counters
        reply: Any = None
        try:
            if isinstance(handler, Decides):
                await self._decide(handler, command, conversation)
            else:
                reply = await self._perform(handler, command, conversation)
        except Refused:
            counters.refused += 1
            raise
        finally:
            counters.commands += 1
            CURRENT.reset(token)
        return reply  # type: ignore[no-any-return]

    def _decide(self, handler: Decides, command: Command[Any], conversation: Conversation) -> Awaitable[Any]:
        filing = self._wired.filings[handler.on]
        key = getattr(command, command.correlation_key)

        def decision(state: Any, given: Given) -> Decision[Any]:
            if state is None and not handler.creates:
                raise NotFound(type(command).__name__, filing.kind, key)
            return handler.by(state, command, given)

        return self._decisions.decide(filing, key, decision, handler, conversation)

    def _perform(self, handler: Performs, command: Command[Any], conversation: Conversation) -> Awaitable[Any]:
        scope = HandlerScope(
            handler, conversation, self._wired, self._decisions, self._calls, self._externals, self._surroundings
        )
        return handler.by(command, scope)

    # --- looking after it ---------------------------------------------------------------------------------------------

    async def is_idle(self) -> bool:
        """Say whether nothing is left to do now: nothing to publish, to handle, or due."""
        if self._consumer.busy or self._alarm.busy:
            return False
        around = self._surroundings
        if self._wired.reactions and await around.broker.lag(self.context.name):
            return False
        return not await around.store.waiting(1) and not await self._alarm.due()

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """List the messages this context gave up."""
        return await self.store.dead_letters()

    async def replay(self, message_id: str | None = None) -> Replayed:
        """Handle dead letters after all, all of them or those of one message.

        Returns: how many were handled, and which failed again with which error; those stay.
        """
        handled, failed = 0, []
        for letter in await self.store.dead_letters():
            if message_id is None or letter.message_id == message_id:
                try:
                    await self._reactions.replay(letter)
                except Exception as error:  # noqa: BLE001
                    # Whatever a handler raises belongs into the answer, next to the letter it concerns.
                    failed.append((letter, error))
                else:
                    handled += 1
        return Replayed(handled, tuple(failed))

    async def purge(self, older_than_s: float) -> Purged:
        """Remove sent events and inbox marks older than this many seconds.

        A message that comes again after its mark is gone is still harmless, as decisions do not repeat an effect; a
        view cannot be rebuilt from events that are gone.
        """
        if not older_than_s >= 0:
            raise InvalidField("purge", "older_than_s", older_than_s, "a number of seconds, 0 or more")
        return await self.store.purge(self._surroundings.clock.now() - older_than_s)

    async def _housekeeping(self, keep_s: float) -> None:
        while True:
            await asyncio.sleep(keep_s / 10)
            try:
                await self.purge(keep_s)
            except (Unavailable, UnusableStore) as error:
                self.trouble.met("housekeeping", error)
            else:
                self.trouble.over("housekeeping")

    async def rebuild(self, view: str, logs: Sequence[Store]) -> int:
        """Fold a view anew from the logs of the contexts it listens to; say how many messages were handled.

        This context's consumer rests meanwhile. Other processes may go on: every message is still applied once.

        Raises:
            InvalidField: there is no view of this name.
            Refused: a log is no longer whole, so that rows would be lost.
        """
        consumer = self._wired.consumer(view)
        declared = self._view("rebuild", view)
        for log in logs:
            if (purged := await log.purged_before()) is not None:
                raise Refused(
                    f"rebuilding view {view}",
                    f"events before {purged:.0f} (seconds since 1970) were purged",
                    ("keep_s=None",),
                )
        async with self._consumer.hold:
            await self.store.forget(self._wired.filings[declared.row].kind, consumer)
            # What is handled anew is no dead letter: replayed later on, it would be applied a second time.
            now = self._surroundings.clock.now()
            letters = [letter for letter in await self.store.dead_letters() if letter.consumer == consumer]
            marks = [Handled(letter.consumer, letter.message_id) for letter in letters]
            if marks:
                await self.store.commit([Unit(revives=mark, at=now) for mark in marks])
            return await self._reactions.refold(consumer, logs)
