"""Checks that the fields of a scenario share; each refuses with the kernel's `InvalidField`."""

from __future__ import annotations

import math

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import Check, a_number, a_setting

a_time_s = a_number("a number of seconds, 0 or more", lambda seconds: 0 <= seconds < math.inf)
a_duration_s = a_number("a positive number of seconds", lambda seconds: 0 < seconds < math.inf)
a_rate = a_number("a positive number per second", lambda rate: 0 < rate < math.inf)
a_rate_or_none = a_number("a number per second, 0 or more", lambda rate: 0 <= rate < math.inf)
a_factor = a_number("a positive number", lambda factor: 0 < factor < math.inf)
a_probability = a_number("a probability from 0 to 1", lambda probability: 0 <= probability <= 1)
a_count = a_setting("a whole number, 1 or more", lambda value: type(value) is int and value >= 1)
a_limit = a_setting(
    "a whole number, 0 or more, or None for no limit",
    lambda value: value is None or (type(value) is int and value >= 0),
)
a_seed = a_setting("a whole number, 0 or more", lambda value: type(value) is int and value >= 0)
a_name = a_setting("a name that is not blank", lambda value: isinstance(value, str) and bool(value.strip()))

a_text = a_setting("a text", lambda value: isinstance(value, str))


optional = attrs.validators.optional
"""Make a check that also accepts None."""


def has(method: str, allowed: str) -> Check:
    """Make a check that accepts objects with this method; `allowed` says in words what has it."""
    return a_setting(allowed, lambda value: callable(getattr(value, method, None)))


def known(owner: str, field: str, value: str, names: list[str]) -> None:
    """See that a name is one of those there are.

    Raises:
        InvalidField: it is not; says which there are.
    """
    if value not in names:
        raise InvalidField(owner, field, value, f"one of {', '.join(sorted(names)) or 'none: there are none'}")
