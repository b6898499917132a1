"""The checks a set of contexts must pass before it is wired.

Each says where the mistake is and how it would be right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from bookdelivery.kernel.aggregate import Aggregate, Row, Stored
from bookdelivery.kernel.context import Context, Decides, Performs
from bookdelivery.kernel.errors import WronglyDeclared
from bookdelivery.kernel.lifecycle import Lifecycle
from bookdelivery.kernel.messages import Command, Event, Message


def check(contexts: Sequence[Context]) -> None:
    """See that the contexts are declared rightly, each by itself and together.

    Raises:
        WronglyDeclared: the first mistake found.
    """
    for context in contexts:
        _names_are_unique(context)
        for message in (*context.commands, *context.events):
            _message(message, context)
        for stored in (*context.aggregates, *(view.row for view in context.views)):
            _stored(stored, context)
        _handlers(context)
        _chores(context)
        _resources(context)
        _wake_ups(context)
        _external_systems(context)
    _names_do_not_clash(contexts)
    published = {event for context in contexts for event in context.events}
    handled = {command: context for context in contexts for command in context.commands}
    for context in contexts:
        _reactions(context, published)
        _calls(context, handled)


def _fail(context: Context, what: str, problem: str) -> WronglyDeclared:
    return WronglyDeclared(f"context {context.name}, {what}", problem)


def _repeated(names: Iterator[str] | Sequence[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)


def _names_are_unique(context: Context) -> None:
    if not context.name.isidentifier() or context.name != context.name.lower():
        raise _fail(context, "name", f"{context.name!r} is no lower-case name like 'order'")
    names = [*(policy.name for policy in context.policies), *(view.name for view in context.views)]
    for name in _repeated(names):
        raise _fail(
            context, f"policy or view {name!r}", "two have this name; each marks what it has handled by its name"
        )
    for name in _repeated([kind.__name__ for kind in (*context.aggregates, *(view.row for view in context.views))]):
        problem = f"two have this name: {name}; a store keeps what it is given by the name of its class"
        raise _fail(context, "aggregates and view rows", problem)
    for name in _repeated([command.__name__ for command in context.commands]):
        raise _fail(context, f"command {name}", "it has two handlers; a command is handled in one place")


def _names_do_not_clash(contexts: Sequence[Context]) -> None:
    for name in _repeated([context.name for context in contexts]):
        raise WronglyDeclared(f"context {name}", "two contexts have this name")
    for kind in ("commands", "events"):
        where: dict[str, Context] = {}
        for context in contexts:
            for message in getattr(context, kind):
                other = where.setdefault(message.__name__, context)
                if other is not context:
                    verb = "handled" if kind == "commands" else "published"
                    problem = f"it is also {verb} by context {other.name}; only one context may"
                    raise _fail(context, f"{kind[:-1]} {message.__name__}", problem)


def _frozen_attrs(kind: type[Any]) -> bool:
    if not attrs.has(kind):
        return False
    try:
        # attrs offers no other way to ask: a class with validators has a `__setattr__` of attrs' own, frozen or not.
        setattr(kind.__new__(kind), next(iter(_field_names(kind)), "any"), None)
    except attrs.exceptions.FrozenInstanceError:
        return True
    except Exception:  # noqa: BLE001
        # A validator's complaint, of whatever class: it can be assigned to.
        return False
    return False


def _message(message: type[Message], context: Context) -> None:
    what = f"{'event' if issubclass(message, Event) else 'command'} {message.__name__}"
    if not issubclass(message, Command | Event):
        raise _fail(context, what, "it is neither a Command nor an Event")
    if not _frozen_attrs(message):
        raise _fail(context, what, "it is not a frozen attrs class; decorate it with @attrs.frozen")
    _key(message, context, what)
    if type(message.schema_version) is not int or message.schema_version < 1:
        raise _fail(context, what, f"its schema version is {message.schema_version!r}, not a whole number from 1")
    gaps = [version for version in range(1, message.schema_version) if version not in message.upcasters]
    if gaps:
        raise _fail(context, what, f"it has no upcaster for schema version {gaps[0]}")


def _key(kind: type[Message | Stored], context: Context, what: str) -> None:
    if not kind.correlation_key:
        raise _fail(
            context, what, "it names no correlation key; set `correlation_key` to the field that names its case"
        )
    if kind.correlation_key not in _field_names(kind):
        raise _fail(context, what, f"its correlation key {kind.correlation_key!r} is none of its fields")


def _field_names(kind: type[Any]) -> set[str]:
    return {field.name for field in attrs.fields(kind)}


def _stored(stored: type[Stored], context: Context) -> None:
    what = f"{'view row' if issubclass(stored, Row) else 'aggregate'} {stored.__name__}"
    if not _frozen_attrs(stored):
        raise _fail(context, what, "it is not a frozen attrs class; decorate it with @attrs.frozen")
    _key(stored, context, what)
    for role in ("identity", "owner", "wake_at"):
        name = getattr(stored, role)
        if name and name not in _field_names(stored) and not hasattr(stored, name):
            raise _fail(context, what, f"its {role} {name!r} is none of its fields or properties")
    if issubclass(stored, Aggregate):
        if not isinstance(getattr(stored, "lifecycle", None), Lifecycle):
            raise _fail(context, what, "it declares no lifecycle")
        stored.lifecycle.check()


def _handlers(context: Context) -> None:
    for handler in context.handlers:
        what = f"handler of {handler.command.__name__}"
        if handler.on not in context.aggregates:
            raise _fail(context, what, f"{handler.on.__name__} is none of this context's aggregates")
        for event in handler.emits:
            if event not in context.events:
                raise _fail(context, what, f"it emits {event.__name__}, which is none of this context's events")
        if handler.undone_by is not None and handler.undone_by not in context.commands:
            problem = f"it is undone by {handler.undone_by.__name__}, which this context does not handle"
            raise _fail(context, what, problem)
        if isinstance(handler, Performs):
            _reaches_out(handler, context, what)
    emitted = {event for handler in context.handlers for event in handler.emits}
    for event in context.events:
        if event not in emitted:
            raise _fail(context, f"event {event.__name__}", "no handler emits it")


def _reaches_out(handler: Performs, context: Context, what: str) -> None:
    for called in handler.calls:
        if called not in {call.command for call in context.calls}:
            raise _fail(context, what, f"it calls {called.__name__}, for which no Call is declared")
    for port in handler.uses:
        if port not in {system.port for system in context.external_systems}:
            raise _fail(context, what, f"it uses {port.__name__}, which is the port of none of its external systems")


def _chores(context: Context) -> None:
    by_people = {handler.command for handler in context.handlers if handler.actor is not None}
    for chore in context.chores:
        if chore.issues not in by_people:
            problem = f"it issues {chore.issues.__name__}, which no person issues to this context (`actor`)"
            raise _fail(context, f"chore {chore.name!r}", problem)


def _resources(context: Context) -> None:
    for resource in context.resources:
        what = f"resource of {resource.of.__name__}"
        if resource.of not in context.aggregates:
            raise _fail(context, what, "it is none of this context's aggregates")
        on = {handler.command for handler in context.handlers if handler.on is resource.of}
        for command in (*resource.posts, *resource.also.values()):
            if command not in on:
                raise _fail(context, what, f"it issues {command.__name__}, which is not decided on this aggregate")
    for name in _repeated([resource.of.__name__ for resource in context.resources]):
        raise _fail(context, f"resource of {name}", "there are two; an aggregate is one resource")


def _is_time_limit(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _external_systems(context: Context) -> None:
    ports: set[type[Any]] = set()
    for system in context.external_systems:
        what = f"external system {system.name!r}"
        if not _is_time_limit(system.timeout_s):
            raise _fail(context, what, f"its timeout is {system.timeout_s!r}, not a number of seconds above 0")
        if system.port in ports:
            raise _fail(context, what, f"another one has its port {system.port.__name__}")
        ports.add(system.port)


def _wake_ups(context: Context) -> None:
    for name in _repeated([wake_up.aggregate.__name__ for wake_up in context.wake_ups]):
        raise _fail(context, f"wake-up of {name}", "there are two; an aggregate is woken with one command")
    for wake_up in context.wake_ups:
        what = f"wake-up of {wake_up.aggregate.__name__}"
        if wake_up.aggregate not in context.aggregates:
            raise _fail(context, what, "it is none of this context's aggregates")
        if not wake_up.aggregate.wake_at:
            raise _fail(context, what, "the aggregate does not say which field its deadline is in (`wake_at`)")
        if wake_up.issues not in context.commands:
            raise _fail(context, what, f"it issues {wake_up.issues.__name__}, which this context does not handle")


def _reactions(context: Context, published: set[type[Event]]) -> None:
    handlers = {handler.command: handler for handler in context.handlers}
    for policy in context.policies:
        what = f"policy {policy.name!r}"
        if policy.on not in published:
            raise _fail(context, what, f"it reacts to {policy.on.__name__}, which nobody publishes")
        if policy.issues not in handlers:
            raise _fail(context, what, f"it issues {policy.issues.__name__}, which this context does not handle")
        if not isinstance(handlers[policy.issues], Decides):
            problem = f"{policy.issues.__name__} takes several steps; a policy's command is one decision, so that the "
            raise _fail(
                context, what, problem + "message and its effect are committed together (use a wake-up for the rest)"
            )
    for view in context.views:
        for event in view.projects:
            if event not in published:
                raise _fail(context, f"view {view.name!r}", f"it projects {event.__name__}, which nobody publishes")


def _calls(context: Context, handled: dict[type[Command[Any]], Context]) -> None:
    for name in _repeated([call.command.__name__ for call in context.calls]):
        raise _fail(context, f"call of {name}", "it is declared twice")
    for call in context.calls:
        what = f"call of {call.command.__name__}"
        if handled.get(call.command, context) is context:
            raise _fail(context, what, "no other context handles it")
        if not _is_time_limit(call.timeout_s):
            raise _fail(context, what, f"its timeout is {call.timeout_s!r}, not a number of seconds above 0")
        if not call.fallback.strip():
            raise _fail(context, what, "it does not say what happens when there is no answer (`fallback`)")
