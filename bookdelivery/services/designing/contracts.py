"""The contracts of a system for other programs: AsyncAPI, OpenAPI, JSON Schemas and Protocol Buffers, as documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from bookdelivery.adapters.protobuf.offered import called, offered
from bookdelivery.adapters.protobuf.shapes import File
from bookdelivery.adapters.protobuf.text import to_proto
from bookdelivery.design.contracts import asyncapi, json_schemas, openapi, to_json, to_yaml
from bookdelivery.design.contracts.compatibility import breaks
from bookdelivery.design.contracts.consumers import expectations, read_expectations, unmet
from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.errors import UnreadableModel
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import WronglyDeclared
from bookdelivery.services.designing.source import contexts_of, design_of
from bookdelivery.services.designing.text import emit

SCHEMAS, CONSUMERS = "schemas.json", "consumers.json"
"""The documents that a change is held against."""


def contracts(model: DesignModel, contexts: Sequence[Context] = ()) -> Mapping[str, str]:
    """Give every contract of a design, by its path: the events, what can be asked over HTTP, and over gRPC.

    Args:
        model: the design.
        contexts: those it was made from; without them nothing is said of gRPC, and where one of them has no form there,
            only why.
    """
    return {
        "asyncapi.yaml": to_yaml(asyncapi(model)),
        SCHEMAS: to_json(json_schemas(model)),
        CONSUMERS: to_json([one.to_dict() for one in expectations(model)]),
        **{
            f"openapi-{context.name}.yaml": to_yaml(openapi(model, context.name, internal=True))
            for context in model.contexts()
        },
        **_protos(contexts),
    }


def _protos(contexts: Sequence[Context]) -> Mapping[str, str]:
    try:
        return {f"proto/{file.path}": to_proto(file) for file in proto_files(contexts)}
    except WronglyDeclared as error:
        # Whoever does not offer it over gRPC may declare what has no form there; all other contracts stand.
        return {"proto/why-not.txt": f"{error}\n"}


def proto_files(contexts: Sequence[Context]) -> Sequence[File]:
    """Give what contexts offer over gRPC, and what they call of one another.

    Raises:
        WronglyDeclared: something has no form in Protocol Buffers.
    """
    wanted = {call.command for context in contexts for call in context.calls}
    of_neighbours = [
        called(context.name, commands)
        for context in contexts
        if (commands := [command for command in context.commands if command in wanted])
    ]
    return (*map(offered, contexts), *of_neighbours)


def broken_by(model: DesignModel, published: Path, consumers: Sequence[Path] = ()) -> Sequence[str]:
    """Say what a design breaks of the contracts that were published before it.

    Args:
        model: the design as it is now.
        published: the directory with the documents; what is not there is not broken.
        consumers: files with expectations of programs that are not in the design.

    Raises:
        UnreadableModel: a document cannot be read.
        InvalidMessage: it is none.
    """
    schemas = json_schemas(model)
    old = _read(published / SCHEMAS) or {}
    found = [str(one) for one in breaks(old, schemas, private=private_commands(model))]
    events = {node.name: schemas[node.name] for node in model.nodes(NodeKind.EVENT) if node.name in schemas}
    for file in (published / CONSUMERS, *consumers):
        document = _read(file)
        if document is None and file in consumers:
            raise UnreadableModel(str(file), "is not there")
        found += [str(one) for one in unmet(read_expectations(document or [], str(file)), events)]
    return found


def private_commands(model: DesignModel) -> set[str]:
    """Name the commands that neither people nor other contexts send."""
    asked = {
        name
        for kind in (NodeKind.AGGREGATE, NodeKind.VIEW)
        for node in model.nodes(kind)
        for name in (*node.facts.get("offers", {}).get("posts", ()), *_actions(node))
    }
    asked |= {model.node(edge.target).name for edge in model.edges(EdgeKind.CALLS)}
    return {node.name for node in model.nodes(NodeKind.COMMAND)} - asked


def _actions(node: Node) -> Sequence[str]:
    actions: Mapping[str, str] = node.facts.get("offers", {}).get("actions", {})
    return tuple(actions.values())


def _read(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UnreadableModel(str(path), f"cannot be read: {error}") from error


# --- the commands -----------------------------------------------------------------------------------------------------


def write_contracts(of: str, directory: Path, consumers: Sequence[Path], *, accept: bool) -> int:
    """Write all contracts, unless they break what was published there.

    Raises:
        UnwritableOutput: one cannot be written.
    """
    model = design_of(of)
    found = broken_by(model, directory, consumers)
    if found and not accept:
        return refuse(found, "nothing was written; where all who are concerned agree: --accept")
    for path, text in contracts(model, contexts_of(of)).items():
        emit(text, directory / path)
    return 0


def check_contracts(of: str, directory: Path, consumers: Sequence[Path]) -> int:
    """Hold the code against the contracts that were published.

    Exit status: 0 they are the same, 1 the code breaks them, or they are old.
    """
    model = design_of(of)
    found = list(broken_by(model, directory, consumers))
    wanted = contracts(model, contexts_of(of))
    for path, text in wanted.items():
        file = directory / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            found.append(f"{file} is not what the code says now: bookdelivery design contracts {directory}")
    if found:
        return refuse(found, f"{len(found)} found")
    emit(f"{len(wanted)} contracts in {directory} are what the code says, and nothing in it breaks them.\n", None)
    return 0


def refuse(found: Sequence[str], why: str) -> int:
    """Print what was found, and what that means; gives the exit status."""
    emit("".join(f"{one}\n" for one in (*found, why)), None)
    return 1


def write_protos(of: str, directory: Path) -> int:
    """Write them below a directory, from which compilers then import them.

    Raises:
        UnwritableOutput: one cannot be written.
    """
    for file in proto_files(contexts_of(of)):
        emit(to_proto(file), directory / file.path)
    return 0
