"""Rules on aggregates: each is a unit of consistency with one home, and what belongs together is not torn apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from bookdelivery.design.elements import EdgeKind, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.design.rules.cafe import (
    COUNTER,
    KITCHEN,
    TILL,
    Bill,
    CakeOrdered,
    Charge,
    MyCakeRow,
    StartBaking,
    cafe_with,
    decide,
    perform,
)
from bookdelivery.design.rules.rule import Found, Rule
from bookdelivery.kernel.context import Call, Context, Decides, Performs


def _one_home(model: DesignModel) -> Iterator[Found]:
    for command in model.nodes(NodeKind.COMMAND):
        aggregates = sorted(model.successors(command.id, EdgeKind.HANDLES), key=lambda node: node.id)
        if len(aggregates) > 1:
            homes = " and ".join(f"{one.name} in {one.id.partition(':')[2].partition('.')[0]}" for one in aggregates)
            yield Found(command, f"{command.name} is handled by {homes}")


def _two_homes() -> Sequence[Context]:
    """The kitchen puts up a bill, too."""
    also = Decides(command=Charge, on=KITCHEN.aggregates[0], by=decide)
    return cafe_with(attrs.evolve(KITCHEN, handlers=(*KITCHEN.handlers, also)))


def _own_aggregate(model: DesignModel) -> Iterator[Found]:
    for command in model.nodes(NodeKind.COMMAND):
        for aggregate in model.successors(command.id, EdgeKind.HANDLES):
            if aggregate.context is None:
                problem = (
                    f"{command.name} is decided on {aggregate.name}, which is none of {command.context}'s aggregates"
                )
                yield Found(command, problem, aggregate.id)


def _strangers_aggregate() -> Sequence[Context]:
    """Starting to bake changes the till's bill in the same breath."""
    start = attrs.evolve(KITCHEN.handlers[0], on=Bill)
    return cafe_with(attrs.evolve(KITCHEN, handlers=(start, *KITCHEN.handlers[1:])))


def _one_store(model: DesignModel) -> Iterator[Found]:
    first: dict[tuple[str, int], str] = {}
    for node in (*model.nodes(NodeKind.AGGREGATE), *model.nodes(NodeKind.VIEW)):
        if not node.line or node.context is None:
            continue
        owner = first.setdefault((node.file, node.line), node.context)
        if owner != node.context:
            name = node.facts.get("row", node.name)
            yield Found(
                node, f"{node.context} keeps {name}, which is {owner}'s; it can only read it from {owner}'s store"
            )


def _shared_row() -> Sequence[Context]:
    """The kitchen looks the cakes up in the counter's own table."""
    view = attrs.evolve(COUNTER.views[0], name="cakes to bake", row=MyCakeRow)
    return cafe_with(
        attrs.evolve(KITCHEN, views=(view,), language={**KITCHEN.language, "cakes to bake": "구울 케이크"})
    )


def _opened(model: DesignModel) -> Iterator[Found]:
    for aggregate in model.nodes(NodeKind.AGGREGATE):
        commands = model.predecessors(aggregate.id, EdgeKind.HANDLES)
        if aggregate.context is not None and not any(command.facts.get("opens") for command in commands):
            yield Found(aggregate, f"no command opens a {aggregate.name}; every command on it would find nothing")


def _never_opened() -> Sequence[Context]:
    """Baking is stopped, but begun by nobody."""
    stop = attrs.evolve(KITCHEN.handlers[1], creates=False)
    start = attrs.evolve(KITCHEN.handlers[0], creates=False)
    return cafe_with(attrs.evolve(KITCHEN, handlers=(start, stop)))


def _not_split_too_finely(model: DesignModel) -> Iterator[Found]:
    for outer in model.edges(EdgeKind.CALLS):
        for inner in model.outgoing(outer.target, EdgeKind.CALLS):
            ends = [model.node(id) for id in (outer.source, outer.target, inner.target)]
            if ends[2].kind is NodeKind.COMMAND:
                names = " -> ".join(f"{end.context}.{end.name}" for end in ends)
                yield Found(ends[0], f"one request waits through three contexts: {names}", ends[2].id)


def _split_too_finely() -> Sequence[Context]:
    """Charging waits for the kitchen to begin: what must happen together is cut into three."""
    charge = Performs(
        command=Charge,
        on=Bill,
        by=perform,
        emits=TILL.handlers[0].emits,
        calls=(StartBaking,),
        creates=True,
        undone_by=TILL.handlers[0].undone_by,
        uses=(TILL.external_systems[0].port,),
    )
    call = Call(command=StartBaking, timeout_s=1.0, fallback="it is baked later")
    return cafe_with(attrs.evolve(TILL, handlers=(charge, *TILL.handlers[1:]), calls=(call,)))


def _stated_at_home(model: DesignModel) -> Iterator[Found]:
    for event in model.nodes(NodeKind.EVENT):
        for command in model.predecessors(event.id, EdgeKind.EMITS):
            if event.context is not None and command.context != event.context:
                problem = (
                    f"{event.name} is {event.context}'s event, but {command.context} states it with {command.name}"
                )
                yield Found(event, problem, command.id)


def _stated_abroad() -> Sequence[Context]:
    """The kitchen says that a cake was ordered."""
    start = attrs.evolve(KITCHEN.handlers[0], emits=(*KITCHEN.handlers[0].emits, CakeOrdered))
    return cafe_with(attrs.evolve(KITCHEN, handlers=(start, *KITCHEN.handlers[1:])))


RULES = (
    Rule(
        id="D01",
        name="A command is handled by one aggregate.",
        rationale="Two homes for one command are two answers to one question. Whoever sends it cannot know which of "
        "the two changed, and no commit makes them agree.",
        checkpoints=(3,),
        fix="Keep the handler whose aggregate the command is about. Let the other context react to the event it "
        "states.",
        check=_one_home,
        specimen=_two_homes,
    ),
    Rule(
        id="D02",
        name="A command is decided on an aggregate of its own context.",
        rationale="An ACID transaction ends at the aggregate, and never reaches into another team's. A handler that "
        "changes a stranger's aggregate ties both to one database and one deployment.",
        checkpoints=(3, 7),
        fix="Decide on your own aggregate and state an event; the other context follows with a policy.",
        check=_own_aggregate,
        specimen=_strangers_aggregate,
    ),
    Rule(
        id="D03",
        name="No context reads another's store.",
        rationale="A shared table is a contract that nobody wrote down: its owner cannot change it without breaking "
        "readers it does not know. A view of one's own, folded from events, has neither problem (CQRS).",
        checkpoints=(10, 11, 23),
        fix="Give the context a row or aggregate class of its own, folded from the owner's events.",
        check=_one_store,
        specimen=_shared_row,
    ),
    Rule(
        id="D04",
        name="Every aggregate is opened by some command.",
        rationale="Where no command may create the aggregate, every command on it is refused for ever.",
        checkpoints=(3,),
        fix="Mark the command that begins the case with `creates=True`, or let its key be optional.",
        check=_opened,
        specimen=_never_opened,
    ),
    Rule(
        id="D05",
        name="What must happen together is not split over three contexts.",
        rationale="A request that waits for a context that waits for a third is one transaction in three pieces: "
        "their downtimes add up, and no commit holds them together.",
        checkpoints=(7,),
        fix="Merge the contexts whose invariants belong together, or end the second wait: answer first, and let the "
        "third context follow an event.",
        check=_not_split_too_finely,
        specimen=_split_too_finely,
    ),
    Rule(
        id="D06",
        name="An event is stated by the context it belongs to.",
        rationale="A fact has one owner who can vouch for it. Two sources of one event cannot be ordered, and give "
        "its readers two truths.",
        checkpoints=(2, 3),
        fix="State an event of your own, in your own words.",
        check=_stated_at_home,
        specimen=_stated_abroad,
    ),
)
