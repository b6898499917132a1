"""Who depends on whom: contexts and external systems, how they are joined, and how their teams deal with each other.

The relationship patterns are those of Evans, Domain-Driven Design (2003), chapter 14.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

import attrs

from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.context import Relationship


class Style(StrEnum):
    """How two contexts are joined."""

    PUB_SUB = "pub/sub"
    REQUEST = "req/res"


@attrs.define
class Relation:
    """One context's dependence on another, or on an external system.

    Attributes:
        source: where the line begins: who publishes, or who asks.
        target: where it ends: who listens, or who is asked.
        style: how they are joined.
        pattern: how the teams deal with each other.
        messages: the events or commands that go over.
        port: the port an external system is reached through, empty otherwise.
    """

    source: Node
    target: Node
    style: Style
    pattern: str
    messages: list[Node] = attrs.field(factory=list)
    port: str = ""


def relations_of(model: DesignModel) -> Sequence[Relation]:
    """Give every relation, one for each pair of contexts and style, in the order declared.

    A call makes its caller a customer of its supplier; who follows another's events speaks its published language; who
    only shows them conforms to it; an external system is kept out by a port. What a context declares itself goes first.
    """
    found: dict[tuple[str, str, Style], Relation] = {}
    for source, target, style, pattern, message in _dependences(model):
        relation = found.setdefault((source.id, target.id, style), Relation(source, target, style, pattern))
        if message is not None and message not in relation.messages:
            relation.messages.append(message)
        if relation.pattern == Relationship.CONFORMIST:
            relation.pattern = pattern
    for relation in found.values():
        downstream, upstream = relation.target, relation.source
        if relation.style is Style.REQUEST:
            downstream, upstream = upstream, downstream
        relation.pattern = downstream.facts.get("relationships", {}).get(upstream.name, relation.pattern)
        if upstream.kind is NodeKind.EXTERNAL:
            relation.port = ", ".join(node.name for node in _ports(model, downstream, upstream))
    return tuple(found.values())


def _dependences(model: DesignModel) -> Iterator[tuple[Node, Node, Style, str, Node | None]]:
    contexts = {context.name: context for context in model.contexts()}

    def home(id: str) -> Node | None:
        return contexts.get(model.node(id).context or "")

    for edge in model.edges(EdgeKind.CALLS):
        caller, called = home(edge.source), model.node(edge.target)
        if caller is None:
            continue
        if called.kind is NodeKind.EXTERNAL:
            yield caller, called, Style.REQUEST, Relationship.ANTICORRUPTION_LAYER, None
        elif (supplier := home(edge.target)) is not None and supplier is not caller:
            yield caller, supplier, Style.REQUEST, Relationship.CUSTOMER_SUPPLIER, called
    for kind, pattern in (
        (EdgeKind.TRIGGERS, Relationship.PUBLISHED_LANGUAGE),
        (EdgeKind.PROJECTS, Relationship.CONFORMIST),
    ):
        for edge in model.edges(kind):
            event, publisher, listener = model.node(edge.source), home(edge.source), home(edge.target)
            if event.kind is NodeKind.EVENT and publisher and listener and publisher is not listener:
                yield publisher, listener, Style.PUB_SUB, pattern, event


def _ports(model: DesignModel, context: Node, external: Node) -> Iterator[Node]:
    for port in model.predecessors(external.id, EdgeKind.REACHES):
        if port.kind is NodeKind.PORT and port.context == context.name:
            yield port
