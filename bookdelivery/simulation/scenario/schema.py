"""A JSON Schema of scenario files, for editors: what keys there are, what they mean, and what they may hold.

It is read off the classes themselves: their fields, the limits their checks set, and their docstrings.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from docstring_parser import parse

from bookdelivery.resilience import settings
from bookdelivery.simulation import _checks
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
    Plain,
    Shape,
    Table,
    Word,
    fields,
    kind_name,
)
from bookdelivery.simulation.scenario.writing import plain_default

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_COUNT = {"type": "integer", "minimum": 1}
_NATURAL = {"type": "integer", "minimum": 0}
_POSITIVE = {"exclusiveMinimum": 0}
LIMITS: Mapping[Any, Mapping[str, Any]] = {
    _checks.a_time_s: {"minimum": 0},
    _checks.a_rate_or_none: {"minimum": 0},
    _checks.a_duration_s: _POSITIVE,
    _checks.a_rate: _POSITIVE,
    _checks.a_factor: _POSITIVE,
    _checks.a_probability: {"minimum": 0, "maximum": 1},
    _checks.a_count: _COUNT,
    _checks.a_limit: _NATURAL,
    _checks.a_seed: _NATURAL,
    _checks.a_name: {"type": "string", "pattern": r"\S"},
    settings.a_count: _COUNT,
    settings.a_natural: _NATURAL,
    settings.a_wait_s: _POSITIVE,
    settings.a_limit_s: _POSITIVE,
    settings.a_longest_wait_s: {"minimum": 0},
    settings.a_share: {"minimum": 0},
    settings.a_percentage: {"exclusiveMinimum": 0, "maximum": 100},
}
"""What the checks of single fields allow. Checks that compare fields are left to the reader of files."""

_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean", list: "array"}


def scenario_schema() -> dict[str, Any]:
    """Make the schema. The same classes give the same schema, to the last byte once it is written sorted."""
    definitions: dict[str, Any] = {}
    whole = _Writer(definitions).table(Scenario)
    return {
        "$schema": DIALECT,
        "title": "bookdelivery scenario",
        **whole,
        "$defs": dict(sorted(definitions.items())),
    }


class _Writer:
    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions

    def value(self, shape: Shape) -> dict[str, Any]:
        said: dict[str, Any] = {}
        match shape:
            case Maybe(inner):
                said = {"anyOf": [self.value(inner), {"const": False}]}
            case Kinds():
                said = self._kinds(shape)
            case Table(cls):
                said = self._defined(cls.__name__, lambda: self.table(cls))
            case Entries(inner):
                said = {"type": "object", "additionalProperties": self.value(inner)}
            case Items(inner):
                said = {"type": "array", "items": self.value(inner)}
            case Word(enum):
                said = {"enum": [member.value for member in enum]}
            case Plain(types):
                said = _plain(types)
        return said

    def table(self, cls: type[Any], kind: str | None = None, *, is_usual: bool = False) -> dict[str, Any]:
        told = _told(cls)
        properties: dict[str, Any] = {} if kind is None else {KIND: {"const": kind}}
        sayable = [field for field in fields(cls) if not isinstance(field.shape, OnlyInPython)]
        for field in sayable:
            properties[field.name] = self._field(field, told.get(field.name, ""))
        required = [field.name for field in sayable if field.is_required]
        if kind is not None and not is_usual:
            required.insert(0, KIND)
        return {
            "description": _summary(cls),
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

    def _field(self, field: Field, description: str) -> dict[str, Any]:
        said = self.value(field.shape)
        limits = _limits(field.attribute.validator)
        if limits:
            target = said["anyOf"][0] if isinstance(field.shape, Maybe) else said
            target.update(limits)
        if "$ref" in said:
            said = {"allOf": [said]}
        if description:
            said = {"description": description, **said}
        if not field.is_required:
            said |= _default(field)
        return said

    def _kinds(self, kinds: Kinds) -> dict[str, Any]:
        return self._defined(kinds.noun.removeprefix("a "), lambda: self._any_kind(kinds))

    def _any_kind(self, kinds: Kinds) -> dict[str, Any]:
        several = [
            self._defined(cls.__name__, lambda cls=cls, kind=kind: self.table(cls, kind, is_usual=kind == kinds.usual))
            for kind, cls in kinds.classes.items()
        ]
        number = [{"type": "number", "minimum": 0}] if kinds.number is not None else []
        return {"anyOf": [*number, *several]}

    def _defined(self, name: str, make: Any) -> dict[str, Any]:
        if name not in self._definitions:
            # Held free first: a mix of behaviours holds behaviours.
            self._definitions[name] = {}
            self._definitions[name] = make()
        return {"$ref": f"#/$defs/{name}"}


def _plain(types: Iterable[type[Any]]) -> dict[str, Any]:
    names = [_TYPES[each] for each in types if each in _TYPES]
    if not names:
        return {}
    return {"type": names[0]} if len(names) == 1 else {"type": names}


def _limits(validator: Any) -> dict[str, Any]:
    """Collect what the checks of one field allow."""
    if validator is None:
        return {}
    if (inner := getattr(validator, "validator", None)) is not None:
        return _limits(inner)
    several = getattr(validator, "_validators", None)
    if several is not None:
        return {name: limit for each in several for name, limit in _limits(each).items()}
    return dict(LIMITS.get(validator, {}))


def _default(field: Field) -> dict[str, Any]:
    try:
        default = plain_default(field)
    except NoFileFormat:
        return {}
    is_finite = not isinstance(default, float) or math.isfinite(default)
    return {"default": default} if is_finite and default not in ({}, [], "", None, False) else {}


def _summary(cls: type[Any]) -> str:
    return (inspect.getdoc(cls) or kind_name(cls)).partition("\n\n")[0].replace("\n", " ")


def _told(cls: type[Any]) -> dict[str, str]:
    """Find what docstrings say about each field, those of base classes included."""
    told: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        if each.__doc__:
            for parameter in parse(inspect.cleandoc(each.__doc__)).params:
                told[parameter.arg_name] = " ".join((parameter.description or "").split())
    return told


def schema_text() -> str:
    """Write the schema as the text of docs/reference/scenario.schema.json."""
    return json.dumps(scenario_schema(), indent=1, ensure_ascii=False) + "\n"
