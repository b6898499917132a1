"""The shapes that values of a scenario have in a file, read off the types of the classes' fields.

Reading, writing and the JSON Schema go by the same shapes, so that none of them knows a field the others do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from bookdelivery.resilience.waits import ConstantWait, GrowingWait, WaitPolicy
from bookdelivery.resilience.windows import CountWindow, TimeWindow
from bookdelivery.simulation import distributions, faults, load
from bookdelivery.simulation.customers import Behaviour, Customers, Enquiries, Mix
from bookdelivery.simulation.distributions import Deterministic, Distribution, FromScipy
from bookdelivery.simulation.faults import Fault, Lasting, MessageTrouble
from bookdelivery.simulation.operations import Unhealthy


@attrs.frozen
class Kinds:
    """Several classes of which one is meant; the key `kind` says which.

    Attributes:
        noun: what they all are.
        classes: each class, by its kind.
        usual: the kind that is meant where none is said; None: it must be said.
        number: the class that a plain number stands for, None if it stands for none.
    """

    noun: str
    classes: Mapping[str, type[Any]]
    usual: str | None = None
    number: type[Any] | None = None

    def kind_of(self, value: object) -> str | None:
        """Name the kind of an object, None if it is of none of them."""
        return next((kind for kind, each in self.classes.items() if type(value) is each), None)


@attrs.frozen
class Table:
    """An object of one class: a table with the class's fields as keys."""

    cls: type[Any]


@attrs.frozen
class Entries:
    """A table whose keys are names of the user's."""

    of: Shape


@attrs.frozen
class Items:
    """A list."""

    of: Shape


@attrs.frozen
class Word:
    """One of the members of an enumeration, by its value."""

    enum: type[Enum]


@attrs.frozen
class Plain:
    """A number, a text, true or false, or a list of such: the class's own checks say which.

    Attributes:
        types: the types it may have, as far as they are known.
    """

    types: tuple[type[Any], ...]


@attrs.frozen
class Maybe:
    """Something, or nothing at all: `false` stands for nothing, since TOML has no other word for it.

    Attributes:
        of: the something.
        nothing: what Python has for nothing: None, or False where None means something else.
    """

    of: Shape
    nothing: Literal[False] | None = None


class OnlyInPython:
    """A function, which no file can hold."""


Shape = Kinds | Table | Entries | Items | Word | Plain | Maybe | OnlyInPython


def kind_name(cls: type[Any]) -> str:
    """Give the kind's name in files: `SlowDown` is "slow-down"."""
    if cls is FromScipy:
        return "scipy"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()


def _kinds(package: Any, *bases: type[Any]) -> dict[str, type[Any]]:
    """Find the classes that a package offers, without those that others derive from."""
    offered = (getattr(package, name) for name in package.__all__)
    return {kind_name(each): each for each in offered if attrs.has(each) and each not in bases}


DISTRIBUTIONS = Kinds("a distribution", _kinds(distributions), number=Deterministic)
LOADS = Kinds("a load", _kinds(load))
FAULTS = Kinds("a fault", {**_kinds(faults, Fault, Lasting, MessageTrouble), kind_name(Unhealthy): Unhealthy})
BEHAVIOURS = Kinds("a behaviour", {kind_name(each): each for each in (Customers, Enquiries, Mix)}, usual="customers")
WAITS = Kinds("a wait", {"constant": ConstantWait, "growing": GrowingWait}, number=ConstantWait)
WINDOWS = Kinds("a window", {"count": CountWindow, "time": TimeWindow})

_KINDS: dict[Any, Kinds] = {
    Distribution: DISTRIBUTIONS,
    load.Load: LOADS,
    Fault: FAULTS,
    Behaviour: BEHAVIOURS,
    WaitPolicy: WAITS,
    CountWindow | TimeWindow: WINDOWS,
}

_PLAIN = (int, float, str, bool)


def shape(hint: Any) -> Shape:
    """Give the shape of what a type hint allows."""
    if (kinds := _KINDS.get(hint)) is not None:
        return kinds
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _union(parts)
    if origin is tuple:
        return Items(shape(parts[0])) if parts[1:] == (...,) else Plain((list,))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return Entries(shape(parts[1]))
    if origin is not None and origin is not Literal:
        return OnlyInPython()
    return _single(hint)


def _single(hint: Any) -> Shape:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Word(hint)
    if attrs.has(hint):
        return Table(hint)
    return Plain((hint,) if hint in _PLAIN else ())


def _union(parts: tuple[Any, ...]) -> Shape:
    some = [part for part in parts if part is not NoneType and part != Literal[False]]
    inner = shape(Union[tuple(some)]) if len(some) == 1 or _is_known(some) else Plain(tuple(some))  # noqa: UP007
    if len(some) == len(parts):
        return inner
    return Maybe(inner, False if Literal[False] in parts else None)


def _is_known(parts: list[Any]) -> bool:
    return Union[tuple(parts)] in _KINDS  # noqa: UP007


@attrs.frozen
class Field:
    """One field of a class.

    Attributes:
        name: the field's, and the key in files.
        shape: what it may hold.
        attribute: its declaration.
    """

    name: str
    shape: Shape
    attribute: attrs.Attribute[Any]

    @property
    def is_required(self) -> bool:
        """Whether it must be given."""
        return self.attribute.default is attrs.NOTHING

    def default(self, owner: object) -> Any:
        """Give what it holds when nothing is given.

        Args:
            owner: the object whose field it is.
        """
        default: Any = self.attribute.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            make: Callable[..., Any] = default.factory
            default = make(owner) if default.takes_self else make()
        converter: Any = self.attribute.converter
        return converter(default) if callable(converter) else default


_FIELDS: dict[type[Any], tuple[Field, ...]] = {}


def fields(cls: type[Any]) -> tuple[Field, ...]:
    """List the fields of a class that files may speak of."""
    if cls not in _FIELDS:
        hints = get_type_hints(cls)
        _FIELDS[cls] = tuple(
            Field(attribute.name, shape(hints[attribute.name]), attribute)
            for attribute in attrs.fields(cls)
            if attribute.init and not attribute.name.startswith("_")
        )
    return _FIELDS[cls]
