"""What gets lost between two who are both well."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation._checks import a_name, a_probability, known
from bookdelivery.simulation.deployment.network import CUSTOMERS, PEOPLE
from bookdelivery.simulation.faults.base import BROKER, PROVIDER, Lasting
from bookdelivery.simulation.faults.levers import Levers


@attrs.frozen
class LostAnswers(Lasting):
    """Requests are handled, but the caller never hears of it.

    Args:
        caller: who asks: a context, "customers" or "people".
        callee: the context that answers.
        probability: of losing an answer.
        at: when it begins, in seconds.
        lasts: how long, in seconds; None: as long as there is load.
    """

    caller: str = attrs.field(validator=a_name)
    callee: str = attrs.field(validator=a_name)
    probability: float = attrs.field(validator=a_probability, kw_only=True)

    @property
    def label(self) -> str:
        """Name both ends."""
        return f"{self.probability:.0%} of answers from {self.callee} to {self.caller} lost"

    @property
    def contexts(self) -> Sequence[tuple[str, str]]:
        """Both ends, as far as they are contexts."""
        callee = ("callee", self.callee)
        return (callee,) if self.caller in {CUSTOMERS, PEOPLE} else (("caller", self.caller), callee)

    def hold(self, levers: Levers, rng: np.random.Generator) -> AbstractContextManager[None]:  # noqa: ARG002
        """Lose them."""
        return levers.losing_answers(self.caller, self.callee, self.probability)


@attrs.frozen
class Partition(Lasting):
    """Nothing passes between two sides, in either direction; neither is told, and each goes on with all the others.

    Who waits for an answer that was on its way waits until its patience ends. Events pass through the broker, which is
    a side of its own: two contexts that cannot reach each other still hear of each other's events.

    Args:
        one: a context.
        other: another context, "customers", "people", "broker" or "provider".
        at: when it begins, in seconds.
        lasts: how long, in seconds; None: as long as there is load.
    """

    one: str = attrs.field(validator=a_name)
    other: str = attrs.field(validator=a_name)

    @other.validator
    def _is_another(self, attribute: attrs.Attribute[str], value: str) -> None:
        if value == self.one:
            raise InvalidField("Partition", attribute.name, value, "another side than the one")

    @property
    def label(self) -> str:
        """Name both sides."""
        return f"{self.one} cut off from {self.other}"

    @property
    def contexts(self) -> Sequence[tuple[str, str]]:
        """The first side, and the other one if it is a context."""
        return (("one", self.one),)

    def check(self, names: Sequence[str]) -> None:
        """See that both sides exist.

        Raises:
            InvalidField: one does not.
        """
        super().check(names)
        known("Partition", "other", self.other, [*names, CUSTOMERS, PEOPLE, BROKER, PROVIDER])

    @property
    def watches(self) -> Collection[str]:
        """The other side: the broker, or the provider."""
        return (self.other,)

    def hold(self, levers: Levers, rng: np.random.Generator) -> AbstractContextManager[None]:  # noqa: ARG002
        """Cut the wire."""
        return levers.parted(self.one, self.other)
