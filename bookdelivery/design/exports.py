"""A model as text for other programs, and as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import networkx as nx
import orjson
import pandas as pd

from bookdelivery.design.elements import Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.errors import UnreadableModel

FORMAT = "bookdelivery-design"
VERSION = 1
"""Of the form of the JSON; counts up when a reader of the old form could not read the new one."""


def to_json(name: str, nodes: Iterable[Node], edges: Iterable[Edge], language: Mapping[str, str]) -> str:
    """Write a model as JSON, nodes by id, edges by their ends and kind, keys sorted."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "language": dict(language),
        "nodes": [_node(node) for node in sorted(nodes, key=lambda node: node.id)],
        "edges": [_edge(edge) for edge in sorted(edges, key=lambda edge: (edge.source, edge.target, edge.key))],
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(document, option=options).decode()


def from_json(text: str | bytes, where: str) -> tuple[str, list[Node], list[Edge], dict[str, str]]:
    """Read what `to_json` wrote: the name, the nodes, the edges, the language.

    Raises:
        UnreadableModel: it is no such JSON; says what is wrong.
    """
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableModel(where, f"is no JSON ({error})") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnreadableModel(where, f"is no model written by `bookdelivery design model`: its format is not {FORMAT}")
    if document.get("version") != VERSION:
        problem = f"has version {document.get('version')!r} of the form, but only {VERSION} can be read"
        raise UnreadableModel(where, problem)
    try:
        nodes = [Node(**{**given, "kind": NodeKind(given["kind"])}) for given in document["nodes"]]
        edges = [Edge(**{**given, "kind": EdgeKind(given["kind"])}) for given in document["edges"]]
        return str(document["name"]), nodes, edges, dict(document["language"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableModel(where, f"has a node or edge that is none ({type(error).__name__}: {error})") from error


def to_graphml(name: str, nodes: Sequence[Node], edges: Sequence[Edge]) -> str:
    """Write a model as GraphML 1.0; what is nested (schemas, facts) stands in it as JSON text."""
    graph = nx.MultiDiGraph(name=name)
    for node in sorted(nodes, key=lambda node: node.id):
        graph.add_node(node.id, **_flat(_node(node), without="id"))
    for edge in sorted(edges, key=lambda edge: (edge.source, edge.target, edge.key)):
        data = {key: value for key, value in _flat(_edge(edge)).items() if key not in ("source", "target")}
        graph.add_edge(edge.source, edge.target, **data)
    return "\n".join(nx.generate_graphml(graph, named_key_ids=True)) + "\n"


def to_pandas(nodes: Sequence[Node], edges: Sequence[Edge]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give a table of nodes, indexed by id, and a table of edges, in the order given."""
    node_columns = ("id", "kind", "name", "context", "korean", "doc", "file", "line")
    edge_columns = ("source", "target", "kind", "via")
    node_rows = [[_cell(getattr(node, column)) for column in node_columns] for node in nodes]
    edge_rows = [[_cell(getattr(edge, column)) for column in edge_columns] for edge in edges]
    table = pd.DataFrame(node_rows, columns=list(node_columns)).set_index("id")
    return table, pd.DataFrame(edge_rows, columns=list(edge_columns))


def _cell(value: Any) -> Any:
    return "" if value is None else str(value) if isinstance(value, str) else value


def _node(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "kind": str(node.kind),
        "name": node.name,
        "context": node.context,
        "korean": node.korean,
        "doc": node.doc,
        "file": node.file,
        "line": node.line,
        "schema": node.schema,
        "facts": node.facts,
    }


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "source": edge.source,
        "target": edge.target,
        "kind": str(edge.kind),
        "via": edge.via,
        "facts": edge.facts,
    }


def _flat(given: Mapping[str, Any], without: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in given.items():
        if key != without and value not in (None, "", {}):
            nested = isinstance(value, Mapping)
            flat[key] = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode() if nested else value
    return flat
