"""A file of Protocol Buffers as text, for other people's compilers (https://protobuf.dev/reference/protobuf/proto3-spec/)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from bookdelivery.adapters.protobuf.naming import json_name, snake
from bookdelivery.adapters.protobuf.shapes import Field, File, Message, Method

_HEAD = """\
// Written from the declarations by `bookdelivery design proto`. A field's number is drawn from its name
// (docs/explanation/decisions/0011), so that it stays the same whatever comes and goes around it.

syntax = "proto3";
"""


def to_proto(file: File) -> str:
    """Write a file."""
    return "\n".join(_lines(file)) + "\n"


def _lines(file: File) -> Iterator[str]:
    yield _HEAD
    yield f"package {file.package};"
    yield ""
    for path in file.imports:
        yield f'import "{path}";'
        yield ""
    yield from _comment(file.service.doc, "")
    yield f"service {file.service.name} {{"
    for place, method in enumerate(file.service.methods):
        if place:
            yield ""
        yield from _comment(method.doc, "  ")
        yield f"  rpc {method.name}({method.request}) returns ({_returned(method)});"
    yield "}"
    for message in file.messages:
        yield ""
        yield from _message(message, "")


def _returned(method: Method) -> str:
    return f"stream {method.response}" if method.streams else method.response


def _message(message: Message, indent: str) -> Iterator[str]:
    yield from _comment(message.doc, indent)
    if not (message.fields or message.inner):
        yield f"{indent}message {message.name} {{}}"
        return
    yield f"{indent}message {message.name} {{"
    inside = indent + "  "
    for inner in message.inner:
        yield from _message(inner, inside)
    choices = dict.fromkeys(field.oneof for field in message.fields if field.oneof)
    for choice in choices:
        yield f"{inside}oneof {choice} {{"
        for field in message.fields:
            if field.oneof == choice:
                yield from _field(field, inside + "  ")
        yield f"{inside}}}"
    for field in message.fields:
        if not field.oneof:
            yield from _field(field, inside)
    yield f"{indent}}}"


def _field(field: Field, indent: str) -> Iterator[str]:
    name = snake(field.name)
    label = "optional " if field.optional else "repeated " if field.repeated else ""
    kind = f"map<string, {field.type}>" if field.keyed else field.type
    said = "" if json_name(name) == field.name else f' [json_name = "{field.name}"]'
    yield from _comment(field.doc, indent)
    yield f"{indent}{label}{kind} {name} = {field.number}{said};"


def _comment(text: str, indent: str) -> Iterator[str]:
    for line in textwrap.wrap(text, 110 - len(indent)):
        yield f"{indent}// {line}"
