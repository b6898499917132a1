"""Checks that the formulas share; each refuses with the kernel's `InvalidField`."""

from __future__ import annotations

from math import inf

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import is_number


class NeverDrains(InvalidField):
    """More comes than can ever be done: the queue grows without end, and has no mean.

    Attributes:
        utilisation: what every server would have to do, as a share of its time; 1 or more.
    """

    def __init__(self, owner: str, field: str, value: float, utilisation: float) -> None:
        super().__init__(owner, field, value, f"less: the utilisation would be {utilisation:.4g}, and 1 is too much")
        self.utilisation = utilisation


def positive(owner: str, **given: float) -> None:
    """See that each is a positive, finite number."""
    for name, value in given.items():
        if not is_number(value) or not 0 < value < inf:
            raise InvalidField(owner, name, value, "a positive number")


def not_negative(owner: str, **given: float) -> None:
    """See that each is a finite number, 0 or more."""
    for name, value in given.items():
        if not is_number(value) or not 0 <= value < inf:
            raise InvalidField(owner, name, value, "a number, 0 or more")


def counts(owner: str, **given: int) -> None:
    """See that each is a whole number, 1 or more."""
    for name, value in given.items():
        if type(value) is not int or value < 1:
            raise InvalidField(owner, name, value, "a whole number, 1 or more")


def drains(owner: str, field: str, value: float, utilisation: float) -> float:
    """Give the utilisation back if it is below 1.

    Raises:
        NeverDrains: it is not.
    """
    if utilisation >= 1:
        raise NeverDrains(owner, field, value, utilisation)
    return utilisation
