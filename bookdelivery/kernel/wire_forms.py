"""How whole classes stand on the wire: the writer and the reader made for each, once, when a codec is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.orjson import make_converter as make_orjson_converter

from bookdelivery.kernel.errors import WronglyDeclared
from bookdelivery.kernel.messages import Event, Message
from bookdelivery.kernel.wire_fields import is_flat, member_of, teach, types_in, wire_name

RESERVED = {"eventType": "the type of every event", "timestamp": "the time of every event"}
"""What an event's body holds beside the event's own fields."""


@attrs.frozen
class Form:
    """A class with its two ways over the wire.

    Attributes:
        cls: the class.
        write: gives an instance's fields as a dict in the wire's names.
        read: makes an instance of a dict; the second argument is the class again.
    """

    cls: type[Any]
    write: Callable[[Any], dict[str, Any]]
    read: Callable[[Any, Any], Any]


def make_converter() -> Converter:
    """Make a converter that knows the wire's plain values and makes readers and writers for attrs classes."""
    converter = make_orjson_converter(detailed_validation=False)
    teach(converter)
    converter.register_structure_hook_factory(attrs.has, lambda cls: _reader(cls, converter))
    converter.register_unstructure_hook_factory(attrs.has, lambda cls: _writer(cls, converter))
    return converter


def forms_of(classes: Iterable[type[Any]], converter: Converter) -> dict[str, Form]:
    """Make each class's form, by its name.

    Raises:
        WronglyDeclared: two classes share a name, or one has no form on the wire.
    """
    forms: dict[str, Form] = {}
    for cls in classes:
        other = forms.get(cls.__name__)
        if other is None:
            _check(cls, converter)
            write, read = converter.get_unstructure_hook(cls), converter.get_structure_hook(cls)
            forms[cls.__name__] = Form(cls, write, read)
        elif other.cls is not cls:
            raise WronglyDeclared(place(cls), f"has the name of {place(other.cls)}; names are unique on the wire")
    return forms


def place(cls: type[Any]) -> str:
    """Say where a class is defined, for error messages."""
    return f"{cls.__module__}.{cls.__qualname__}"


def _check(cls: type[Any], converter: Converter) -> None:
    _look_through(cls, converter, within=())
    names = dict(RESERVED) if issubclass(cls, Event) else {}
    for name, where in _names_in(cls):
        if name in names:
            raise WronglyDeclared(where, f"is called {name} on the wire, and so is {names[name]}")
        names[name] = where
    if issubclass(cls, Message):
        missing = [version for version in range(1, cls.schema_version) if version not in cls.upcasters]
        if missing:
            raise WronglyDeclared(place(cls), f"has no upcaster for schema version {missing[0]}")
    fields = {field.name for field in attrs.fields(cls)}
    if issubclass(cls, Event) and cls.correlation_key not in fields:
        raise WronglyDeclared(place(cls), f"its correlation key {cls.correlation_key!r} is none of its fields")


def _look_through(cls: type[Any], converter: Converter, within: tuple[type[Any], ...]) -> None:
    if not attrs.has(cls):
        raise WronglyDeclared(place(cls), "is no attrs class; decorate it with @attrs.frozen")
    try:
        attrs.resolve_types(cls)
    except NameError as error:
        raise WronglyDeclared(place(cls), f"the type of a field cannot be resolved: {error}") from error
    for field in attrs.fields(cls):
        where = f"{place(cls)}.{field.name}"
        if is_flat(field) and not (isinstance(field.type, type) and attrs.has(field.type)):
            raise WronglyDeclared(where, "is marked FLAT, but its type is not an attrs class")
        for kind in types_in(field.type, where):
            if not attrs.has(kind):
                converter.register_structure_hook(kind, member_of(kind))
                converter.register_unstructure_hook(kind, attrgetter("_value_"))
            elif kind is cls or kind in within:
                raise WronglyDeclared(where, f"holds {kind.__name__} within itself, which has no form on the wire")
            else:
                _look_through(kind, converter, (*within, cls))


def _names_in(cls: type[Any]) -> Iterator[tuple[str, str]]:
    for field in attrs.fields(cls):
        if is_flat(field):
            assert field.type is not None
            yield from _names_in(field.type)
        else:
            yield wire_name(field.name), f"{place(cls)}.{field.name}"


def _reader(cls: type[Any], converter: Converter) -> Callable[[Any, Any], Any]:
    read = make_dict_structure_fn(cls, converter, _cattrs_detailed_validation=False, **_renamed(cls))
    flat = _flat_names(cls)
    if not flat:
        return read

    def read_with_flat(body: Any, kind: Any) -> Any:
        return read({**body, **dict.fromkeys(flat, body)}, kind)

    return read_with_flat


def _writer(cls: type[Any], converter: Converter) -> Callable[[Any], dict[str, Any]]:
    write = make_dict_unstructure_fn(cls, converter, **_renamed(cls))
    flat = _flat_names(cls)
    if not flat:
        return write

    def write_with_flat(value: Any) -> dict[str, Any]:
        body = write(value)
        for name in flat:
            body.update(body.pop(name))
        return body

    return write_with_flat


def _renamed(cls: type[Any]) -> dict[str, Any]:
    return {
        field.name: override(rename=_key_of_flat(field) if is_flat(field) else wire_name(field.name))
        for field in attrs.fields(cls)
    }


def _flat_names(cls: type[Any]) -> list[str]:
    return [_key_of_flat(field) for field in attrs.fields(cls) if is_flat(field)]


def _key_of_flat(field: attrs.Attribute[Any]) -> str:
    # A key no field on the wire can have, under which a flat part stands by itself for a moment.
    return f"<{field.name}>"
