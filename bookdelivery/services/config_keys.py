"""The kinds of value that a key of the configuration holds, and how a key says what it is for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import orjson

from bookdelivery.kernel.errors import InvalidField

_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@attrs.frozen
class Kind:
    """What a key holds.

    Attributes:
        words: what is allowed, to come after "must be".
        read: gives the value of what stands in a file (as TOML has it), the environment or a flag (text).
            Raises ValueError or TypeError for what is none.
        secret: it is never shown.
    """

    words: str
    read: Callable[[Any], Any]
    secret: bool = False

    def __call__(self, instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        """Check, for attrs, what a program puts there.

        Raises:
            InvalidField: it is not allowed.
        """
        try:
            read = self.read(value)
        except (TypeError, ValueError) as error:
            raise InvalidField(type(instance).__name__, attribute.name, value, self.words) from error
        if read != value:
            raise InvalidField(type(instance).__name__, attribute.name, value, self.words)


def key(default: Any, kind: Kind, about: str) -> Any:
    """Declare a key of a section.

    Args:
        default: its value where nothing is said.
        kind: what it holds.
        about: what it is for, in a sentence for the reference.
    """
    metadata = {"kind": kind, "about": about}
    if isinstance(default, dict):
        return attrs.field(factory=dict, validator=kind, metadata=metadata)
    return attrs.field(default=default, validator=kind, metadata=metadata)


def kind_of(attribute: attrs.Attribute[Any]) -> Kind:
    """Give what a section's key holds."""
    kind: Kind = attribute.metadata["kind"]
    return kind


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _yes_or_no(value: Any) -> bool:
    if isinstance(value, str) and value.lower() in _WORDS:
        return _WORDS[value.lower()]
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, (list, tuple)):
        raise TypeError(value)
    return tuple(_text(part) for part in value)


def _table(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        value = orjson.loads(value)
    if not isinstance(value, Mapping):
        raise TypeError(value)
    return {_text(name): _text(one) for name, one in value.items()}


TEXT = Kind("a text", _text)
SECRET = Kind("a text", _text, secret=True)
YES_OR_NO = Kind("true or false", _yes_or_no)
TEXTS = Kind("a list of texts (with commas between them in the environment and in flags)", _texts)
TABLE = Kind("a table of texts (as JSON in the environment)", _table)


def whole(at_least: int, at_most: int) -> Kind:
    """Allow a whole number from one to another."""

    def read(value: Any) -> int:
        number = int(value) if isinstance(value, str) else value
        if type(number) is not int or not at_least <= number <= at_most:
            raise ValueError(value)
        return number

    return Kind(f"a whole number from {at_least} to {at_most}", read)


def number(at_least: float, unit: str) -> Kind:
    """Allow a finite number of a unit, not below another."""

    def read(value: Any) -> float:
        if isinstance(value, bool):
            raise TypeError(value)
        found = float(value)
        if not at_least <= found < math.inf:
            raise ValueError(value)
        return found

    return Kind(f"a number of {unit}, {at_least:g} or more", read)


def one_of(*allowed: str) -> Kind:
    """Allow one of some words."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(value)
        return _text(value)

    return Kind(f"one of {', '.join(allowed)}", read)


PORT = whole(1, 65535)
