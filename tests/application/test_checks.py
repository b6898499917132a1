"""A wrong declaration is refused when contexts are composed, and the error says where."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from bookdelivery.application.composition import compose
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.kernel.aggregate import Aggregate, Row
from bookdelivery.kernel.context import Call, Context, ExternalSystem, Performs, Resource, View, WakeUp
from bookdelivery.kernel.errors import UnknownCommand, WronglyDeclared
from bookdelivery.kernel.lifecycle import Lifecycle
from bookdelivery.kernel.messages import Command, Event
from tests.application.toy import (
    ALWAYS_OPEN,
    COUNTER,
    TOY,
    Add,
    Added,
    Count,
    Counted,
    Counter,
    Open,
    Tally,
    tally,
    tell,
)

TALLY = tally()


@attrs.frozen
class Unkeyed(Event):
    case: int


@attrs.frozen
class Miskeyed(Event):
    correlation_key = "order"
    case: int


@attrs.define
class Mutable(Event):
    correlation_key = "case"
    case: int = attrs.field(validator=attrs.validators.instance_of(int))


class NoAttrs(Event):
    correlation_key = "case"


@attrs.frozen
class VersionZero(Event):
    correlation_key = "case"
    schema_version = 0
    case: int


@attrs.frozen
class WithoutUpcaster(Event):
    correlation_key = "case"
    schema_version = 3
    upcasters = {2: dict}  # noqa: RUF012
    case: int


@attrs.frozen
class NoMessage:
    correlation_key = "case"
    case: int


@attrs.frozen
class Nobodys(Event):
    correlation_key = "case"
    case: int


@attrs.frozen
class Unhandled(Command[None]):
    correlation_key = "case"
    case: int


@attrs.define
class MutableAggregate(Aggregate):
    correlation_key = "case"
    lifecycle = ALWAYS_OPEN
    case: int = attrs.field(validator=attrs.validators.instance_of(int))
    status: Open = Open.OPEN


@attrs.frozen
class WithoutLifecycle(Aggregate):
    correlation_key = "case"
    case: int


@attrs.frozen
class Lost(Aggregate):
    correlation_key = "case"
    lifecycle = Lifecycle("lost", Open, Open.OPEN, [{"trigger": "go", "source": "open", "dest": "nowhere"}])
    case: int


@attrs.frozen
class WrongIdentity(Aggregate):
    correlation_key = "case"
    identity = "number"
    lifecycle = ALWAYS_OPEN
    case: int


@attrs.frozen
class UnkeyedRow(Row):
    case: int


async def perform(command: Any, scope: Any) -> None:
    """Do nothing."""


def emitting(event: type[Event], **changes: Any) -> Context:
    """Have the counter publish another event too."""
    handler = attrs.evolve(COUNTER.handlers[0], emits=(Counted, event))
    return attrs.evolve(COUNTER, handlers=(handler,), events=(Counted, event), **changes)


def counting(aggregate: type[Aggregate]) -> Context:
    """Have the counter count on another aggregate."""
    return attrs.evolve(COUNTER, aggregates=(aggregate,), handlers=(attrs.evolve(COUNTER.handlers[0], on=aggregate),))


def other_counter(**changes: Any) -> Context:
    return attrs.evolve(COUNTER, name="other", **changes)


PERFORMS_ADD = Performs(command=Add, on=Tally, by=perform, emits=(Added,))
CALL = Call(command=Add, timeout_s=1.0, fallback="count later")
POLICY = TALLY.policies[0]
VIEW = TALLY.views[0]
REMINDER = WakeUp(aggregate=Tally, issues=Add, by=lambda tally: Add(tally.case, 0))
SYSTEM = ExternalSystem(name="printer", port=NoMessage, timeout_s=1.0)

WRONG: dict[str, tuple[Callable[[], tuple[Context, ...]], str, str]] = {
    "an event without a correlation key": (
        lambda: (emitting(Unkeyed),),
        "context counter, event Unkeyed",
        "names no correlation key",
    ),
    "a correlation key that is no field": (
        lambda: (emitting(Miskeyed),),
        "context counter, event Miskeyed",
        "'order' is none of its fields",
    ),
    "an event that can be changed": (
        lambda: (emitting(Mutable),),
        "context counter, event Mutable",
        "not a frozen attrs class",
    ),
    "an event that is no attrs class": (
        lambda: (emitting(NoAttrs),),
        "context counter, event NoAttrs",
        "not a frozen attrs class",
    ),
    "a schema version below 1": (
        lambda: (emitting(VersionZero),),
        "context counter, event VersionZero",
        "schema version is 0",
    ),
    "a gap in the upcasters": (
        lambda: (emitting(WithoutUpcaster),),
        "context counter, event WithoutUpcaster",
        "no upcaster for schema version 1",
    ),
    "an event that is no message": (
        lambda: (emitting(NoMessage),),  # type: ignore[arg-type]
        "NoMessage",
        "neither a Command nor an Event",
    ),
    "an event that nobody emits": (
        lambda: (attrs.evolve(COUNTER, events=(Counted, Nobodys)),),
        "context counter, event Nobodys",
        "no handler emits it",
    ),
    "a handler that emits a stranger's event": (
        lambda: (attrs.evolve(COUNTER, handlers=(attrs.evolve(COUNTER.handlers[0], emits=(Counted, Added)),)),),
        "context counter, handler of Count",
        "emits Added, which is none of this context's events",
    ),
    "a handler on a stranger's aggregate": (
        lambda: (attrs.evolve(COUNTER, handlers=(attrs.evolve(COUNTER.handlers[0], on=Tally),)),),
        "context counter, handler of Count",
        "Tally is none of this context's aggregates",
    ),
    "two handlers for one command": (
        lambda: (attrs.evolve(COUNTER, handlers=COUNTER.handlers * 2),),
        "context counter, command Count",
        "two handlers",
    ),
    "a command handled by two contexts": (
        lambda: (COUNTER, other_counter(events=(), handlers=(attrs.evolve(COUNTER.handlers[0], emits=()),))),
        "context other, command Count",
        "also handled by context counter",
    ),
    "an event published by two contexts": (
        lambda: (
            COUNTER,
            other_counter(handlers=(attrs.evolve(COUNTER.handlers[0], command=Unhandled),)),
        ),
        "context other, event Counted",
        "also published by context counter",
    ),
    "two contexts of one name": (lambda: (COUNTER, COUNTER), "context counter", "two contexts have this name"),
    "a context whose name is none": (
        lambda: (attrs.evolve(COUNTER, name="The Counter"),),
        "context The Counter, name",
        "no lower-case name",
    ),
    "an aggregate that can be changed": (
        lambda: (counting(MutableAggregate),),
        "context counter, aggregate MutableAggregate",
        "not a frozen attrs class",
    ),
    "an aggregate without a lifecycle": (
        lambda: (counting(WithoutLifecycle),),
        "context counter, aggregate WithoutLifecycle",
        "no lifecycle",
    ),
    "an aggregate with a broken lifecycle": (
        lambda: (counting(Lost),),
        "lifecycle of lost",
        "'nowhere', which is no state",
    ),
    "an identity that is no field": (
        lambda: (counting(WrongIdentity),),
        "context counter, aggregate WrongIdentity",
        "identity 'number' is none of its fields",
    ),
    "two things of one name in a store": (
        lambda: (COUNTER, attrs.evolve(TALLY, views=(VIEW, attrs.evolve(VIEW, name="again")))),
        "context tally, aggregates and view rows",
        "two have this name",
    ),
    "a row without a correlation key": (
        lambda: (COUNTER, attrs.evolve(TALLY, views=(View(name="story", row=UnkeyedRow, projects={Added: tell}),))),
        "context tally, view row UnkeyedRow",
        "names no correlation key",
    ),
    "a policy on an event nobody publishes": (
        lambda: (TALLY,),
        "context tally, policy 'add it up'",
        "reacts to Counted, which nobody publishes",
    ),
    "a policy that issues a stranger's command": (
        lambda: (COUNTER, attrs.evolve(TALLY, policies=(attrs.evolve(POLICY, issues=Count),))),
        "context tally, policy 'add it up'",
        "issues Count, which this context does not handle",
    ),
    "a policy whose command takes several steps": (
        lambda: (COUNTER, attrs.evolve(TALLY, handlers=(PERFORMS_ADD,))),
        "context tally, policy 'add it up'",
        "takes several steps",
    ),
    "two policies of one name": (
        lambda: (COUNTER, attrs.evolve(TALLY, policies=(POLICY, POLICY))),
        "context tally, policy or view 'add it up'",
        "two have this name",
    ),
    "a policy and a view of one name": (
        lambda: (COUNTER, attrs.evolve(TALLY, views=(attrs.evolve(VIEW, name="add it up"),))),
        "context tally, policy or view 'add it up'",
        "two have this name",
    ),
    "a view of an event nobody publishes": (
        lambda: (COUNTER, attrs.evolve(TALLY, views=(attrs.evolve(VIEW, projects={Nobodys: tell}),))),
        "context tally, view 'story'",
        "projects Nobodys, which nobody publishes",
    ),
    "a wake-up of a stranger's aggregate": (
        lambda: (COUNTER, attrs.evolve(TALLY, wake_ups=(attrs.evolve(REMINDER, aggregate=Counter),))),
        "context tally, wake-up of Counter",
        "none of this context's aggregates",
    ),
    "a wake-up of an aggregate without deadlines": (
        lambda: (
            attrs.evolve(COUNTER, wake_ups=(WakeUp(aggregate=Counter, issues=Count, by=lambda c: Count(c.case)),)),
        ),
        "context counter, wake-up of Counter",
        "`wake_at`",
    ),
    "a wake-up that issues a stranger's command": (
        lambda: (COUNTER, attrs.evolve(TALLY, wake_ups=(attrs.evolve(REMINDER, issues=Count),))),
        "context tally, wake-up of Tally",
        "issues Count, which this context does not handle",
    ),
    "two wake-ups of one aggregate": (
        lambda: (COUNTER, attrs.evolve(TALLY, wake_ups=(REMINDER, REMINDER))),
        "context tally, wake-up of Tally",
        "two",
    ),
    "a call that nobody else handles": (
        lambda: (attrs.evolve(COUNTER, calls=(CALL,)),),
        "context counter, call of Add",
        "no other context handles it",
    ),
    "a call of one's own command": (
        lambda: (attrs.evolve(COUNTER, calls=(attrs.evolve(CALL, command=Count),)),),
        "context counter, call of Count",
        "no other context handles it",
    ),
    "a call without a time limit": (
        lambda: (attrs.evolve(COUNTER, calls=(attrs.evolve(CALL, timeout_s=0),)), TALLY),
        "context counter, call of Add",
        "timeout is 0",
    ),
    "a call whose time limit is no number": (
        lambda: (attrs.evolve(COUNTER, calls=(attrs.evolve(CALL, timeout_s="2"),)), TALLY),  # type: ignore[arg-type]
        "context counter, call of Add",
        "timeout is '2'",
    ),
    "a call without a fallback": (
        lambda: (attrs.evolve(COUNTER, calls=(attrs.evolve(CALL, fallback=" "),)), TALLY),
        "context counter, call of Add",
        "`fallback`",
    ),
    "one call declared twice": (
        lambda: (attrs.evolve(COUNTER, calls=(CALL, CALL)), TALLY),
        "context counter, call of Add",
        "declared twice",
    ),
    "a handler that makes an undeclared call": (
        lambda: (
            attrs.evolve(
                COUNTER,
                handlers=(Performs(command=Count, on=Counter, by=perform, emits=(Counted,), calls=(Add,)),),
            ),
            TALLY,
        ),
        "context counter, handler of Count",
        "calls Add, for which no Call is declared",
    ),
    "a handler that asks an undeclared external system": (
        lambda: (
            attrs.evolve(
                COUNTER,
                handlers=(Performs(command=Count, on=Counter, by=perform, emits=(Counted,), uses=(SYSTEM.port,)),),
            ),
        ),
        "context counter, handler of Count",
        "which is the port of none of its external systems",
    ),
    "a handler undone by a stranger's command": (
        lambda: (
            COUNTER,
            attrs.evolve(TALLY, handlers=(attrs.evolve(TALLY.handlers[0], undone_by=Count),)),
        ),
        "context tally, handler of Add",
        "undone by Count, which this context does not handle",
    ),
    "a chore that no person does": (
        lambda: (COUNTER, attrs.evolve(TALLY, chores=(POLICY,))),
        "context tally, chore 'add it up'",
        "issues Add, which no person issues",
    ),
    "a resource of somebody else's": (
        lambda: (COUNTER, attrs.evolve(TALLY, resources=(Resource(of=Counter),))),
        "context tally, resource of Counter",
        "none of this context's aggregates",
    ),
    "a resource that issues another aggregate's command": (
        lambda: (attrs.evolve(COUNTER, resources=(Resource(of=Counter, also={"add": Add}),)), TALLY),
        "context counter, resource of Counter",
        "issues Add, which is not decided on this aggregate",
    ),
    "an aggregate that is two resources": (
        lambda: (attrs.evolve(COUNTER, resources=(Resource(of=Counter), Resource(of=Counter))), TALLY),
        "context counter, resource of Counter",
        "there are two",
    ),
    "an external system without a time limit": (
        lambda: (attrs.evolve(COUNTER, external_systems=(attrs.evolve(SYSTEM, timeout_s=-1),)),),
        "context counter, external system 'printer'",
        "timeout is -1",
    ),
    "one port declared twice": (
        lambda: (attrs.evolve(COUNTER, external_systems=(SYSTEM, attrs.evolve(SYSTEM, name="plotter"))),),
        "context counter, external system 'plotter'",
        "NoMessage",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_refused_and_the_error_says_where_and_what(mistake: str) -> None:
    contexts, where, problem = WRONG[mistake]
    with pytest.raises(WronglyDeclared) as refusal:
        compose(contexts())
    assert where in refusal.value.where
    assert problem in refusal.value.problem
    assert str(refusal.value) == f"{refusal.value.where}: {refusal.value.problem}"
    assert isinstance(refusal.value, TypeError)


@pytest.mark.parametrize("contexts", [TOY, BOOKSTORE], ids=["toy", "bookstore"])
def test_what_is_declared_rightly_is_composed(contexts: tuple[Context, ...]) -> None:
    composition = compose(contexts)
    assert composition.contexts == contexts
    for context in contexts:
        for command in context.commands:
            assert composition.at_home[command] == context.name


@attrs.frozen(slots=False)
class Roomy(Aggregate):
    correlation_key = "case"
    identity = "number"
    lifecycle = ALWAYS_OPEN
    case: int
    number: int
    status: Open = Open.OPEN


def test_an_aggregate_with_a_dictionary_is_as_good_as_one_with_slots() -> None:
    compose([counting(Roomy)])


def test_a_command_nobody_handles_is_answered_with_those_that_are() -> None:
    composition = compose(TOY)
    assert composition.home(Count(1)) == "counter"
    with pytest.raises(UnknownCommand, match="no context here handles Unhandled; the commands known are: Add, Count"):
        composition.home(Unhandled(1))
    with pytest.raises(UnknownCommand, match="'hello', which is no command"):
        composition.home("hello")
