"""Contexts as small as can be, made for tests of the design kit: messages and aggregates by the dozen, of any name."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs

from bookdelivery.kernel.aggregate import Aggregate, Decision, Given
from bookdelivery.kernel.context import Actor, Context, Decides, Policy, Subdomain
from bookdelivery.kernel.lifecycle import Lifecycle, to
from bookdelivery.kernel.messages import Command, Event

SOMEBODY = Actor("somebody", "누군가")


class Open(StrEnum):
    """The only state there is."""

    OPEN = "open"


def keyed(name: str, base: type[Any], **parts: Any) -> type[Any]:
    """Make a frozen attrs class with a case id as its key."""
    body = {"__annotations__": {"case_id": int}, "correlation_key": "case_id", "__module__": __name__, **parts}
    return attrs.frozen(type(name, (base,), body))


def event(name: str) -> type[Event]:
    """Make an event."""
    return keyed(name, Event)


def command(name: str) -> type[Command[Any]]:
    """Make a command."""
    return keyed(name, Command)


def aggregate(name: str) -> type[Aggregate]:
    """Make an aggregate that is always open."""
    lifecycle = Lifecycle(name, Open, Open.OPEN, [to("open", "touch", "open")])
    return keyed(name, Aggregate, lifecycle=lifecycle, status=Open.OPEN)


def decide(state: Any, given_command: Any, given: Given) -> Decision[Any]:
    """Decide nothing."""
    return Decision(state)


def context(name: str, **parts: Any) -> Context:
    """Make a supporting context with these parts."""
    given: dict[str, Any] = {
        "name": name,
        "korean": name,
        "subdomain": Subdomain.SUPPORTING,
        "uptime_goal": 0.99,
        "cadence": "weekly",
        "team": name,
        "store": "memory",
    }
    return Context(**{**given, **parts})


Ask, Asked, Answer, Answered, Case = (
    command("Ask"),
    event("Asked"),
    command("Answer"),
    event("Answered"),
    aggregate("Case"),
)


def answering(asked: Any) -> Command[Any]:
    """Answer a question."""
    make: Any = Answer
    answer: Command[Any] = make(asked.case_id)
    return answer


def asking(answered: Any) -> Command[Any]:
    """Ask the next question."""
    make: Any = Ask
    ask: Command[Any] = make(answered.case_id)
    return ask


IN_CIRCLES = (
    context(
        "circle",
        aggregates=(Case,),
        handlers=(
            Decides(command=Ask, on=Case, by=decide, emits=(Asked,), creates=True, actor=SOMEBODY),
            Decides(command=Answer, on=Case, by=decide, emits=(Answered,)),
        ),
        events=(Asked, Answered),
        policies=(
            Policy(name="answer", on=Asked, issues=Answer, by=answering),
            Policy(name="ask again", on=Answered, issues=Ask, by=asking),
        ),
    ),
)
"""A question that is asked again whenever it is answered."""
