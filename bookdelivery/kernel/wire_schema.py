"""JSON Schema (draft 2020-12) of what goes over the wire, read from the classes that write and read it.

Limits come from the fields' checks: each check of `bookdelivery.kernel.values` says what it allows (`limits_of`), and a
check of your own does so when it is decorated with `allowing`. A check that says nothing leaves a field as wide as its
type.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from bookdelivery.kernel.messages import Event
from bookdelivery.kernel.values import Won, limits_of
from bookdelivery.kernel.wire_fields import is_flat, wire_name
from bookdelivery.kernel.wire_time import STAMP

Schema = dict[str, Any]

_PLAIN: Mapping[Any, Schema] = {
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    Won: {"type": "integer", "minimum": 0},
    Any: {},
}


def schema_of(cls: type[Any]) -> Schema:
    """Give the schema of a message's body, or of a stored object, as it stands on the wire.

    Readers ignore fields they do not know, so further properties are allowed. An event's body also has its type and
    time, as `bookdelivery.kernel.wire` writes them.

    Raises:
        NameError: the type of a field cannot be resolved.
    """
    schema = _object(cls)
    if issubclass(cls, Event):
        own = schema["properties"]
        schema["properties"] = {
            "eventType": {"const": cls.__name__},
            "timestamp": {"type": "string", "pattern": STAMP},
            **own,
        }
        schema["required"] = ["eventType", "timestamp", *schema.get("required", [])]
    return {"title": cls.__name__, **schema}


def reply_schema_of(command: type[Any]) -> Schema | None:
    """Give the schema of what a command answers (`Command[OrderReceipt]`); None where it only answers that it is done.

    An event as an answer stands for its fields; it does not carry the type and time that it has on the topic.
    """
    for base in getattr(command, "__orig_bases__", ()):
        for reply in get_args(base):
            if reply is None or reply is NoneType:
                return None
            return _of_type(reply)
    return None


def types_of(cls: type[Any]) -> Mapping[str, Any]:
    """Give the types of an attrs class's fields, by their names, with annotations that are text evaluated.

    `attrs.resolve_types` does so too, but anew for every class and all that it inherits, which takes most of the time
    where there are thousands of messages.

    Raises:
        NameError: a type cannot be resolved.
    """
    return {field.name: _evaluated(cls, field) for field in attrs.fields(cls)}


def _evaluated(cls: type[Any], field: attrs.Attribute[Any]) -> Any:
    annotation: Any = field.type
    if not isinstance(annotation, str):
        return annotation
    owner = next(one for one in cls.__mro__ if field.name in vars(one).get("__annotations__", {}))
    return _evaluated_in(owner.__module__, annotation)


@cache
def _evaluated_in(module: str, annotation: str) -> Any:
    return get_type_hints(SimpleNamespace(__annotations__={"it": annotation}), vars(sys.modules[module]))["it"]


def _object(cls: type[Any]) -> Schema:
    types = types_of(cls)
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for field in attrs.fields(cls):
        kind = types[field.name]
        if is_flat(field) and isinstance(kind, type):
            part = _object(kind)
            properties.update(part["properties"])
            required += part.get("required", [])
        else:
            properties[wire_name(field.name)] = _of_field(field, kind)
            if field.default is attrs.NOTHING:
                required.append(wire_name(field.name))
    schema: Schema = {"type": "object", "properties": properties}
    return {**schema, "required": required} if required else schema


def _of_field(field: attrs.Attribute[Any], kind: Any) -> Schema:
    limits = limits_of(field.validator)
    if get_origin(kind) in (Union, UnionType):
        inner = [argument for argument in get_args(kind) if argument is not NoneType]
        if len(inner) == 1:
            return {"anyOf": [{**_of_type(inner[0]), **limits}, {"type": "null"}]}
    return {**_of_type(kind), **limits}


def _of_type(kind: Any) -> Schema:
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if isinstance(kind, type) and attrs.has(kind):
        return _object(kind)
    return _of_parts(get_origin(kind), [argument for argument in get_args(kind) if argument is not Ellipsis])


def _of_parts(origin: Any, inner: list[Any]) -> Schema:
    if origin in (Union, UnionType):
        return {"anyOf": [{"type": "null"} if argument is NoneType else _of_type(argument) for argument in inner]}
    if origin in (tuple, list):
        return {"type": "array", "items": _of_type(inner[0])}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _of_type(inner[-1])}
    return {}
