"""The adapters that a configuration puts on the ports of each context, added to the design.

Adapters are chosen by URL. A configuration names, for a port, one URL or several; what stands directly under `adapters`
goes for every context that has such a port, what stands under a context's name for that one alone::

    [adapters]
    Store = "postgresql://db/shop"
    Broker = "kafka://broker:9092"
    Commands = ["http://:8088", "grpc://:9088"]

    [adapters.delivery]
    Store = "redis://cache"

    [adapters.payment]
    PaymentProvider = "https://provider.example"

What a context listens to comes from the broker it publishes to, so `Broker` goes for the port `Events`, too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bookdelivery.design.elements import Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.errors import UnknownElement
from bookdelivery.design.model import DesignModel
from bookdelivery.design.reading import id_of
from bookdelivery.kernel.errors import BookdeliveryError, InvalidField

Configuration = Mapping[str, str | Sequence[str] | Mapping[str, str | Sequence[str]]]
"""For a port, its URL or URLs; for a context, such a mapping of its own."""

TECHNOLOGIES: Mapping[str, str] = {
    "file": "files",
    "grpc": "gRPC",
    "grpcs": "gRPC",
    "http": "REST",
    "https": "REST",
    "kafka": "Kafka",
    "mariadb": "MariaDB",
    "memory": "in memory",
    "mysql": "MySQL",
    "postgresql": "PostgreSQL",
    "python": "in process",
    "redis": "Redis",
    "sqlite": "SQLite",
}
"""What an adapter is called, by its URL's scheme; any other scheme goes by its own name."""

_EMBEDDED = {
    "Store": "memory://",
    "Broker": "memory://",
    "Commands": "python://send",
    "Views": "python://read",
    "Requests": "python://send",
}


class UnreadableConfiguration(BookdeliveryError, ValueError):
    """A configuration file cannot be read, or has no adapters in it.

    Attributes:
        where: the file.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where


def read_configuration(path: str | Path) -> Configuration:
    """Read the table `adapters` of a TOML file.

    Raises:
        UnreadableConfiguration: the file cannot be read, is no TOML or has no such table.
    """
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableConfiguration(str(path), f"cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableConfiguration(str(path), f"is no TOML ({error})") from error
    adapters = document.get("adapters")
    if not isinstance(adapters, dict):
        raise UnreadableConfiguration(str(path), "has no table [adapters]")
    return adapters


def embedded(model: DesignModel) -> Configuration:
    """Give what runs where nothing is configured: everything in one process, its data in memory."""
    ports = {port.name for port in model.nodes(NodeKind.PORT)}
    return {name: url for name, url in _EMBEDDED.items() if name in ports}


def with_adapters(model: DesignModel, configuration: Configuration) -> DesignModel:
    """Give the same design with the configured adapters behind its ports.

    Args:
        model: the design.
        configuration: as read from a file; see `embedded` for what runs without one.

    Raises:
        UnknownElement: it names a context that there is not, or a port that no context, or not that one, has.
        InvalidField: what it names for a port is no URL.
    """
    nodes, edges = list(model.nodes()), list(model.edges())
    for port, url in _chosen(model, configuration):
        adapter = _adapter(port, url)
        nodes.append(adapter)
        edges.append(Edge(source=adapter.id, target=port.id, kind=EdgeKind.IMPLEMENTS))
        edges += [Edge(source=adapter.id, target=id, kind=EdgeKind.REACHES) for id in _behind(model, port)]
    return DesignModel.built(model.name, nodes, edges, model.language, model.declared)


def _chosen(model: DesignModel, configuration: Configuration) -> Iterator[tuple[Node, str]]:
    """Give every port that something is configured for, once for each of its URLs."""
    contexts = {context.name for context in model.contexts()}
    own = {name: given for name, given in configuration.items() if isinstance(given, Mapping)}
    general = {name: given for name, given in configuration.items() if not isinstance(given, Mapping)}
    ports = {(port.context or "", port.name): port for port in model.nodes(NodeKind.PORT)}
    for context, given in own.items():
        if context not in contexts:
            raise UnknownElement(context, sorted(contexts))
        _know(given, [name for home, name in ports if home == context])
    _know(general, sorted({name for _, name in ports}))
    for (context, name), port in ports.items():
        # A context hears events over the broker that it states its own on.
        names = (name, "Broker") if name == "Events" else (name,)
        chosen = next((given[n] for given in (own.get(context, {}), general) for n in names if n in given), ())
        for url in (chosen,) if isinstance(chosen, str) else chosen:
            yield port, url


def _know(given: Mapping[str, Any], known: Sequence[str]) -> None:
    allowed = {*known, "Broker"}
    for name in given:
        if name not in allowed:
            raise UnknownElement(name, sorted(allowed))


def _adapter(port: Node, url: str) -> Node:
    parts = urlsplit(url)
    if not parts.scheme:
        raise InvalidField(f"adapters.{port.context}", port.name, url, "a URL, such as sqlite:///shop.db")
    # A password in a configuration is nothing to draw.
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
    if shown.endswith(":") or parts.netloc == parts.path == "":
        shown = f"{parts.scheme}://"
    return Node(
        id=id_of(NodeKind.ADAPTER, f"{port.name} {shown}", port.context or ""),
        kind=NodeKind.ADAPTER,
        name=TECHNOLOGIES.get(parts.scheme, parts.scheme),
        context=port.context,
        facts={"sort": shown, "url": shown},
    )


def _behind(model: DesignModel, port: Node) -> tuple[str, ...]:
    """Give what an adapter on this port talks to, as far as the design knows it."""
    context = id_of(NodeKind.CONTEXT, port.context or "")
    match port.name:
        case "Store":
            found = model.nodes(NodeKind.STORE, context=port.context)
        case "Broker":
            found = model.successors(context, EdgeKind.PUBLISHES)
        case "Events":
            found = model.predecessors(context, EdgeKind.SUBSCRIBES)
        case _:
            found = tuple(model.successors(port.id, EdgeKind.REACHES))
    return tuple(node.id for node in found)
