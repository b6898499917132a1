"""Looking at the data more than once: what each look costs, so that all of them together keep their word."""

from __future__ import annotations

from collections.abc import Sequence
from math import e, log1p

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.statistics.interval import checked


def look_sizes(first: int, at_most: int) -> tuple[int, ...]:
    """Say after how many runs to look: after the first so many, then each time they have doubled, at last at the end.

    Raises:
        InvalidField: one of them is not a whole number, 1 or more.
    """
    for name, value in (("first", first), ("at_most", at_most)):
        if type(value) is not int or value < 1:
            raise InvalidField("looks", name, value, "a whole number, 1 or more")
    sizes = []
    size = first
    while size < at_most:
        sizes.append(size)
        size *= 2
    return (*sizes, at_most)


def look_confidences(confidence: float, sizes: Sequence[int]) -> tuple[float, ...]:
    """Give the confidence of the interval at each look, so that no look errs with at least the confidence given.

    Whoever looks at a 95 % interval until it suits him errs far more often than 1 time in 20. So each look gets its own
    part of the 5 %, spent as a function of how much of the budget has been used: log(1 + (e - 1) t), the function of
    Lan and DeMets (Biometrika 70, 1983) that spends evenly, as Pocock's boundaries do. The parts are added up (Boole's
    inequality), not combined through a model of how the looks depend on each other; that costs a little width and holds
    for every kind of interval.

    Args:
        confidence: of all looks together, between 0 and 1.
        sizes: after how many runs one looks, ascending; the last is the budget.

    Raises:
        InvalidField: the confidence is none, or the sizes do not ascend from 1 or more.
    """
    for before, after in zip((0, *sizes), sizes, strict=False):
        if after <= before:
            raise InvalidField("looks", "sizes", list(sizes), "ascending whole numbers, 1 or more")
    error = 1 - checked(confidence)
    spent = [error * log1p((e - 1) * size / sizes[-1]) for size in sizes]
    return tuple(1 - (after - before) for before, after in zip((0.0, *spent), spent, strict=False))
