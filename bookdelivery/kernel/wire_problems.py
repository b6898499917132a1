"""Everything that is wrong with a body, field by field; only asked once reading it has failed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, get_args, get_origin

import attrs
import cattrs

from bookdelivery.kernel.errors import InvalidField, shorten
from bookdelivery.kernel.wire_fields import READING_FAILED, allowed_for, is_flat, wire_name

_BAD = object()
"""Stands for a value that could not be made."""


def problems_of(cls: type[Any], body: object, converter: cattrs.Converter) -> tuple[str, ...]:
    """List every problem a body has as a form of this class, in the order of its fields, each naming its field.

    Args:
        cls: the attrs class, its types resolved.
        body: what was to be read.
        converter: reads the plain values.
    """
    found: list[str] = []
    _object(cls, body, "", converter, found)
    return tuple(found)


def _object(cls: type[Any], body: object, path: str, converter: cattrs.Converter, found: list[str]) -> Any:
    if not isinstance(body, Mapping):
        found.append(f"{path.rstrip('.') or 'the body'} is {shorten(body)}, but must be an object")
        return _BAD
    values: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for field in attrs.fields(cls):
        mine = problems[field.name] = []
        name = wire_name(field.name)
        if is_flat(field):
            values[field.name] = _object(field.type or object, body, path, converter, mine)
        elif name in body:
            values[field.name] = _value(field.type, body[name], path + name, converter, mine)
        elif field.init and field.default is attrs.NOTHING:
            mine.append(f"{path}{name} is missing, but must be {allowed_for(field.type)}")
    good = {name: value for name, value in values.items() if value is not _BAD}
    _validate(cls, good, path, problems)
    mine = [problem for problems_of_one in problems.values() for problem in problems_of_one]
    found += mine
    return _BAD if mine else _make(cls, good, path, found)


def _value(kind: Any, value: object, name: str, converter: cattrs.Converter, found: list[str]) -> Any:
    inner = [argument for argument in get_args(kind) if argument not in (Ellipsis, type(None))]
    if value is not None and type(None) in get_args(kind) and not isinstance(value, bool | int | float | str):
        return _value(inner[0], value, name, converter, found)
    if isinstance(kind, type) and attrs.has(kind) and isinstance(value, Mapping):
        return _object(kind, value, f"{name}.", converter, found)
    if get_origin(kind) in (tuple, list) and isinstance(value, list):
        elements = [_value(inner[0], one, f"{name}[{place}]", converter, found) for place, one in enumerate(value)]
        return _BAD if any(element is _BAD for element in elements) else get_origin(kind)(elements)
    try:
        return converter.structure(value, kind)
    except READING_FAILED:
        found.append(f"{name} is {shorten(value)}, but must be {allowed_for(kind)}")
        return _BAD


def _validate(cls: type[Any], values: Mapping[str, Any], path: str, problems: Mapping[str, list[str]]) -> None:
    # The class's own checks stop at the first; a blank instance to ask them on lets every field have its say.
    blank = object.__new__(cls)
    fields = [field for field in attrs.fields(cls) if field.name in values]
    for field in fields:
        object.__setattr__(blank, field.name, values[field.name])
    for field in fields:
        name = path + wire_name(field.name)
        # A check that also asks a field which is missing or wrong can say nothing yet.
        with suppress(AttributeError):
            try:
                value = values[field.name]
                if field.converter is not None:
                    value = field.converter(value)
                if field.validator is not None:
                    field.validator(blank, field, value)
            except InvalidField as error:
                problems[field.name].append(f"{name} is {shorten(error.value)}, but must be {error.allowed}")
            except (ValueError, TypeError) as error:
                problems[field.name].append(f"{name} is wrong: {error}")


def _make(cls: type[Any], values: Mapping[str, Any], path: str, found: list[str]) -> Any:
    try:
        return cls(**{field.alias: values[field.name] for field in attrs.fields(cls) if field.name in values})
    except (ValueError, TypeError) as error:
        found.append(f"{path.rstrip('.') or 'the body'} is wrong: {error}")
        return _BAD
