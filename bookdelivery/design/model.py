"""The design of a system as one graph, read from what its contexts declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Self

import attrs
import networkx as nx
import pandas as pd

from bookdelivery.application.composition import Composition
from bookdelivery.application.system import System
from bookdelivery.design import exports
from bookdelivery.design.elements import CAUSAL, Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.errors import UnknownElement
from bookdelivery.design.reading import Reader
from bookdelivery.kernel.context import Context

__all__ = ["CAUSAL", "DesignModel", "Edge", "EdgeKind", "Node", "NodeKind"]

TOPIC = "bookdelivery"
"""The one topic that contexts publish to unless another name is given."""


@attrs.frozen(eq=False, slots=False, repr=False)
class DesignModel:
    """A system's design: actors, commands, aggregates, events, policies, views, and what joins them.

    Attributes:
        name: the system's.
        graph: a `networkx.MultiDiGraph` of ids; each node has its `Node`, each edge its `Edge`, as attribute `element`.
        language: what its words are called in Korean, by code name; see `bookdelivery.kernel.context.Context.language`.
        declared: the contexts it was read from; empty where it was read from a file.
    """

    name: str
    graph: nx.MultiDiGraph
    language: Mapping[str, str] = attrs.field(factory=dict)
    declared: tuple[Context, ...] = ()

    @classmethod
    def of(cls, system: System | Composition | Iterable[Context], *, name: str = "", topic: str = TOPIC) -> DesignModel:
        """Read the design of a system.

        What does not fit together is no error here but something for the design rules to find, so contexts are read
        whether or not they could be composed.

        Args:
            system: a system, a composition, or contexts.
            name: what to call it; by default the system's own name.
            topic: what the topic is called.
        """
        contexts = tuple(system.contexts if isinstance(system, System | Composition) else system)
        own_name = system.name if isinstance(system, System) else "system"
        reader = Reader(contexts, topic)
        return cls.built(name or own_name, reader.nodes, reader.edges, reader.language, contexts)

    @classmethod
    def built(
        cls,
        name: str,
        nodes: Iterable[Node],
        edges: Iterable[Edge],
        language: Mapping[str, str] | None = None,
        declared: tuple[Context, ...] = (),
    ) -> Self:
        """Make a model of nodes and edges, in this order.

        Raises:
            UnknownElement: an edge begins or ends at no node.
        """
        graph = nx.MultiDiGraph(name=name)
        for node in nodes:
            graph.add_node(node.id, element=node)
        for edge in edges:
            for end in (edge.source, edge.target):
                if end not in graph:
                    raise UnknownElement(end, graph)
            graph.add_edge(edge.source, edge.target, key=edge.key, element=edge)
        return cls(name, graph, language or {}, declared)

    def __repr__(self) -> str:
        return f"<DesignModel of {self.name}: {len(self.nodes())} nodes, {len(self.edges())} edges>"

    def _repr_html_(self) -> str:
        from bookdelivery.design.drawing import board  # noqa: PLC0415 - the pictures are drawn from this module's class

        return board(self)._repr_html_()

    # --- asking -------------------------------------------------------------------------------------------------------

    @cached_property
    def _nodes_by_kind(self) -> Mapping[NodeKind | None, tuple[Node, ...]]:
        everything = tuple(node for _, node in self.graph.nodes(data="element"))
        return {None: everything, **{kind: tuple(n for n in everything if n.kind is kind) for kind in NodeKind}}

    @cached_property
    def _edges_by_kind(self) -> Mapping[EdgeKind | None, tuple[Edge, ...]]:
        everything = tuple(edge for _, _, edge in self.graph.edges(data="element"))
        return {None: everything, **{kind: tuple(e for e in everything if e.kind is kind) for kind in EdgeKind}}

    def nodes(self, kind: NodeKind | None = None, *, context: str | None = None) -> tuple[Node, ...]:
        """Give the nodes of a kind, or all, in the order declared; only one context's, if given."""
        nodes = self._nodes_by_kind[kind]
        return nodes if context is None else tuple(node for node in nodes if node.context == context)

    def edges(self, kind: EdgeKind | None = None) -> tuple[Edge, ...]:
        """Give the edges of a kind, or all, in the order declared."""
        return self._edges_by_kind[kind]

    def contexts(self) -> tuple[Node, ...]:
        """Give the contexts in the order declared."""
        return self.nodes(NodeKind.CONTEXT)

    def __contains__(self, id: object) -> bool:
        return id in self.graph

    def node(self, id: str) -> Node:
        """Give the node with this id.

        Raises:
            UnknownElement: there is none; names those most like it.
        """
        if id not in self.graph:
            raise UnknownElement(id, self.graph)
        node: Node = self.graph.nodes[id]["element"]
        return node

    def find(self, name: str, *kinds: NodeKind) -> Node:
        """Give the node that somebody means: by id, or by name or Korean name if only one has it.

        Args:
            name: `event:OrderPlaced`, `OrderPlaced`, `orderplaced` or a Korean name.
            kinds: the kinds it may be of, the likeliest first; all by default. Where several kinds have the name
                (the context and the topic of one name), the likeliest is meant.

        Raises:
            UnknownElement: nothing is called so, or several of one kind are.
        """
        kinds = kinds or tuple(NodeKind)
        if name in self.graph and self.node(name).kind in kinds:
            return self.node(name)
        wanted = name.casefold()
        for kind in kinds:
            called = [n for n in self.nodes(kind) if wanted in (n.id.casefold(), n.name.casefold(), n.korean)]
            if len(called) == 1:
                return called[0]
            if called:
                raise UnknownElement(name, [node.id for node in called])
        raise UnknownElement(name, [label for kind in kinds for n in self.nodes(kind) for label in (n.name, n.id)])

    def outgoing(self, id: str, *kinds: EdgeKind) -> tuple[Edge, ...]:
        """Give the edges that begin here, of these kinds or all."""
        return tuple(edge for _, _, edge in self.graph.out_edges(id, data="element") if not kinds or edge.kind in kinds)

    def incoming(self, id: str, *kinds: EdgeKind) -> tuple[Edge, ...]:
        """Give the edges that end here, of these kinds or all."""
        return tuple(edge for _, _, edge in self.graph.in_edges(id, data="element") if not kinds or edge.kind in kinds)

    def successors(self, id: str, *kinds: EdgeKind) -> tuple[Node, ...]:
        """Give the nodes that edges of these kinds (or any) lead to from here, each once."""
        return tuple(self.node(target) for target in dict.fromkeys(edge.target for edge in self.outgoing(id, *kinds)))

    def predecessors(self, id: str, *kinds: EdgeKind) -> tuple[Node, ...]:
        """Give the nodes from which edges of these kinds (or any) lead here, each once."""
        return tuple(self.node(source) for source in dict.fromkeys(edge.source for edge in self.incoming(id, *kinds)))

    # --- exports ------------------------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """Write it as JSON: sorted and indented, so that the same design gives the same bytes and `diff` reads well."""
        return exports.to_json(self.name, self.nodes(), self.edges(), self.language)

    @classmethod
    def from_json(cls, text: str | bytes, where: str = "the text") -> DesignModel:
        """Read what `to_json` wrote.

        Args:
            text: the JSON.
            where: how to call it in errors.

        Raises:
            UnreadableModel: it is no such JSON; says what is wrong.
            UnknownElement: an edge in it begins or ends at no node.
        """
        return cls.built(*exports.from_json(text, where))

    def to_graphml(self) -> str:
        """Write it as GraphML 1.0, for Gephi, yEd and the like."""
        return exports.to_graphml(self.name, self.nodes(), self.edges())

    def to_pandas(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Give a table of nodes (indexed by id) and a table of edges, in the order declared."""
        return exports.to_pandas(self.nodes(), self.edges())
