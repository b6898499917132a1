"""Checks that the settings of this package share; each refuses with the kernel's `InvalidField`."""

import math
from collections.abc import Callable
from typing import Any, TypeGuard

import attrs

from bookdelivery.kernel.errors import InvalidField

Check = Callable[[object, "attrs.Attribute[Any]", Any], None]


def is_number(value: object) -> TypeGuard[float]:
    """Say whether `value` is a number; True and False are not, nor is NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def is_natural(value: object) -> TypeGuard[int]:
    """Say whether `value` is a whole number, 0 or more; True and False are not."""
    return type(value) is int and value >= 0


def a_setting(allowed: str, fits: Callable[[Any], bool]) -> Check:
    """Make a check, for attrs, that accepts the values for which `fits` holds; `allowed` says so in words."""

    def check(instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        if not fits(value):
            raise InvalidField(type(instance).__name__, attribute.name, value, allowed)

    return check


def a_number(allowed: str, fits: Callable[[float], bool]) -> Check:
    """Make a check, for attrs, that accepts the numbers for which `fits` holds."""
    return a_setting(allowed, lambda value: is_number(value) and fits(value))


a_count = a_setting("a whole number, at least 1", lambda value: type(value) is int and value >= 1)
a_limit_s = a_number("a number of seconds above 0, or math.inf for no limit", lambda seconds: seconds > 0)
a_percentage = a_number("a percentage above 0 and at most 100", lambda percent: 0 < percent <= 100)
a_predicate = a_setting("a function from an error to True or False", callable)
a_wait_s = a_number("a finite number of seconds above 0", lambda seconds: 0 < seconds < math.inf)
a_retry_after_s = a_wait_s
a_longest_wait_s = a_number("a number of seconds, 0 or more, or math.inf", lambda seconds: seconds >= 0)
a_natural = a_setting("a whole number, 0 or more", is_natural)
a_share = a_number("a finite share, 0 or more", lambda share: 0 <= share < math.inf)
