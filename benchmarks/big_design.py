"""How long the design of a whole company takes: 200 contexts with 2,000 events, read, checked and drawn."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence
from enum import StrEnum
from time import process_time
from typing import Any

import attrs

from benchmarks.rows import Row, duration, figure
from bookdelivery.design.drawing import board
from bookdelivery.design.model import DesignModel
from bookdelivery.design.rules import check
from bookdelivery.kernel.aggregate import Aggregate, Decision, Given
from bookdelivery.kernel.context import Actor, Context, Decides, Policy, Subdomain
from bookdelivery.kernel.lifecycle import Lifecycle, to
from bookdelivery.kernel.messages import Command, Event

CONTEXTS, EVENTS_EACH = 200, 10
BUDGET_S = 5.0
CLERK = Actor("clerk", "점원")
STEPS = (
    "Opened",
    "Checked",
    "Reserved",
    "Confirmed",
    "Closed",
    "Canceled",
    "Shipped",
    "Priced",
    "Notified",
    "Archived",
)


class Open(StrEnum):
    """The only state there is."""

    OPEN = "open"


def company(contexts: int, *, events_each: int = EVENTS_EACH, seed: int = 1) -> tuple[Context, ...]:
    """Declare so many contexts, each following events of a few others, as real ones do."""
    rng = random.Random(seed)
    earlier: list[type[Event]] = []
    declared: list[Context] = []
    for number in range(contexts):
        context, events = _context(number, events_each, earlier[-3 * events_each :], rng)
        declared.append(context)
        earlier += events
    return tuple(declared)


def _class(name: str, base: type[Any], **parts: Any) -> type[Any]:
    body = {"__annotations__": {"case_id": int}, "correlation_key": "case_id", "__module__": __name__, **parts}
    return attrs.frozen(type(name, (base,), {**body, "__doc__": f"{name}."}))


def _decide(state: Any, command: Any, given: Given) -> Decision[Any]:  # noqa: ARG001
    return Decision(state)


def _follow(event: Any) -> Command[Any] | None:
    raise NotImplementedError(f"{event}: a design is looked at, never run")


def _context(
    number: int, events_each: int, earlier: Sequence[type[Event]], rng: random.Random
) -> tuple[Context, list[type[Event]]]:
    name = f"desk{number}"
    case = _class(
        f"Case{number}",
        Aggregate,
        lifecycle=Lifecycle(name, Open, Open.OPEN, [to("open", "touch", "open")]),
        status=Open.OPEN,
    )
    events: list[type[Event]] = []
    handlers: list[Decides] = []
    policies: list[Policy] = []
    for step in range(events_each):
        stated = f"Case{number}{STEPS[step % len(STEPS)]}{step // len(STEPS) or ''}"
        event, command = _class(stated, Event), _class(f"Do{stated}", Command)
        heard = rng.choice(earlier) if earlier and step and rng.random() < 0.5 else None
        actor = CLERK if heard is None else None
        handlers.append(Decides(command=command, on=case, by=_decide, emits=(event,), creates=step == 0, actor=actor))
        if heard is not None:
            policies.append(Policy(name=f"do {stated}", on=heard, issues=command, by=_follow))
        events.append(event)
    context = Context(
        name=name,
        korean=f"창구 {number}",
        subdomain=tuple(Subdomain)[number % 3],
        uptime_goal=0.999,
        cadence="weekly",
        team=f"team {number % 20}",
        store=("SQL", "documents")[number % 2],
        aggregates=(case,),
        handlers=tuple(handlers),
        events=tuple(events),
        policies=tuple(policies),
    )
    return context, events


def measured_s(contexts: Sequence[Context]) -> tuple[float, float, float]:
    """The CPU seconds it takes to read the model, to check it against all rules, and to lay its board out."""
    start = process_time()
    model = DesignModel.of(contexts)
    read = process_time()
    check(model)
    checked = process_time()
    assert board(model).svg
    return read - start, checked - read, process_time() - checked


def rows(*, short: bool = False) -> Sequence[Row]:
    """The whole against its budget of 5 s, its parts, and its growth against n log n."""
    small, large = company(CONTEXTS), company(2 * CONTEXTS)
    runs = [measured_s(small) for _ in range(1 if short else 5)]
    doubled = [sum(measured_s(large)) for _ in range(1 if short else 3)]
    whole = statistics.median(sum(run) for run in runs)
    name = f"a design of {CONTEXTS} contexts and {CONTEXTS * EVENTS_EACH:,} events"
    expected = 2 * math.log(2 * CONTEXTS) / math.log(CONTEXTS)
    parts = [statistics.median(run[part] for run in runs) for part in range(3)]
    return [
        duration(f"{name}: read, checked, drawn (peer: its budget)", whole, BUDGET_S, floor=1.0),
        *(
            figure(f"{name}: {what}", part, unit="s")
            for what, part in zip(("read", "checked", "drawn"), parts, strict=True)
        ),
        duration(
            f"{name}: growth when doubled (peer: n log n)",
            statistics.median(doubled) / whole,
            expected,
            unit="×",
            floor=0.8,
        ),
    ]
