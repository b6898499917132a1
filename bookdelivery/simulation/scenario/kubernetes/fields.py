"""Reading a manifest so that nothing in it is overlooked: what nobody has asked for in the end is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from bookdelivery.simulation.scenario.problems import Problem

T = TypeVar("T")
Default = TypeVar("Default")


class Notes:
    """What is wrong with one manifest.

    Args:
        ignore: keys that may be overlooked, as the problems name them, such as
            "spec.template.spec.containers[0].resources.limits.memory"; a key without its beginning, such as
            "resources.limits.memory", is meant wherever it stands.
    """

    def __init__(self, ignore: Collection[str] = ()) -> None:
        self.problems: list[Problem] = []
        self._ignore = ignore

    def unsupported(self, key: str, value: Any) -> None:
        """Note what cannot be simulated, unless it may be overlooked."""
        if not any(key == ignored or key.endswith(f".{ignored}") for ignored in self._ignore):
            allowed = (
                "left out, or named in `ignore`: the simulation does not know it, and would do as if it were not there"
            )
            self.problems.append(Problem(key, value, allowed))

    def wrong(self, key: str, value: Any, allowed: str) -> None:
        """Note a value that is not allowed."""
        self.problems.append(Problem(key, value, allowed))

    def missing(self, key: str, allowed: str) -> None:
        """Note that something must be there."""
        self.problems.append(Problem(key, None, allowed, is_missing=True))


class Fields:
    """The fields of one object of a manifest. Take what is known, skip what makes no difference, and name the rest.

    Args:
        data: the object.
        key: where it stands.
        notes: what is wrong goes here.
    """

    def __init__(self, data: Any, key: str, notes: Notes) -> None:
        self.key = key
        self.notes = notes
        if data is None:
            data = {}
        if not isinstance(data, Mapping):
            notes.wrong(key, data, "a mapping")
            data = {}
        self._left = dict(data)

    def take(self, name: str, read: Callable[[Any], T], default: Default) -> T | Default:
        """Read a field with a function that raises ValueError, saying what is allowed, where the value is not."""
        value = self._left.pop(name, None)
        if value is None:
            return default
        try:
            return read(value)
        except ValueError as error:
            self.notes.wrong(self.below(name), value, str(error))
            return default

    def inner(self, name: str) -> Fields:
        """Go into an object; one that is not there is empty. Say `end()` of it."""
        return Fields(self._left.pop(name, None), self.below(name), self.notes)

    def items(self, name: str) -> list[Fields]:
        """Go into each object of a list."""
        value = self._left.pop(name, None) or []
        if not isinstance(value, list):
            self.notes.wrong(self.below(name), value, "a list")
            return []
        return [Fields(each, f"{self.below(name)}[{place}]", self.notes) for place, each in enumerate(value)]

    def has(self, name: str) -> bool:
        """Say whether a field is there and has not been taken."""
        return self._left.get(name) is not None

    def skip(self, *names: str) -> None:
        """Pass over fields that make no difference to a simulation."""
        for name in names:
            self._left.pop(name, None)

    def end(self) -> None:
        """Name what is left."""
        for name, value in self._left.items():
            if value is not None:
                self.notes.unsupported(self.below(name), value)

    def below(self, name: str) -> str:
        """Say where a field stands."""
        return f"{self.key}.{name}" if self.key else name


def text(value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def labels(value: Any) -> dict[str, str]:
    """Read labels."""
    if not isinstance(value, Mapping):
        raise ValueError("a mapping from label to value")
    return {str(name): str(label) for name, label in value.items()}


def whole(least: int) -> Callable[[Any], int]:
    """Make a function that reads a whole number."""

    def read(value: Any) -> int:
        if type(value) is not int or value < least:
            raise ValueError(f"a whole number, {least} or more")
        return value

    return read


def seconds(value: Any) -> float:
    """Read a number of seconds."""
    if type(value) is not int or value < 0:
        raise ValueError("a whole number of seconds, 0 or more")
    return float(value)


def number_or_percent(value: Any) -> int | str:
    """Read a number, or a percentage."""
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, str) and re.fullmatch(r"\d+%", value):
        return value
    raise ValueError("a whole number such as 1, or a percentage such as '25%'")


_SUFFIXES = {"n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1), "k": Decimal(1000)}


def cores(value: Any) -> float:
    """Read an amount of CPU: "500m", "0.5" or 1 (kubernetes.io, "Resource Management for Pods and Containers")."""
    match = re.fullmatch(r"([0-9.]+)([numk]?)", str(value))
    try:
        amount = Decimal(match[1]) * _SUFFIXES[match[2]] if match and not isinstance(value, bool) else Decimal(0)
    except InvalidOperation:
        amount = Decimal(0)
    if amount <= 0:
        raise ValueError("an amount of CPU above 0, such as '500m' or 0.5")
    return float(amount)
