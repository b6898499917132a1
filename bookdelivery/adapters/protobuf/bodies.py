"""Between messages of Protocol Buffers and bodies as JSON has them, by the names in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from bookdelivery.adapters.protobuf.shapes import ANYTHING

Described = Any
"""A field's descriptor, of which there is a class for each implementation of the library."""


def body_of(message: Message) -> dict[str, Any]:
    """Give a message's fields; those left out are left out, but lists and maps are there, if empty."""
    return {field.json_name: _read(message, field) for field in message.DESCRIPTOR.fields if _is_there(message, field)}


def filled(message: Message, body: Mapping[str, Any]) -> Message:
    """Fill a message, and give it back; what it has no field for, and what is None, is left out.

    Raises:
        TypeError, ValueError: a value is not of its field's type.
    """
    for field in message.DESCRIPTOR.fields:
        value = body.get(field.json_name)
        if value is not None:
            _write(message, field, value)
    return message


def _is_there(message: Message, field: Described) -> bool:
    return bool(field.is_repeated) or message.HasField(field.name)


def _read(message: Message, field: Described) -> Any:
    value = getattr(message, field.name)
    if _is_map(field):
        inner = field.message_type.fields_by_name["value"]
        return {key: _plain(value[key], inner) for key in sorted(value)}
    if field.is_repeated:
        return [_plain(one, field) for one in value]
    return _plain(value, field)


def _plain(value: Any, field: Described) -> Any:
    if field.message_type is None:
        return value
    return json_format.MessageToDict(value) if _is_anything(field) else body_of(value)


def _write(message: Message, field: Described, value: Any) -> None:
    place = getattr(message, field.name)
    if _is_map(field):
        inner = field.message_type.fields_by_name["value"]
        for key, one in value.items():
            if inner.message_type is None:
                place[key] = one
            else:
                _fill(place[key], inner, one)
    elif field.message_type is not None:
        for one in value if field.is_repeated else ():
            _fill(place.add(), field, one)
        if not field.is_repeated:
            place.SetInParent()
            _fill(place, field, value)
    elif field.is_repeated:
        place.extend(value)
    else:
        setattr(message, field.name, value)


def _fill(place: Message, field: Described, value: Any) -> None:
    if _is_anything(field):
        json_format.ParseDict(value, place)
    else:
        filled(place, value)


def _is_map(field: Described) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def _is_anything(field: Described) -> bool:
    return bool(field.message_type.full_name == ANYTHING)
