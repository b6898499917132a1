"""Everything that is wrong with a body, field by field; only asked once reading it has failed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, get_args, get_origin

import attrs
import cattrs

from bookdelivery.kernel.errors import InvalidField, shorten
from bookdelivery.kernel.wire_fields import Mistyped, allowed_for, is_flat, wire_name

_BAD = object()


def problems_of(cls: type[Any], body: object, converter: cattrs.Converter) -> tuple[str, ...]:
    """List every problem a body has as a form of this class, each in one sentence that begins with the field.

    Args:
        cls: the attrs class, its types resolved.
        body: what was to be read.
        converter: reads the plain values.
    """
    found: list[str] = []
    _read(cls, body, "", converter, found)
    return tuple(found)


def _read(cls: type[Any], body: object, path: str, converter: cattrs.Converter, found: list[str]) -> Any:
    if not isinstance(body, Mapping):
        found.append(f"{path.rstrip('.') or 'the body'} is {shorten(body)}, but must be an object")
        return _BAD
    before = len(found)
    values: dict[str, Any] = {}
    for field in attrs.fields(cls):
        name = path + wire_name(field.name)
        if not field.init:
            continue
        if is_flat(field):
            values[field.name] = _read(field.type or object, body, path, converter, found)
        elif wire_name(field.name) in body:
            values[field.name] = _value(field.type, body[wire_name(field.name)], name, converter, found)
        elif field.default is attrs.NOTHING:
            found.append(f"{name} is missing, but must be {allowed_for(field.type)}")
    _validate(cls, {name: value for name, value in values.items() if value is not _BAD}, path, found)
    if len(found) > before:
        return _BAD
    return _make(cls, values, path, found)


def _value(kind: Any, value: object, name: str, converter: cattrs.Converter, found: list[str]) -> Any:
    arguments = [argument for argument in get_args(kind) if argument not in (Ellipsis, type(None))]
    if value is not None and len(arguments) == 1:
        if get_origin(kind) in (tuple, list) and isinstance(value, list):
            elements = [
                _value(arguments[0], element, f"{name}[{place}]", converter, found)
                for place, element in enumerate(value)
            ]
            return _BAD if any(element is _BAD for element in elements) else _convert(kind, value, converter)
        if type(None) in get_args(kind) and isinstance(arguments[0], type) and attrs.has(arguments[0]):
            kind = arguments[0]
    if isinstance(kind, type) and attrs.has(kind) and isinstance(value, Mapping):
        return _read(kind, value, f"{name}.", converter, found)
    result = _convert(kind, value, converter)
    if result is _BAD:
        found.append(f"{name} is {shorten(value)}, but must be {allowed_for(kind)}")
    return result


def _convert(kind: Any, value: object, converter: cattrs.Converter) -> Any:
    try:
        return converter.structure(value, kind)
    except (Mistyped, InvalidField, TypeError, LookupError):
        return _BAD


def _validate(cls: type[Any], values: Mapping[str, Any], path: str, found: list[str]) -> None:
    # The class's own checks stop at the first; a blank instance to ask them on lets every field have its say.
    blank = object.__new__(cls)
    fields = [field for field in attrs.fields(cls) if field.name in values]
    for field in fields:
        object.__setattr__(blank, field.name, values[field.name])
    for field in fields:
        # A check that also asks a field which is missing or wrong can say nothing yet.
        with suppress(AttributeError):
            try:
                value = values[field.name]
                if field.converter is not None:
                    value = field.converter(value)
                if field.validator is not None:
                    field.validator(blank, field, value)
            except InvalidField as error:
                name = path + wire_name(field.name)
                found.append(f"{name} is {shorten(error.value)}, but must be {error.allowed}")
            except (ValueError, TypeError) as error:
                found.append(f"{path}{wire_name(field.name)} is wrong: {error}")


def _make(cls: type[Any], values: Mapping[str, Any], path: str, found: list[str]) -> Any:
    try:
        return cls(**{field.alias: values[field.name] for field in attrs.fields(cls) if field.name in values})
    except (ValueError, TypeError) as error:
        found.append(f"{path.rstrip('.') or 'the body'} is wrong: {error}")
        return _BAD
