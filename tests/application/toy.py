"""Two contexts as small as can be: a counter that counts up and says so, and a tally that adds up what it hears.

Neither decision is idempotent, so whatever is handled twice is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import attrs

from bookdelivery.kernel.aggregate import Aggregate, Decision, Given, Row
from bookdelivery.kernel.context import Actor, Context, Decides, Policy, Subdomain, View, WakeUp
from bookdelivery.kernel.lifecycle import Lifecycle, to
from bookdelivery.kernel.messages import Command, Envelope, Event

SOMEBODY = Actor("somebody", "누군가")


class Open(StrEnum):
    """The only state there is."""

    OPEN = "open"


ALWAYS_OPEN = Lifecycle("toy", Open, Open.OPEN, [to("open", "add", "open")])


@attrs.frozen
class Count(Command[None]):
    correlation_key = "case"
    case: int


@attrs.frozen
class Counted(Event):
    correlation_key = "case"
    case: int
    number: int


@attrs.frozen
class Add(Command[None]):
    correlation_key = "case"
    case: int
    number: int


@attrs.frozen
class Added(Event):
    correlation_key = "case"
    case: int
    total: int


@attrs.frozen
class Counter(Aggregate):
    correlation_key = "case"
    lifecycle = ALWAYS_OPEN
    case: int
    count: int = 0
    status: Open = Open.OPEN


@attrs.frozen
class Tally(Aggregate):
    correlation_key = "case"
    wake_at = "remind_at"
    lifecycle = ALWAYS_OPEN
    case: int
    total: int = 0
    heard: tuple[int, ...] = ()
    remind_at: float | None = None
    status: Open = Open.OPEN


@attrs.frozen
class Story(Row):
    correlation_key = "case"
    case: int
    lines: tuple[str, ...] = ()


def count(counter: Counter | None, command: Count, given: Given) -> Decision[Counter]:
    """Count one further."""
    counter = counter or Counter(command.case)
    counter = attrs.evolve(counter, count=counter.count + 1)
    return Decision(counter, (Counted(command.case, counter.count),))


def add(tally: Tally | None, command: Add, given: Given) -> Decision[Tally]:
    """Add what was heard."""
    tally = tally or Tally(command.case)
    tally = attrs.evolve(tally, total=tally.total + command.number, heard=(*tally.heard, command.number))
    return Decision(tally, (Added(command.case, tally.total),))


def tell(story: Story | None, event: Any, envelope: Envelope) -> Story:
    """Write a line for every event."""
    story = story or Story(envelope.key)
    number = event.number if isinstance(event, Counted) else event.total
    return attrs.evolve(story, lines=(*story.lines, f"{envelope.type} {number}"))


def adding(event: Counted) -> Add:
    """Add what was counted."""
    return Add(event.case, event.number)


COUNTER = Context(
    name="counter",
    korean="계수기",
    subdomain=Subdomain.SUPPORTING,
    uptime_goal=None,
    cadence="never",
    team="toy",
    store="memory",
    aggregates=(Counter,),
    handlers=(Decides(command=Count, on=Counter, by=count, emits=(Counted,), creates=True, actor=SOMEBODY),),
    events=(Counted,),
)


def tally(
    *,
    decide: Callable[[Any, Any, Given], Decision[Any]] = add,
    fold: Callable[[Any, Any, Envelope], Any] = tell,
    wake_ups: tuple[WakeUp, ...] = (),
) -> Context:
    """Declare the tally, with another decision or fold if one is given."""
    return Context(
        name="tally",
        korean="집계",
        subdomain=Subdomain.SUPPORTING,
        uptime_goal=None,
        cadence="never",
        team="toy",
        store="memory",
        aggregates=(Tally,),
        handlers=(Decides(command=Add, on=Tally, by=decide, emits=(Added,), creates=True),),
        events=(Added,),
        policies=(Policy(name="add it up", on=Counted, issues=Add, by=adding),),
        views=(View(name="story", row=Story, projects={Counted: fold, Added: fold}),),
        wake_ups=wake_ups,
    )


TOY = (COUNTER, tally())
