"""The contracts of a system for other programs: AsyncAPI, OpenAPI, JSON Schemas and Protocol Buffers, as documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bookdelivery.adapters.protobuf.offered import called, offered
from bookdelivery.adapters.protobuf.shapes import File
from bookdelivery.adapters.protobuf.text import to_proto
from bookdelivery.design.contracts import asyncapi, json_schemas, openapi, to_json, to_yaml
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.context import Context
from bookdelivery.services.design_source import contexts_of
from bookdelivery.services.design_text import emit


def contracts(model: DesignModel, contexts: Sequence[Context] = ()) -> Mapping[str, str]:
    """Give every contract of a design, by its path: the events, what can be asked over HTTP, and over gRPC.

    Args:
        model: the design.
        contexts: those it was made from; without them nothing is said of gRPC.
    """
    return {
        "asyncapi.yaml": to_yaml(asyncapi(model)),
        "schemas.json": to_json(json_schemas(model)),
        **{
            f"openapi-{context.name}.yaml": to_yaml(openapi(model, context.name, internal=True))
            for context in model.contexts()
        },
        **{f"proto/{file.path}": to_proto(file) for file in proto_files(contexts)},
    }


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


def write_protos(of: str, directory: Path) -> int:
    """Write them below a directory, from which compilers then import them.

    Raises:
        UnwritableOutput: one cannot be written.
    """
    for file in proto_files(contexts_of(of)):
        emit(to_proto(file), directory / file.path)
    return 0
