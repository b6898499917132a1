"""A requirement is data: what is measured, what bound it has to keep, and how sure of that one has to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import is_number


class Measure(StrEnum):
    """What kind of figure a criterion compares with its bound, and with which interval."""

    CASES = "cases"
    """Written-down cases that fail. They are no sample of anything, so there is an answer but no interval."""

    COUNTEREXAMPLES = "counterexamples"
    """Runs with a counterexample: one is enough. Without any, the interval is the exact upper bound of their rate."""

    MEDIAN = "median"
    """The median over replications of one figure a replication, with the distribution-free interval."""

    MEAN = "mean"
    """The mean over replications of one figure a replication, with Student's interval."""

    QUANTILE = "quantile"
    """What a share of all replications stays below (`Criterion.level`), with the distribution-free interval."""

    PROPORTION = "proportion"
    """The share of replications in which something held, with the exact binomial interval."""

    SHARE = "share"
    """The share of what happens inside of replications, with an interval from the spread between them."""

    AVAILABILITY = "availability"
    """The share of time up in the long run, with the interval of renewal-reward over outage cycles."""


class Sense(StrEnum):
    """On which side of the bound is well."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


def _share(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not is_number(value) or not 0 < value < 1:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a number between 0 and 1")


@attrs.frozen(kw_only=True)
class Criterion:
    """One figure and its bound.

    Attributes:
        name: how it is called in verdicts.json, unique within its requirement.
        metric: what is measured, in words.
        korean: the same in the business's language, "" where nobody has translated it.
        measure: what kind of figure it is.
        unit: of the figure and the bound.
        bound: the figure must not be on the wrong side of it.
        sense: which side is well.
        confidence: of the interval, between 0 and 1.
        level: for the measure quantile, what share of replications stays below, between 0 and 1.
        read: reads it off the result of any scenario: a number, a `Share`, `Cycles`, or the counterexamples; a function
            at the top of a module or a reader of `bookdelivery.simulation.experiments`. None: the requirement's own
            experiment does.
    """

    name: str
    metric: str
    korean: str = ""
    measure: Measure
    unit: str = ""
    bound: float = 0.0
    sense: Sense = Sense.AT_MOST
    confidence: float = attrs.field(default=0.95, validator=_share)
    level: float = attrs.field(default=0.5, validator=_share)
    read: Callable[[Any], Any] | None = attrs.field(
        default=None, repr=False, validator=attrs.validators.optional(attrs.validators.is_callable())
    )


@attrs.frozen(kw_only=True)
class Requirement:
    """One wish of the business.

    Attributes:
        id: F1 to F9 for what the bookstore does, N1 to N4 for how well.
        text: the wish in English.
        korean: the wish in the business's language, "" where nobody has translated it.
        criteria: what must hold for it to be met; all of them must.
    """

    id: str
    text: str
    korean: str = ""
    criteria: tuple[Criterion, ...]

    def criterion(self, name: str) -> Criterion:
        """Give the criterion of this name.

        Raises:
            InvalidField: there is none.
        """
        for criterion in self.criteria:
            if criterion.name == name:
                return criterion
        known = ", ".join(criterion.name for criterion in self.criteria)
        raise InvalidField(f"requirement {self.id}", "criterion", name, f"one of {known}")


class UnknownRequirement(InvalidField):
    """A requirement was asked for that nobody has written down."""


def select(ids: Iterable[str], known: Sequence[Requirement]) -> tuple[Requirement, ...]:
    """Pick requirements by their ids, in whatever case, in the order in which they are known.

    Raises:
        UnknownRequirement: there is no such id, or none was given; names the ids there are.
    """
    allowed = ", ".join(requirement.id for requirement in known)
    wanted = [given.strip() for given in ids]
    by_id = {requirement.id.upper(): requirement for requirement in known}
    for given in wanted:
        if given.upper() not in by_id:
            raise UnknownRequirement("verify", "requirements", given, f"of {allowed}")
    if not wanted:
        raise UnknownRequirement("verify", "requirements", "", f"some of {allowed}")
    chosen = {given.upper() for given in wanted}
    return tuple(requirement for requirement in known if requirement.id.upper() in chosen)
