"""Descriptors and message classes of files, made at run time: there is no generated code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf import struct_pb2
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message as ProtoMessage
from google.protobuf.message_factory import GetMessageClass

from bookdelivery.adapters.protobuf.naming import capital, snake
from bookdelivery.adapters.protobuf.shapes import ANYTHING, Field, File, Message

_SCALARS = {
    "int64": FieldDescriptorProto.TYPE_INT64,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "string": FieldDescriptorProto.TYPE_STRING,
    "bool": FieldDescriptorProto.TYPE_BOOL,
}


class Pool:
    """The messages of some files, apart from those of any other pool in this process.

    Args:
        files: the files.
        also: file descriptors made elsewhere that readers of this pool shall find in it.
    """

    def __init__(self, files: Iterable[File], also: Iterable[Any] = ()) -> None:
        self.descriptors = DescriptorPool()
        for module in (struct_pb2, *also):
            self.descriptors.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
        for file in files:
            self.descriptors.AddSerializedFile(descriptor_of(file).SerializeToString())

    def message(self, file: File, name: str) -> type[ProtoMessage]:
        """Give the class of a message of a file, by its name.

        Raises:
            KeyError: there is none.
        """
        found: type[ProtoMessage] = GetMessageClass(self.descriptors.FindMessageTypeByName(f"{file.package}.{name}"))
        return found


def descriptor_of(file: File) -> FileDescriptorProto:
    """Describe a file, as a compiler would that reads its text."""
    described = FileDescriptorProto(name=file.path, package=file.package, syntax="proto3", dependency=file.imports)
    for message in file.messages:
        described.message_type.append(_message(message, file.package, message.name))
    service = described.service.add(name=file.service.name)
    for method in file.service.methods:
        added = service.method.add(
            name=method.name,
            input_type=f".{file.package}.{method.request}",
            output_type=f".{file.package}.{method.response}",
        )
        if method.streams:
            added.server_streaming = True
    return described


def _message(message: Message, package: str, path: str) -> DescriptorProto:
    described = DescriptorProto(name=message.name)
    for inner in message.inner:
        described.nested_type.append(_message(inner, package, f"{path}.{inner.name}"))
    # As a compiler does: the real choices first, the fields of them too, then a choice of one for each optional field.
    choices = list(dict.fromkeys(field.oneof for field in message.fields if field.oneof))
    for name in choices:
        described.oneof_decl.add(name=name)
    for field in sorted(message.fields, key=lambda one: not one.oneof):
        added = described.field.add(name=snake(field.name), number=field.number, json_name=field.name)
        if field.keyed:
            described.nested_type.append(_entry(field, package))
            added.label = FieldDescriptorProto.LABEL_REPEATED
            added.type = FieldDescriptorProto.TYPE_MESSAGE
            added.type_name = f".{package}.{path}.{described.nested_type[-1].name}"
            continue
        added.label = FieldDescriptorProto.LABEL_REPEATED if field.repeated else FieldDescriptorProto.LABEL_OPTIONAL
        _set_type(added, field.type, package)
        if field.oneof:
            added.oneof_index = choices.index(field.oneof)
        elif field.optional:
            added.proto3_optional = True
            added.oneof_index = len(described.oneof_decl)
            described.oneof_decl.add(name=f"_{added.name}")
    return described


def _set_type(described: FieldDescriptorProto, kind: str, package: str) -> None:
    if kind in _SCALARS:
        described.type = _SCALARS[kind]
    else:
        described.type = FieldDescriptorProto.TYPE_MESSAGE
        described.type_name = f".{ANYTHING}" if kind == ANYTHING else f".{package}.{kind}"


def _entry(field: Field, package: str) -> DescriptorProto:
    """Describe what a map is a list of."""
    entry = DescriptorProto(name=f"{capital(snake(field.name))}Entry")
    entry.options.map_entry = True
    key, value = (
        entry.field.add(name=name, json_name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
        for number, name in enumerate(("key", "value"), start=1)
    )
    _set_type(key, "string", package)
    _set_type(value, field.type, package)
    return entry
