"""What stands at the edge of a context: its ports, the adapters configured on them, and who is beyond."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel

PUB_SUB = "pub/sub"
"""The style of a port that is not waited at."""


@attrs.frozen
class Mooring:
    """Adapters at a port, and what they connect to.

    Attributes:
        adapters: those that connect to the same; none where none is configured.
        beyond: people, contexts, topics, stores, external systems.
    """

    adapters: tuple[Node, ...]
    beyond: tuple[Node, ...]


@attrs.frozen
class Berth:
    """A port with all that is moored to it.

    Attributes:
        port: the port.
        moorings: one for each group of adapters; one without any where none is configured.
    """

    port: Node
    moorings: tuple[Mooring, ...]

    @property
    def dashed(self) -> bool:
        """Whether lines to it are dashed, as Pub/Sub is."""
        return self.port.facts.get("style") == PUB_SUB

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The port and everything moored to it."""
        return (self.port, *(node for mooring in self.moorings for node in (*mooring.adapters, *mooring.beyond)))


class Sides:
    """The edge of a context.

    Args:
        model: the design.
        context: whose edge.

    Attributes:
        left: the ports by which the context is driven.
        right: the ports by which it drives others.
    """

    def __init__(self, model: DesignModel, context: Node) -> None:
        self._model, self._context = model, context
        berths = [Berth(port, self._moorings(port)) for port in model.successors(context.id, EdgeKind.HAS)]
        self.left: Sequence[Berth] = [berth for berth in berths if berth.port.facts.get("direction") == "inbound"]
        self.right: Sequence[Berth] = [berth for berth in berths if berth.port.facts.get("direction") != "inbound"]

    def _moorings(self, port: Node) -> tuple[Mooring, ...]:
        usual = tuple(dict.fromkeys(self._beyond(port)))
        adapters = self._model.predecessors(port.id, EdgeKind.IMPLEMENTS)
        if not adapters:
            return (Mooring((), usual),)
        groups: dict[tuple[Node, ...], list[Node]] = {}
        for adapter in adapters:
            groups.setdefault(self._model.successors(adapter.id, EdgeKind.REACHES) or usual, []).append(adapter)
        return tuple(Mooring(tuple(group), beyond) for beyond, group in groups.items())

    def _beyond(self, port: Node) -> Iterator[Node]:
        """Give who usually is beyond a port, whatever the adapter."""
        model, context = self._model, self._context
        yield from model.successors(port.id, EdgeKind.REACHES)
        match port.name:
            case "Commands":
                for command in model.nodes(NodeKind.COMMAND, context=context.name):
                    issuers = model.predecessors(command.id, EdgeKind.ISSUES)
                    yield from (issuer for issuer in issuers if issuer.kind is NodeKind.ACTOR)
                    yield from self._homes(model.predecessors(command.id, EdgeKind.CALLS))
            case "Events":
                yield from model.predecessors(context.id, EdgeKind.SUBSCRIBES)
            case "Broker":
                yield from model.successors(context.id, EdgeKind.PUBLISHES)
            case "Requests":
                for command in model.nodes(NodeKind.COMMAND, context=context.name):
                    yield from self._homes(model.successors(command.id, EdgeKind.CALLS))
            case "Store":
                yield from model.nodes(NodeKind.STORE, context=context.name)

    def _homes(self, nodes: Sequence[Node]) -> Iterator[Node]:
        """Give the contexts of others that these belong to."""
        for node in nodes:
            if node.kind is NodeKind.COMMAND and node.context not in {None, self._context.name}:
                yield self._model.node(f"{NodeKind.CONTEXT}:{node.context}")
