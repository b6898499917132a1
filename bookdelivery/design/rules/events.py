"""Rules on events: facts, in the past tense, that somebody cares about, with the key of the case they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import attrs

from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.design.rules.cafe import COUNTER, KITCHEN, CakeCanceled, CakeOrdered, cafe_with, decide
from bookdelivery.design.rules.rule import Found, Rule, Severity
from bookdelivery.kernel.context import Context, Decides
from bookdelivery.kernel.messages import Command, Event

_WORDS = """
become begun bought broken brought built caught chosen come cut done drawn driven fallen felt found frozen given gone
grown held hidden hit kept known laid led left lent lost made met paid put read risen rung run seen sent set shown shut
sold sought spent split spoken stolen stood sworn taken taught thrown told understood upheld withdrawn won worn written
"""
IRREGULAR = frozenset(_WORDS.split())
"""Past participles that do not end in -ed."""

UNCHANGED = frozenset({"become", "come", "cut", "hit", "put", "read", "run", "set", "shut", "split"})
"""Those of them that are also how one asks for it."""

LOOKS = re.compile(r"(Viewed|Looked(At|Up)?|Queried|Displayed|Seen|Searched|Listed|Fetched|Requested|Clicked)$")
"""How an event is called that only says that somebody looked, asked or clicked."""


def is_past(name: str) -> bool:
    """Say whether a code name ends in a past participle: `OrderPlaced`, `OrderTaken`, `OrderPassedToStore`."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+", name)]
    return any(word.endswith("ed") or word in IRREGULAR for word in words[-3:])


def _past_tense(model: DesignModel) -> Iterator[Found]:
    for event in _declared(model, NodeKind.EVENT):
        if not is_past(event.name):
            yield Found(event, f"{event.name} does not say that something has happened")


@attrs.frozen
class CakeOrder(Event):
    """A cake and its order."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class CakeViewed(Event):
    """A guest looked at a cake."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class BellRung(Event):
    """The kitchen's bell rang."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class CakeDropped(Event):
    """A cake fell, and nobody knows which."""

    correlation_key = "cake_id"
    cake_id: int | None = None


@attrs.frozen
class CakeCancelled(Command[None]):
    """Call a cake off."""

    correlation_key = "cake_id"
    cake_id: int


def _counter_stating(event: type[Event], korean: str) -> Sequence[Context]:
    handler = attrs.evolve(COUNTER.handlers[1], emits=(CakeCanceled, event))
    view = attrs.evolve(
        COUNTER.views[0], projects={**COUNTER.views[0].projects, event: COUNTER.views[0].projects[CakeOrdered]}
    )
    counter = attrs.evolve(
        COUNTER,
        handlers=(COUNTER.handlers[0], handler),
        events=(*COUNTER.events, event),
        views=(view,),
        language={**COUNTER.language, event.__name__: korean},
    )
    return cafe_with(counter)


def _no_past_tense() -> Sequence[Context]:
    """The counter publishes a `CakeOrder`."""
    return _counter_stating(CakeOrder, "케이크 주문서")


def _no_looking(model: DesignModel) -> Iterator[Found]:
    for event in _declared(model, NodeKind.EVENT):
        if LOOKS.search(event.name):
            yield Found(event, f"{event.name} states that somebody looked or asked, which changes nothing")


def _looking() -> Sequence[Context]:
    """The counter publishes that a guest looked at a cake."""
    return _counter_stating(CakeViewed, "케이크 조회됨")


def _somebody_cares(model: DesignModel) -> Iterator[Found]:
    for event in _declared(model, NodeKind.EVENT):
        if not model.outgoing(event.id, EdgeKind.TRIGGERS, EdgeKind.PROJECTS, EdgeKind.PROMPTS):
            yield Found(event, f"nobody reacts to {event.name}, and no view shows it")


def _nobody_cares() -> Sequence[Context]:
    """The kitchen publishes that its bell rang."""
    start = attrs.evolve(KITCHEN.handlers[0], emits=(*KITCHEN.handlers[0].emits, BellRung))
    kitchen = attrs.evolve(
        KITCHEN,
        handlers=(start, *KITCHEN.handlers[1:]),
        events=(*KITCHEN.events, BellRung),
        language={**KITCHEN.language, "BellRung": "종 울림"},
    )
    return cafe_with(kitchen)


def _stays_rejected(model: DesignModel) -> Iterator[Found]:
    published = {node.name: node for node in _declared(model, NodeKind.EVENT)}
    for context in model.contexts():
        for name, reason in context.facts["rejected_events"].items():
            if name in published:
                yield Found(
                    published[name], f"{context.name} rejected {name} ({reason}), and yet it is published", context.id
                )
            if not reason.strip():
                yield Found(context, f"{context.name} rejected {name} and does not say why", name)


def _rejected_and_published() -> Sequence[Context]:
    """The counter rejected `CakeOrdered` and publishes it all the same."""
    return cafe_with(attrs.evolve(COUNTER, rejected_events={"CakeOrdered": "a reaction to CakePaid"}))


def _stated_by_somebody(model: DesignModel) -> Iterator[Found]:
    for event in model.nodes(NodeKind.EVENT):
        if not model.incoming(event.id, EdgeKind.EMITS):
            where = "no context declares it" if event.context is None else "no command of its context states it"
            yield Found(event, f"{event.name} never happens: {where}")


def _stated_by_nobody() -> Sequence[Context]:
    """Cakes are canceled, but no command says so."""
    silent = attrs.evolve(COUNTER.handlers[1], emits=())
    return cafe_with(attrs.evolve(COUNTER, handlers=(COUNTER.handlers[0], silent)))


def _keyed(model: DesignModel) -> Iterator[Found]:
    for message in (*_declared(model, NodeKind.EVENT), *_declared(model, NodeKind.COMMAND)):
        key = message.facts["correlation_key"]
        if not key:
            yield Found(message, f"{message.name} names no correlation key")
        elif message.kind is NodeKind.EVENT and _wire(key) not in (message.schema or {}).get("required", []):
            yield Found(message, f"{message.name} may come without its correlation key {_wire(key)}")


def _unkeyed() -> Sequence[Context]:
    """An event that need not say which cake it is about."""
    return _counter_stating(CakeDropped, "케이크 떨어짐")


def _imperative(model: DesignModel) -> Iterator[Found]:
    for command in _declared(model, NodeKind.COMMAND):
        last = re.findall(r"[A-Z][a-z]*", command.name)[-1:]
        if last and (last[0].endswith("ed") or last[0].lower() in IRREGULAR - UNCHANGED):
            yield Found(command, f"{command.name} sounds like a fact, but asks for something")


def _in_the_past() -> Sequence[Context]:
    """A guest issues the command `CakeCancelled`."""
    command = Decides(
        command=CakeCancelled,
        on=COUNTER.aggregates[0],
        by=decide,
        emits=(CakeCanceled,),
        actor=COUNTER.handlers[1].actor,
    )
    counter = attrs.evolve(
        COUNTER,
        handlers=(*COUNTER.handlers, command),
        language={**COUNTER.language, "CakeCancelled": "케이크 취소"},
    )
    return cafe_with(counter)


def _declared(model: DesignModel, kind: NodeKind) -> Iterator[Node]:
    return (node for node in model.nodes(kind) if node.context is not None)


def _wire(field: str) -> str:
    first, *rest = field.split("_")
    return first + "".join(word.title() for word in rest)


RULES = (
    Rule(
        id="D07",
        name="An event is a fact, in the past tense.",
        rationale="An event cannot be refused: it has happened. A name that asks or describes invites readers to "
        "treat it as a request, or its publisher to take it back.",
        checkpoints=(2,),
        fix="Name it by what has happened: a noun and a past participle, such as `CakeOrdered`.",
        check=_past_tense,
        specimen=_no_past_tense,
        severity=Severity.WARNING,
    ),
    Rule(
        id="D08",
        name="Looking at something is no event.",
        rationale="A query changes nothing that anybody could react to. Published, it is traffic; whoever counts "
        "looks wants a log, not the business's language.",
        checkpoints=(2,),
        fix="Drop it, and note it among `rejected_events` with the reason.",
        check=_no_looking,
        specimen=_looking,
        severity=Severity.WARNING,
    ),
    Rule(
        id="D09",
        name="Somebody cares about every event.",
        rationale="An event that sets nothing off and is shown nowhere is no part of the business's story; it has to "
        "be kept compatible all the same.",
        checkpoints=(2,),
        fix="Drop it and say why (`rejected_events`), or declare the policy or view that needs it.",
        check=_somebody_cares,
        specimen=_nobody_cares,
        severity=Severity.WARNING,
    ),
    Rule(
        id="D10",
        name="A rejected event stays rejected, with a reason.",
        rationale="The reasons for which events were dropped are half of what event storming found out. They are "
        "worth something only while the code agrees with them.",
        checkpoints=(2,),
        fix="Take it off the list of rejected events, or do not publish it; and write down the reason.",
        check=_stays_rejected,
        specimen=_rejected_and_published,
    ),
    Rule(
        id="D11",
        name="Every event is stated by some command.",
        rationale="Whoever waits for an event that nobody states waits for ever.",
        checkpoints=(3, 4),
        fix="Add it to the `emits` of the command that leads to it, or remove it.",
        check=_stated_by_somebody,
        specimen=_stated_by_nobody,
    ),
    Rule(
        id="D12",
        name="Every message carries its correlation key.",
        rationale="The key says which case a message belongs to. It is what a policy finds its aggregate by, and what "
        "keeps messages of one case in order on the topic.",
        checkpoints=(12, 20),
        fix="Set `correlation_key` to a required field.",
        check=_keyed,
        specimen=_unkeyed,
    ),
    Rule(
        id="D13",
        name="A command asks, in the imperative.",
        rationale="A command may be refused. A name in the past tense hides that, and cannot be told from an event.",
        checkpoints=(3, 16),
        fix="Name it by what is asked for: a verb and a noun, such as `CancelCake`.",
        check=_imperative,
        specimen=_in_the_past,
        severity=Severity.WARNING,
    ),
)
