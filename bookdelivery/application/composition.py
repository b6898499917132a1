"""Composing contexts: every declaration is checked and indexed before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import attrs

from bookdelivery.application.checks import check
from bookdelivery.kernel.aggregate import Stored
from bookdelivery.kernel.context import Context, Decides, Fold, Handler, Policy, View, WakeUp
from bookdelivery.kernel.errors import UnknownCommand
from bookdelivery.kernel.messages import Command, Event
from bookdelivery.kernel.ports import Record


@attrs.frozen(eq=False)
class Filing:
    """How one class is filed in a store: which of its fields are its key, id, owner and deadline."""

    kind: str
    _id: Callable[[Any], int] | None
    _owner: Callable[[Any], int | None] | None
    _wake_at: Callable[[Any], float | None] | None

    @classmethod
    def of(cls, stored: type[Stored]) -> Filing:
        """Read it off the class."""
        own_id = "" if stored.identity == stored.correlation_key else stored.identity
        return cls(stored.__name__, *(_reader(stored, role) for role in (own_id, stored.owner, stored.wake_at)))

    def record(self, key: int, version: int, state: Stored) -> Record:
        """Make the record of a new version."""
        return Record(
            self.kind,
            key,
            key if self._id is None else self._id(state),
            version,
            state,
            None if self._owner is None else self._owner(state),
            None if self._wake_at is None else self._wake_at(state),
        )


def _reader(stored: type[Stored], field: str) -> Callable[[Any], Any] | None:
    """Make what reads a field, None if there is none."""
    if not field:
        return None
    declared = getattr(stored, field, None)
    if isinstance(declared, property) and declared.fget is not None:
        # Called by the property, the same function takes twice as long.
        return declared.fget
    return attrgetter(field)


@attrs.frozen(eq=False)
class PolicyReaction:
    """Following a policy when an event arrives.

    Attributes:
        consumer: the name its handled messages are marked with.
        filing: where the aggregate is kept.
        policy: makes the command.
        decides: the decision on the command.
    """

    consumer: str
    filing: Filing
    policy: Policy
    decides: Decides


@attrs.frozen(eq=False)
class ViewReaction:
    """Folding an event into a view's row when it arrives.

    Attributes:
        consumer: the name its handled messages are marked with.
        filing: where the row is kept.
        fold: the view's fold for this event.
    """

    consumer: str
    filing: Filing
    fold: Fold


Reaction = PolicyReaction | ViewReaction


@attrs.frozen(eq=False)
class Wired:
    """One context with everything looked up that is needed on every message.

    Attributes:
        context: the declaration.
        handlers: by command class.
        reactions: by event type name, in the order declared.
        filings: by the class stored.
        wake_ups: by the kind of record.
        views: by name, with the consumer each is marked as.
    """

    context: Context
    handlers: Mapping[type[Command[Any]], Handler]
    reactions: Mapping[str, Sequence[Reaction]]
    filings: Mapping[type[Stored], Filing]
    wake_ups: Mapping[str, WakeUp]
    views: Mapping[str, View]

    def consumer(self, name: str) -> str:
        """Give the name under which a policy or view of this context marks what it has handled."""
        return f"{self.context.name}.{name}"


@attrs.frozen(eq=False)
class Composition:
    """Several contexts that work together, known to fit.

    Attributes:
        wired: by context name.
        at_home: the context that handles each command.
        called: the commands that some context sends to another synchronously.
    """

    wired: Mapping[str, Wired]
    at_home: Mapping[type[Command[Any]], str]
    called: frozenset[type[Command[Any]]]

    @property
    def contexts(self) -> tuple[Context, ...]:
        """The contexts, in the order given."""
        return tuple(wired.context for wired in self.wired.values())

    @property
    def messages(self) -> tuple[type[Command[Any] | Event], ...]:
        """Every message class spoken here."""
        commands = [command for context in self.contexts for command in context.commands]
        events = [event for context in self.contexts for event in context.events]
        return (*commands, *events)

    @property
    def stored(self) -> tuple[type[Stored], ...]:
        """Every class kept in a store."""
        return tuple(stored for wired in self.wired.values() for stored in wired.filings)

    def home(self, command: object) -> str:
        """Say which context handles a command.

        Raises:
            UnknownCommand: none does, or this is no command.
        """
        home = self.at_home.get(type(command))  # type: ignore[arg-type]
        if home is None:
            what = type(command).__name__ if isinstance(command, Command) else f"{command!r}, which is no command"
            raise UnknownCommand(what, (known.__name__ for known in self.at_home))
        return home


def compose(contexts: Iterable[Context] | Composition) -> Composition:
    """Check contexts against one another and wire them. What is composed already is given back as it is.

    Raises:
        WronglyDeclared: something does not fit; says in which context and where in it.
    """
    if isinstance(contexts, Composition):
        return contexts
    contexts = tuple(contexts)
    check(contexts)
    return Composition(
        wired={context.name: _wire(context) for context in contexts},
        at_home={command: context.name for context in contexts for command in context.commands},
        called=frozenset(call.command for context in contexts for call in context.calls),
    )


def _wire(context: Context) -> Wired:
    handlers = {handler.command: handler for handler in context.handlers}
    stored: list[type[Stored]] = [*context.aggregates, *(view.row for view in context.views)]
    filings = {kind: Filing.of(kind) for kind in stored}
    reactions: dict[str, list[Reaction]] = {}
    for policy in context.policies:
        decides = handlers[policy.issues]
        if not isinstance(decides, Decides):
            raise TypeError(f"{policy.issues.__name__} passed the checks, but is no single decision")
        consumer = f"{context.name}.{policy.name}"
        reaction = PolicyReaction(consumer, filings[decides.on], policy, decides)
        reactions.setdefault(policy.on.__name__, []).append(reaction)
    for view in context.views:
        for event, fold in view.projects.items():
            folding = ViewReaction(f"{context.name}.{view.name}", filings[view.row], fold)
            reactions.setdefault(event.__name__, []).append(folding)
    return Wired(
        context=context,
        handlers=handlers,
        reactions=reactions,
        filings=filings,
        wake_ups={wake_up.aggregate.__name__: wake_up for wake_up in context.wake_ups},
        views={view.name: view for view in context.views},
    )
