"""How single values stand on the wire: names, the kinds of value there are, and what each accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
import cattrs
from cattrs.fns import identity

from bookdelivery.kernel.errors import BookdeliveryError, WronglyDeclared
from bookdelivery.kernel.values import LARGEST_ID, Won

READING_FAILED = (ValueError, TypeError, LookupError, AttributeError)
"""What reading something broken can raise."""


class Mistyped(BookdeliveryError, ValueError):
    """A value on the wire is not of the kind its field takes."""


def wire_name(field: str) -> str:
    """Give the bookstore's name for a field: `order_id` is `orderId` on the wire."""
    first, *rest = field.strip("_").split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def is_flat(field: attrs.Attribute[Any]) -> bool:
    """Say whether this field's own fields stand directly in the body."""
    return bool(field.metadata.get("flat"))


def whole_number(value: object, _: object = None) -> int:
    """Read a whole number, as JSON number or as decimal text; never a truth value, never one with a fraction.

    A fraction of zero is none (JSON Schema 2020-12, section 6.1.1): some writers have no other numbers than `7.0`.
    """
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer() and abs(value) <= LARGEST_ID:
        return int(value)
    # Only as JSON would write it: no signs but minus, no leading zeros, no digits of other scripts.
    if type(value) is str and value.removeprefix("-").isdecimal() and str(int(value)) == value:
        return int(value)
    raise Mistyped


def number(value: object, _: object = None) -> float:
    """Read a number; never a truth value, never infinite."""
    if type(value) is float and isfinite(value):
        return value
    if type(value) is int:
        return float(value)
    raise Mistyped


def text(value: object, _: object = None) -> str:
    """Read a text; nothing else turns into one."""
    if type(value) is str:
        return value
    raise Mistyped


def truth(value: object, _: object = None) -> bool:
    """Read a truth value; nothing else turns into one."""
    if type(value) is bool:
        return value
    raise Mistyped


def money(value: object, _: object = None) -> Won:
    """Read an amount in won from a plain whole number."""
    return Won(whole_number(value))


def member_of(kind: type[Enum]) -> Callable[[object, object], Enum]:
    """Make the reader of an enumeration: by value, and of the value's own type."""
    members = {member.value: member for member in kind}

    def member(value: object, _: object = None) -> Enum:
        found = members.get(value) if isinstance(value, str | int) else None
        if found is None or type(value) is not _plain(found.value):
            raise Mistyped
        return found

    return member


READERS: Mapping[type[Any], Callable[[object, object], Any]] = {
    int: whole_number,
    float: number,
    str: text,
    bool: truth,
    Won: money,
}


def teach(converter: cattrs.Converter) -> None:
    """Register the plain kinds of value with a converter."""
    for kind, reader in READERS.items():
        converter.register_structure_hook(kind, reader)
    converter.register_unstructure_hook(Won, _amount)
    # What JSON writes as it is, or as null, needs no function called for every value.
    converter.register_unstructure_hook_factory(_is_plain_or_none, lambda _: identity)
    converter.register_structure_hook_factory(_is_sequence, lambda kind: _elements_of(kind, converter))


def _is_plain_or_none(kind: Any) -> bool:
    inner = set(get_args(kind))
    return get_origin(kind) in (Union, UnionType) and NoneType in inner and inner <= {int, float, str, bool, NoneType}


def _is_sequence(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin in (tuple, list)


def _elements_of(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    collection, inner = get_origin(kind), get_args(kind)[0]
    read = converter.get_structure_hook(inner)

    def elements(value: object, _: object) -> Any:
        # Anything else that can be walked through, a text or an object, is no list.
        if not isinstance(value, list):
            raise Mistyped
        return collection([read(element, inner) for element in value])

    return elements


def types_in(kind: Any, where: str) -> list[type[Any]]:
    """Name the classes a field's type is made of, refusing what the wire has no form for.

    Raises:
        WronglyDeclared: the type is neither plain, nor an enumeration, an attrs class, or a a sequence, mapping by
            text, or optional of such.
    """
    if kind in READERS or kind in (Any, NoneType):
        return []
    if isinstance(kind, type) and (issubclass(kind, Enum) or attrs.has(kind)):
        return [kind]
    inner = [argument for argument in get_args(kind) if argument not in (Ellipsis, NoneType)]
    origin = get_origin(kind)
    optional = origin in (Union, UnionType) and len(inner) == 1
    sequence = (origin is tuple and Ellipsis in get_args(kind)) or origin is list
    mapping = origin in (dict, Mapping) and inner[:1] == [str]
    if inner and (optional or sequence or mapping):
        return types_in(inner[-1], where)
    raise WronglyDeclared(where, f"the type {kind} has no form on the wire; {_FORMS}")


_FORMS = (
    "allowed are int, float, str, bool, Won, enumerations, attrs classes, "
    "and tuples of any length, lists, dicts by text, or optionals of these"
)


def allowed_for(kind: Any) -> str:
    """Say in words what a field of this type takes."""
    if get_origin(kind) in (Union, UnionType):
        inner = [argument for argument in get_args(kind) if argument is not NoneType]
        return f"{' or '.join(map(allowed_for, inner))}, or null"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"one of {', '.join(str(member.value) for member in kind)}"
    if kind in _WORDS:
        return _WORDS[kind]
    if isinstance(kind, type) and attrs.has(kind):
        return "an object"
    return "an object" if get_origin(kind) in (dict, Mapping) else "a list"


_WORDS: Mapping[Any, str] = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    Won: "a whole number of won, 0 or more",
    Any: "any value",
}


def _plain(value: object) -> type[Any]:
    return str if isinstance(value, str) else type(value)


def _amount(money: Won) -> int:
    return money.amount
