"""Rules on synchronous calls: few, guarded, and never against the order of importance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import attrs
import networkx as nx

from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.impact import operations
from bookdelivery.design.model import DesignModel
from bookdelivery.design.rules.cafe import (
    COUNTER,
    TILL,
    CancelCake,
    Charge,
    OrderCake,
    StartBaking,
    StopBaking,
    cafe_with,
    perform,
)
from bookdelivery.design.rules.rule import Found, Rule, Severity
from bookdelivery.kernel.context import Call, Context, Performs


def _guarded(model: DesignModel) -> Iterator[Found]:
    for call in model.edges(EdgeKind.CALLS):
        caller, callee = model.node(call.source), model.node(call.target)
        lacks = [] if call.facts.get("timeout_s", 0) > 0 else ["a time limit"]
        if callee.kind is NodeKind.COMMAND and not str(call.facts.get("fallback", "")).strip():
            lacks.append("a fallback")
        if lacks:
            yield Found(caller, f"{caller.name} waits for {callee.name} without {' and '.join(lacks)}", callee.id)


def _unguarded() -> Sequence[Context]:
    """A guest waits at the counter, come what may."""
    return cafe_with(attrs.evolve(COUNTER, calls=(Call(command=Charge, timeout_s=0.0, fallback=""),)))


def _core_first(model: DesignModel) -> Iterator[Found]:
    for call in model.edges(EdgeKind.CALLS):
        caller, callee = model.node(call.source), model.node(call.target)
        if _subdomain(model, caller) == "core" and _subdomain(model, callee) == "supporting":
            yield Found(
                caller,
                f"{caller.name} of {caller.context} (core) waits for {callee.name} of {callee.context} (supporting)",
                callee.id,
            )


def _core_calls_supporting() -> Sequence[Context]:
    """The counter waits until the kitchen has begun."""
    order = attrs.evolve(_ordering(), calls=(Charge, StartBaking))
    calls = (*COUNTER.calls, Call(command=StartBaking, timeout_s=1.0, fallback="it is baked later"))
    return cafe_with(attrs.evolve(COUNTER, handlers=(order, *COUNTER.handlers[1:]), calls=calls))


def _no_sync_circle(model: DesignModel) -> Iterator[Found]:
    waits = nx.DiGraph()
    for call in model.edges(EdgeKind.CALLS):
        ends = [model.node(id).context for id in (call.source, call.target)]
        if None not in ends:
            waits.add_edge(*ends)
    for together in nx.strongly_connected_components(waits):
        first = min(together)
        if len(together) > 1 or waits.has_edge(first, first):
            circle = [one for one, _ in nx.find_cycle(waits.subgraph(together), first)]
            start = circle.index(min(circle))
            round_trip = [*circle[start:], *circle[:start], circle[start]]
            steps = ", ".join(f"{one} waits for {other}" for one, other in pairwise(round_trip))
            yield Found(model.node(f"{NodeKind.CONTEXT}:{round_trip[0]}"), steps, " ".join(round_trip))


def _sync_circle() -> Sequence[Context]:
    """The till asks the counter before it charges, and the counter waits for the till."""
    charge = attrs.evolve(_charging(), calls=(CancelCake,))
    call = Call(command=CancelCake, timeout_s=1.0, fallback="it is charged all the same")
    return cafe_with(attrs.evolve(TILL, handlers=(charge, *TILL.handlers[1:]), calls=(call,)))


def _settled(model: DesignModel) -> Iterator[Found]:
    for call in model.edges(EdgeKind.CALLS):
        external, command = model.node(call.target), model.node(call.source)
        if external.kind is not NodeKind.EXTERNAL or not command.facts.get("creates"):
            continue
        for aggregate in model.successors(command.id, EdgeKind.HANDLES):
            if not model.outgoing(aggregate.id, EdgeKind.TRIGGERS):
                yield Found(
                    command,
                    f"when {external.name} does not answer {command.name}, no deadline of {aggregate.name} asks again",
                    external.id,
                )


def _never_settled() -> Sequence[Context]:
    """A lost answer of the card terminal is never asked for again."""
    charge, refund, _ = TILL.handlers
    return cafe_with(attrs.evolve(TILL, handlers=(charge, refund), wake_ups=()))


def _keeps_its_promise(model: DesignModel) -> Iterator[Found]:
    goals = {context.name: context.facts["uptime_goal"] for context in model.contexts()}
    for call in model.edges(EdgeKind.CALLS):
        caller, callee = model.node(call.source), model.node(call.target)
        own, others = goals.get(caller.context or ""), goals.get(callee.context or "")
        if own is not None and others is not None and others < own and not call.facts.get("fallback"):
            yield Found(
                caller,
                f"{caller.context} promises {own:.3%} uptime, but {caller.name} cannot do without {callee.context}, "
                f"which promises {others:.3%}",
                callee.id,
            )


def _promises_too_much() -> Sequence[Context]:
    """The kitchen, up 60 % of the time, waits for nothing; the counter, up 99 %, cannot do without it."""
    order = attrs.evolve(_ordering(), calls=(Charge, StartBaking))
    return cafe_with(attrs.evolve(COUNTER, handlers=(order, *COUNTER.handlers[1:])))


def _removable(model: DesignModel) -> Iterator[Found]:
    # What an operation cannot do without is what its calls without a fallback lead to, over any number of contexts.
    waits = nx.DiGraph()
    for call in model.edges(EdgeKind.CALLS):
        if not call.facts.get("fallback"):
            waits.add_edge(call.source, call.target)
    for operation in operations(model):
        if _subdomain(model, operation) == "core" and operation.id in waits:
            needed = [model.node(id) for id in sorted(nx.descendants(waits, operation.id))]
            for name in sorted({str(node.context) for node in needed if _subdomain(model, node) == "supporting"}):
                problem = f"without {name}, {operation.name} of {operation.context} stops"
                yield Found(model.node(f"{NodeKind.CONTEXT}:{name}"), problem, operation.id)


def _not_removable() -> Sequence[Context]:
    """No cake is ordered while the kitchen is closed: nothing stands in for its answer."""
    order = attrs.evolve(_ordering(), calls=(Charge, StartBaking))
    return cafe_with(attrs.evolve(COUNTER, handlers=(order, *COUNTER.handlers[1:])))


def _needed(model: DesignModel) -> Iterator[Found]:
    for declared in model.declared:
        made = {command for handler in declared.handlers if isinstance(handler, Performs) for command in handler.calls}
        for call in declared.calls:
            if call.command not in made:
                context = model.node(f"{NodeKind.CONTEXT}:{declared.name}")
                yield Found(
                    context,
                    f"{declared.name} declares a call of {call.command.__name__} that no handler makes",
                    call.command.__name__,
                )


def _not_needed() -> Sequence[Context]:
    """The counter declares a call of the kitchen that it never makes."""
    call = Call(command=StopBaking, timeout_s=1.0, fallback="it is baked all the same")
    return cafe_with(attrs.evolve(COUNTER, calls=(*COUNTER.calls, call)))


def _subdomain(model: DesignModel, node: Node) -> str:
    home = f"{NodeKind.CONTEXT}:{node.context}"
    return str(model.node(home).facts["subdomain"]) if home in model else ""


def _ordering() -> Performs:
    return Performs(
        command=OrderCake,
        on=COUNTER.aggregates[0],
        by=perform,
        emits=COUNTER.handlers[0].emits,
        calls=(Charge,),
        actor=COUNTER.handlers[0].actor,
        undone_by=CancelCake,
    )


def _charging() -> Performs:
    charge = TILL.handlers[0]
    assert isinstance(charge, Performs)
    return charge


RULES = (
    Rule(
        id="D22",
        name="No synchronous call without a time limit, a breaker and a fallback.",
        rationale="A callee that hangs takes its callers down with it. A declared call is always made behind a "
        "circuit breaker; the time limit and what the business does without an answer have to be said.",
        checkpoints=(17, 18),
        fix="Declare the call with `timeout_s` and `fallback` (external systems: `timeout_s`).",
        check=_guarded,
        specimen=_unguarded,
    ),
    Rule(
        id="D23",
        name="No core context waits for a supporting one.",
        rationale="A core domain's uptime goal is higher and its team cannot keep it on behalf of another. What "
        "supports the core follows its events.",
        checkpoints=(8, 10),
        fix="Replace the call by an event and a policy of the supporting context, or let the supporting context call.",
        check=_core_first,
        specimen=_core_calls_supporting,
    ),
    Rule(
        id="D24",
        name="Contexts do not wait for one another in a circle.",
        rationale="Two that wait for each other can neither be deployed nor started alone, and a slow one of them "
        "slows both until nothing moves.",
        checkpoints=(9, 10),
        fix="Turn one of the calls into an event.",
        check=_no_sync_circle,
        specimen=_sync_circle,
    ),
    Rule(
        id="D25",
        name="A lost answer of an external system is asked for again.",
        rationale="Whether a request without an answer had an effect is unknown. Unless a deadline asks again, money "
        "stays taken for something nobody gets.",
        checkpoints=(18, 21),
        fix="Give the aggregate a `wake_at` field and declare a `WakeUp` that asks by the same key.",
        check=_settled,
        specimen=_never_settled,
    ),
    Rule(
        id="D26",
        name="A context promises no more uptime than what it cannot do without.",
        rationale="Synchronous dependencies multiply: whoever waits for a 60 % service without a fallback is itself "
        "up 60 % of the time at best.",
        checkpoints=(8,),
        fix="Give the call a fallback, raise the callee's goal, or lower the promise.",
        check=_keeps_its_promise,
        specimen=_promises_too_much,
    ),
    Rule(
        id="D27",
        name="Without a supporting context, what the core offers goes on.",
        rationale="That is what makes it supporting. It is followed through all calls and events, not only the first.",
        checkpoints=(10,),
        fix="See `bookdelivery design impact` for the path; give the first call on it a fallback, or make it an event.",
        check=_removable,
        specimen=_not_removable,
    ),
    Rule(
        id="D28",
        name="Every declared call is made by some handler.",
        rationale="A call that nobody makes is drawn on the map and guarded by a breaker, and misleads whoever reads "
        "either.",
        checkpoints=(9,),
        fix="Add it to the handler's `calls`, or remove it.",
        check=_needed,
        specimen=_not_needed,
        severity=Severity.WARNING,
    ),
)
