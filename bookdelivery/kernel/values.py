"""Small value types and the checks that fields of messages share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import attrs

from bookdelivery.kernel.errors import InvalidField

LARGEST_ID = 2**53 - 1
"""Ids stay exact in every JSON reader, also where all numbers are IEEE 754 doubles (RFC 8259, section 6)."""

HIGHEST_PRICE = 1_000_000_000
"""Won that one copy may cost; a million copies at that price are still exact."""

MOST_COPIES = 1_000_000
"""Copies that one order may ask for."""

LONGEST_TEXT = 1000
"""Characters a text field may hold."""


Check = TypeVar("Check", bound=Callable[..., None])
_LIMITS: WeakKeyDictionary[Any, Mapping[str, Any]] = WeakKeyDictionary()


def allowing(**limits: Any) -> Callable[[Check], Check]:
    """Say, for JSON Schema, what a check of a field allows: `@allowing(minimum=1, maximum=12)`."""

    def note(check: Check) -> Check:
        _LIMITS[check] = limits
        return check

    return note


def limits_of(check: Any) -> Mapping[str, Any]:
    """Give what a field's check allows, in the words of JSON Schema; nothing for a check that does not say it."""
    together = getattr(check, "_validators", ())
    if together:
        return {name: value for one in together for name, value in limits_of(one).items()}
    return _LIMITS.get(check, {}) if callable(check) else {}


def _owner(instance: object) -> str:
    return type(instance).__name__


@allowing(minimum=1, maximum=LARGEST_ID)
def business_id(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check, for attrs, that a field holds a business id: an integer from 1 to 2**53 - 1."""
    if type(value) is not int or not 0 < value <= LARGEST_ID:
        raise InvalidField(_owner(instance), attribute.name, value, f"an integer from 1 to {LARGEST_ID}")


@allowing(minimum=1, maximum=MOST_COPIES)
def quantity(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check, for attrs, that a field holds a number of copies: an integer from 1 to 1,000,000."""
    if type(value) is not int or not 1 <= value <= MOST_COPIES:
        raise InvalidField(_owner(instance), attribute.name, value, f"an integer from 1 to {MOST_COPIES}")


@allowing(minLength=1, maxLength=LONGEST_TEXT, pattern=r"\S")
def text(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check, for attrs, that a field holds a text that is not blank."""
    if type(value) is not str or len(value) > LONGEST_TEXT or not value.strip():
        allowed = f"a text that is not blank, of at most {LONGEST_TEXT} characters"
        raise InvalidField(_owner(instance), attribute.name, value, allowed)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            # Python strings can hold halves of characters that neither JSON nor any store takes.
            allowed = "a text of whole Unicode characters, without lone surrogates"
            raise InvalidField(_owner(instance), attribute.name, value, allowed) from error


@allowing(exclusiveMinimum=0)
def duration_s(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check, for attrs, that a field holds a duration: a positive, finite number of seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise InvalidField(_owner(instance), attribute.name, value, "a positive number of seconds")


def moment(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check, for attrs, that a field holds a point in time: a finite number of seconds since the Unix epoch."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
        raise InvalidField(_owner(instance), attribute.name, value, "a finite number of seconds since the epoch")


def yes_or_no(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check, for attrs, that a field holds a truth value."""
    if type(value) is not bool:
        raise InvalidField(_owner(instance), attribute.name, value, "true or false")


def a(kind: type[Any]) -> Callable[[Any, Any, Any], None]:
    """Make a check, for attrs, that a field holds a value of this class."""

    def check_kind(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, kind):
            raise InvalidField(_owner(instance), attribute.name, value, f"a {kind.__name__}")

    return check_kind


def optional(check: Callable[[Any, Any, Any], None]) -> Callable[[Any, Any, Any], None]:
    """Make a check that also accepts None."""

    def check_unless_none(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is not None:
            check(instance, attribute, value)

    return allowing(**limits_of(check))(check_unless_none)


@allowing(minimum=0, maximum=LARGEST_ID)
def _whole_won(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or not 0 <= value <= LARGEST_ID:
        raise InvalidField(_owner(instance), attribute.name, value, "a whole number of won, 0 or more")


@attrs.frozen(order=True)
class Won:
    """An amount of money in whole South Korean won (KRW has no minor unit in use); never negative, never a float.

    Args:
        amount: the won, 0 or more.

    Raises:
        InvalidField: the amount is not a whole number, or is negative.
    """

    amount: int = attrs.field(validator=_whole_won)

    def __add__(self, other: Won) -> Won:
        return Won(self.amount + other.amount)

    def __sub__(self, other: Won) -> Won:
        return Won(self.amount - other.amount)

    def __mul__(self, times: int) -> Won:
        return Won(self.amount * times)

    def __int__(self) -> int:
        return self.amount

    def __str__(self) -> str:
        return f"{self.amount:,} won"


def won(value: int | Won) -> Won:
    """Read an amount of money, for attrs: a plain whole number counts as won, so that `item_price=25_000` reads well.

    What is no amount passes as it is, so that the field's own check (`money`, `price`) refuses it by the field's name.
    """
    return Won(value) if type(value) is int and 0 <= value <= LARGEST_ID else value  # type: ignore[return-value]


@allowing(minimum=0, maximum=LARGEST_ID)
def money(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check, for attrs, that a field holds an amount of money."""
    if type(value) is not Won:
        raise InvalidField(_owner(instance), attribute.name, value, "a whole number of won, 0 or more")


@allowing(minimum=0, maximum=HIGHEST_PRICE)
def price(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check, for attrs, that a field holds the price of one copy, of which any `quantity` can be paid exactly."""
    if type(value) is not Won or value.amount > HIGHEST_PRICE:
        raise InvalidField(_owner(instance), attribute.name, value, f"a whole number of won from 0 to {HIGHEST_PRICE}")


FLAT = {"flat": True}
"""Metadata of a field whose own fields stand directly in the body on the wire: `attrs.field(metadata=FLAT)`."""
