"""Messages made from JSON Schemas, which are in turn made from the classes (`bookdelivery.kernel.wire_schema`).

Each field can tell whether it was left out (proto3's `optional`), as in JSON. Enumerations are text: the words of the
published language, on every wire the same. Whole numbers are `int64`, since that is what ids and sums in won need.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from bookdelivery.adapters.protobuf.naming import capital, check_numbers, checked, number_of
from bookdelivery.adapters.protobuf.shapes import ANYTHING, Field, Message
from bookdelivery.kernel.errors import WronglyDeclared

Schema = Mapping[str, Any]

_SCALARS = {"integer": "int64", "number": "double", "string": "string", "boolean": "bool"}


def message_of(name: str, schema: Schema, *, doc: str = "", korean: Mapping[str, str] | None = None) -> Message:
    """Make a message of an object's schema.

    Args:
        name: the message's.
        schema: the object's.
        doc: what it is.
        korean: the Korean names of its fields, by their names in JSON.

    Raises:
        WronglyDeclared: a field has no form in Protocol Buffers.
    """
    return _Message(checked(name, name), name, korean or {}).made(schema, doc)


def fields_of(where: str, **types: str) -> tuple[Field, ...]:
    """Make single fields of given types, by their names in JSON."""
    check_numbers(where, list(types))
    return tuple(Field(name=name, type=kind, number=number_of(name)) for name, kind in types.items())


@attrs.define
class _Message:
    """A message in the making."""

    name: str
    path: str
    korean: Mapping[str, str]
    inner: list[Message] = attrs.field(factory=list)

    def made(self, schema: Schema, doc: str) -> Message:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        fields = tuple(self._field(name, one) for name, one in properties.items())
        check_numbers(self.path, list(properties))
        return Message(name=self.name, fields=fields, inner=tuple(self.inner), doc=doc)

    def _field(self, name: str, schema: Schema) -> Field:
        where = f"{self.path}.{name}"
        checked(name, where)
        single = _without_null(schema)
        doc = "; ".join(part for part in (self.korean.get(name, ""), _allowed(single)) if part)
        if single.get("type") == "array":
            kind = self._type(name, single.get("items", {}), f"{where}[]")
            return Field(name=name, type=kind, number=number_of(name), repeated=True, doc=doc)
        if "additionalProperties" in single:
            kind = self._type(name, single["additionalProperties"], f"{where}[]")
            return Field(name=name, type=kind, number=number_of(name), keyed=True, doc=doc)
        return Field(name=name, type=self._type(name, single, where), number=number_of(name), doc=doc)

    def _type(self, name: str, schema: Schema, where: str) -> str:
        if not schema:
            return ANYTHING
        if "enum" in schema or "const" in schema:
            values = schema.get("enum", [schema.get("const")])
            if not all(isinstance(value, str) for value in values):
                raise WronglyDeclared(where, "is an enumeration of other things than text, which has no form in gRPC")
            return "string"
        if schema.get("type") in _SCALARS:
            return _SCALARS[schema["type"]]
        if schema.get("type") == "object" and "properties" in schema:
            part = _Message(checked(capital(name), where), f"{self.path}.{capital(name)}", self.korean)
            self.inner.append(part.made(schema, ""))
            return part.path
        raise WronglyDeclared(where, f"has no form in Protocol Buffers: {dict(schema)}")


def _without_null(schema: Schema) -> Schema:
    several = schema.get("anyOf")
    if several is None:
        return schema
    real = [one for one in several if one.get("type") != "null"]
    return real[0] if len(real) == 1 else schema


def _allowed(schema: Schema) -> str:
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f"{least} to {most}"
    if least is not None:
        return f"at least {least}"
    if "maxLength" in schema:
        return f"at most {schema['maxLength']} characters"
    return ""
