"""From a scenario to what a file says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookdelivery.simulation.distributions import FromScipy
from bookdelivery.simulation.scenario.model import Scenario
from bookdelivery.simulation.scenario.problems import NoFileFormat
from bookdelivery.simulation.scenario.reading import KIND
from bookdelivery.simulation.scenario.shapes import (
    Entries,
    Field,
    Items,
    Kinds,
    Maybe,
    OnlyInPython,
    Shape,
    Table,
    Word,
    fields,
)


def write(scenario: Scenario) -> dict[str, Any]:
    """Make tables, lists, texts and numbers of a scenario; what is as by default is left out.

    Raises:
        NoFileFormat: something in it was written in Python, such as a load or a fault of your own.
    """
    return _table(scenario, "")


def plain_default(field: Field) -> Any:
    """Say what a field holds when nothing is given; None where that depends on other fields.

    Raises:
        NoFileFormat: no file can say it.
    """
    default: Any = field.attribute.default
    if getattr(default, "takes_self", False):
        return None
    return _value(field.shape, field.default(None), field.name)


def _table(thing: Any, key: str) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for field in fields(type(thing)):
        value = getattr(thing, field.name)
        if field.is_required or value != field.default(thing):
            data[field.name] = _value(field.shape, value, f"{key}.{field.name}" if key else field.name)
    return data


def _value(shape: Shape, value: Any, key: str) -> Any:
    said = value
    match shape:
        case Maybe(inner, nothing):
            said = False if value is nothing else _value(inner, value, key)
        case Kinds():
            said = _kind(shape, value, key)
        case Table(cls):
            if type(value) is not cls:
                raise NoFileFormat(key, value, f"a file makes it a {cls.__name__}")
            said = _table(value, key)
        case Entries(inner):
            said = {name: _value(inner, each, f"{key}.{name}") for name, each in value.items()}
        case Items(inner):
            said = [_value(inner, each, f"{key}[{place}]") for place, each in enumerate(value)]
        case Word():
            said = value.value
        case OnlyInPython():
            raise NoFileFormat(key, value, "it is a function")
        case _:
            said = _plain(value)
    return said


def _kind(kinds: Kinds, value: Any, key: str) -> Any:
    kind = kinds.kind_of(value)
    if kind is None:
        raise NoFileFormat(key, value, f"{kinds.noun} in a file is one of {', '.join(kinds.classes)}")
    if isinstance(value, FromScipy) and value.is_own:
        raise NoFileFormat(key, value, "scipy.stats does not have it")
    table = _table(value, key)
    if type(value) is kinds.number:
        (only,) = table.values()
        return only
    return table if kind == kinds.usual else {KIND: kind, **table}


def _plain(value: Any) -> Any:
    """Give lists and tables where Python has tuples and other mappings."""
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return value
