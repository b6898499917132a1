"""From what a file says to a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.scenario.model import Scenario
from bookdelivery.simulation.scenario.problems import InvalidScenario, Problem
from bookdelivery.simulation.scenario.shapes import (
    Entries,
    Items,
    Kinds,
    Maybe,
    OnlyInPython,
    Shape,
    Table,
    Word,
    fields,
)

KIND = "kind"
"""The key that says which of several classes is meant."""


def read(data: Mapping[str, Any], source: str = "scenario") -> Scenario:
    """Make a scenario of tables, lists, texts and numbers.

    Args:
        data: as a TOML or JSON file has them.
        source: what to call it in errors.

    Raises:
        InvalidScenario: it does not describe one; says everything that is wrong, as far as it could be read.
    """
    problems: list[Problem] = []
    scenario = _Reader(problems).table(Scenario, data, "")
    if problems:
        raise InvalidScenario(source, problems)
    assert isinstance(scenario, Scenario)
    return scenario


class _Unreadable:
    """Stands for a value that could not be read; what is wrong with it has been noted."""


_UNREADABLE = _Unreadable()


class _Reader:
    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems

    def value(self, shape: Shape, data: Any, key: str) -> Any:
        made = data
        match shape:
            case Maybe(inner, nothing):
                made = nothing if data is False else self.value(inner, data, key)
            case Kinds():
                made = self._one_of(shape, data, key)
            case Table(cls):
                made = self.table(cls, data, key)
            case Entries(inner):
                made = self._entries(inner, data, key)
            case Items(inner):
                made = self._items(inner, data, key)
            case Word(enum):
                members = [member.value for member in enum]
                made = enum(data) if data in members else self._note(key, data, f"one of {', '.join(members)}")
            case OnlyInPython():
                made = self._note(key, data, "left out: it is a function, which only Python can say")
        return made

    def table(self, cls: type[Any], data: Any, key: str) -> Any:
        if not isinstance(data, Mapping):
            return self._note(key, data, f"a table: {cls.__name__}")
        known = {field.name: field for field in fields(cls)}
        before = len(self._problems)
        for name in data:
            if name not in known:
                self._note(_below(key, name), data[name], f"left out: the keys here are {', '.join(known)}")
        given: dict[str, Any] = {}
        for name, field in known.items():
            if name in data:
                given[name] = self.value(field.shape, data[name], _below(key, name))
            elif field.is_required:
                self._problems.append(Problem(_below(key, name), None, "given", is_missing=True))
        if len(self._problems) > before:
            return _UNREADABLE
        return self._made(cls, given, key)

    def _made(self, cls: type[Any], given: Mapping[str, Any], key: str) -> Any:
        try:
            return cls(**given)
        except InvalidField as error:
            return self._note(_below(key, error.field), error.value, error.allowed)

    def _one_of(self, kinds: Kinds, data: Any, key: str) -> Any:
        if isinstance(data, int | float) and not isinstance(data, bool) and kinds.number is not None:
            (only,) = fields(kinds.number)
            return self._made(kinds.number, {only.name: data}, key)
        named = f"{KIND} = one of {', '.join(kinds.classes)}"
        if not isinstance(data, Mapping):
            number = "a number, or " if kinds.number is not None else ""
            return self._note(key, data, f"{number}{kinds.noun}: a table with {named}")
        kind = data.get(KIND, kinds.usual)
        if kind is None:
            self._problems.append(
                Problem(_below(key, KIND), None, f"one of {', '.join(kinds.classes)}", is_missing=True)
            )
            return _UNREADABLE
        if not isinstance(kind, str) or kind not in kinds.classes:
            return self._note(_below(key, KIND), kind, f"one of {', '.join(kinds.classes)}")
        return self.table(kinds.classes[kind], {name: each for name, each in data.items() if name != KIND}, key)

    def _entries(self, inner: Shape, data: Any, key: str) -> Any:
        if not isinstance(data, Mapping):
            return self._note(key, data, "a table")
        return {name: self.value(inner, each, _below(key, name)) for name, each in data.items()}

    def _items(self, inner: Shape, data: Any, key: str) -> Any:
        if not isinstance(data, list | tuple):
            return self._note(key, data, "a list")
        return [self.value(inner, each, f"{key}[{place}]") for place, each in enumerate(data)]

    def _note(self, key: str, value: Any, allowed: str) -> _Unreadable:
        self._problems.append(Problem(key, value, allowed))
        return _UNREADABLE


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
