"""Rules on language: one glossary, in the business's words, and every name in the code is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from bookdelivery.design.elements import Node, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.design.rules.cafe import KITCHEN, Baking, StartBaking, StopBaking, cafe_with, decide
from bookdelivery.design.rules.rule import Found, Rule, Severity
from bookdelivery.kernel.context import Actor, Context, Decides
from bookdelivery.kernel.messages import Command

SPOKEN = (
    NodeKind.CONTEXT,
    NodeKind.ACTOR,
    NodeKind.COMMAND,
    NodeKind.EVENT,
    NodeKind.AGGREGATE,
    NodeKind.POLICY,
    NodeKind.VIEW,
    NodeKind.EXTERNAL,
)
"""The kinds of thing that the business speaks of."""

EXPLAINED = (NodeKind.COMMAND, NodeKind.EVENT, NodeKind.AGGREGATE, NodeKind.VIEW)
"""The kinds of thing whose docstring is the glossary's explanation."""


COOK = Actor("cook", "요리사")


@attrs.frozen
class TurnCake(Command[None]):  # noqa: D101
    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class GlazeCake(Command[None]):
    """Glaze a cake."""

    correlation_key = "cake_id"
    cake_id: int
    colour: str = "white"


def _in_korean(model: DesignModel) -> Iterator[Found]:
    for kind in SPOKEN:
        for node in model.nodes(kind):
            if not node.korean and (node.context is not None or kind in (NodeKind.ACTOR, NodeKind.EXTERNAL)):
                yield Found(node, f"the glossary has no Korean name for the {kind} {node.name}")


def _cook_also(command: type[Command[None]], **korean: str) -> Sequence[Context]:
    handler = Decides(command=command, on=Baking, by=decide, actor=COOK)
    language = {**KITCHEN.language, **korean}
    return cafe_with(attrs.evolve(KITCHEN, handlers=(*KITCHEN.handlers, handler), language=language))


def _not_in_korean() -> Sequence[Context]:
    """The kitchen glazes cakes, and the glossary does not know the word."""
    return _cook_also(GlazeCake, colour="색")


def _explained(model: DesignModel) -> Iterator[Found]:
    for kind in EXPLAINED:
        for node in model.nodes(kind):
            if node.context is not None and not node.doc:
                yield Found(node, f"no docstring says what the {kind} {node.name} means")


def _not_explained() -> Sequence[Context]:
    """The kitchen turns cakes, and nobody says what that means."""
    return _cook_also(TurnCake, TurnCake="케이크 돌리기")


def _one_word_one_meaning(model: DesignModel) -> Iterator[Found]:
    for kind in (NodeKind.COMMAND, NodeKind.EVENT, NodeKind.AGGREGATE, NodeKind.CONTEXT):
        first: dict[str, Node] = {}
        for node in model.nodes(kind):
            other = first.setdefault(node.korean, node)
            if node.korean and other is not node:
                yield Found(node, f"{node.korean} is the Korean name of {other.name} and of {node.name}", other.id)


def _two_meanings() -> Sequence[Context]:
    """Starting and stopping to bake are called the same."""
    names = {StartBaking.__name__: "굽기 전환하기", StopBaking.__name__: "굽기 전환하기"}
    return cafe_with(attrs.evolve(KITCHEN, language={**KITCHEN.language, **names}))


def _fields_named(model: DesignModel) -> Iterator[Found]:
    for message in (*model.nodes(NodeKind.COMMAND), *model.nodes(NodeKind.EVENT)):
        properties: Mapping[str, object] = (message.schema or {}).get("properties", {})
        for field in properties:
            if message.context is not None and field not in model.language and field not in ("eventType", "timestamp"):
                yield Found(message, f"the glossary has no Korean name for {message.name}'s field {field}", field)


def _field_without_name() -> Sequence[Context]:
    """Cakes are glazed in a colour that the glossary has no word for."""
    return _cook_also(GlazeCake, GlazeCake="케이크 글레이즈하기")


def _asked_about_something(model: DesignModel) -> Iterator[Found]:
    names = {node.name for node in model.nodes()}
    for context in model.contexts():
        for about in context.facts["open_questions"]:
            if about not in names:
                yield Found(context, f"{context.name} has an open question about {about}, which does not exist", about)


def _asked_about_nothing() -> Sequence[Context]:
    """The kitchen has a question about a freezer that it has not got."""
    return cafe_with(attrs.evolve(KITCHEN, open_questions={"Freezer": "Who defrosts it?"}))


RULES = (
    Rule(
        id="D35",
        name="Every name in the code has a Korean name in the glossary.",
        rationale="The business speaks Korean, the code English. Where a word is in one of them only, the two talk "
        "past each other.",
        checkpoints=(16,),
        fix="Add it to the context's `language`.",
        check=_in_korean,
        specimen=_not_in_korean,
        severity=Severity.WARNING,
    ),
    Rule(
        id="D36",
        name="Every message, aggregate and view says what it means.",
        rationale="The docstring is the glossary's explanation, the tooltip on the board and the description in every "
        "exported contract.",
        checkpoints=(16,),
        fix="Write a docstring: one sentence in the business's words.",
        check=_explained,
        specimen=_not_explained,
        severity=Severity.WARNING,
    ),
    Rule(
        id="D37",
        name="One word has one meaning.",
        rationale="Two commands, events, aggregates or contexts of one Korean name cannot be told apart by those who "
        "use them.",
        checkpoints=(16,),
        fix="Ask the people who use the word which of the two they mean, and find another for the other.",
        check=_one_word_one_meaning,
        specimen=_two_meanings,
        severity=Severity.WARNING,
    ),
    Rule(
        id="D38",
        name="Every field on the wire is in the glossary.",
        rationale="Fields are what other teams program against, so they are language too.",
        checkpoints=(16,),
        fix="Add it, by its name on the wire, to the context's `language`.",
        check=_fields_named,
        specimen=_field_without_name,
        severity=Severity.NOTE,
    ),
    Rule(
        id="D39",
        name="An open question is about something that exists.",
        rationale="A question about what was renamed or removed is drawn nowhere, and so is never answered.",
        checkpoints=(2, 16),
        fix="Name what it is about by its code name, or take it off `open_questions`.",
        check=_asked_about_something,
        specimen=_asked_about_nothing,
        severity=Severity.NOTE,
    ),
)
