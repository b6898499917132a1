"""Messages that come twice, late, in another order, or not for a while.

What a broker promises is never broken: no message is lost, and those of one context on one case keep their order.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager

import attrs
import numpy as np

from bookdelivery.simulation._checks import a_name, a_probability, optional
from bookdelivery.simulation.distributions import (
    Deterministic,
    Distribution,
    Exponential,
    a_distribution,
    distribution,
)
from bookdelivery.simulation.faults.base import BROKER, Lasting
from bookdelivery.simulation.faults.levers import Levers


@attrs.frozen
class BrokerDown(Lasting):
    """The broker answers nobody: nothing is published, nothing fetched, nothing acknowledged. What it has, it keeps.

    Args:
        at: when it begins, in seconds.
        lasts: how long, in seconds; None: as long as there is load.
    """

    @property
    def label(self) -> str:
        """Say so."""
        return "broker down"

    @property
    def watches(self) -> Collection[str]:
        """The broker."""
        return (BROKER,)

    def hold(self, levers: Levers, rng: np.random.Generator) -> AbstractContextManager[None]:  # noqa: ARG002
        """Take it down."""
        return levers.broker_down()


@attrs.frozen
class MessageTrouble(Lasting):
    """The common base of what happens to messages between their publisher and the topic.

    Args:
        probability: of happening to a message.
        by_s: how much later, in seconds.
        context: whose messages; None: everybody's.
        at: when it begins, in seconds.
        lasts: how long, in seconds; None: as long as there is load.
    """

    probability: float = attrs.field(default=1.0, validator=a_probability, kw_only=True)
    by_s: Distribution = attrs.field(
        default=Exponential(1.0), converter=distribution, validator=a_distribution, kw_only=True
    )
    context: str | None = attrs.field(default=None, validator=optional(a_name), kw_only=True)

    @property
    def whose(self) -> str:
        """Whose messages, in words."""
        return "messages" if self.context is None else f"{self.context}'s messages"

    def hold(self, levers: Levers, rng: np.random.Generator) -> AbstractContextManager[None]:
        """Trouble them."""
        return levers.messages_troubled(self, rng)


@attrs.frozen
class Duplication(MessageTrouble):
    """Messages come a second time, `by_s` after the first: what a publisher does that did not hear it had succeeded."""

    probability: float = attrs.field(default=0.1, validator=a_probability, kw_only=True)
    by_s: Distribution = attrs.field(
        default=Deterministic(0.0), converter=distribution, validator=a_distribution, kw_only=True
    )

    @property
    def label(self) -> str:
        """Name the part."""
        return f"{self.probability:.0%} of {self.whose} twice"


@attrs.frozen
class Delay(MessageTrouble):
    """Messages come later, and all behind one of them on the way from the same publisher wait for it."""

    @property
    def label(self) -> str:
        """Name the mean delay."""
        part = "" if self.probability == 1 else f"{self.probability:.0%} of "
        return f"{part}{self.whose} {self.by_s.mean_s:g} s late"


@attrs.frozen
class Reordering(MessageTrouble):
    """Messages come later, and others overtake them; only those of one publisher on one case stay in order."""

    probability: float = attrs.field(default=0.2, validator=a_probability, kw_only=True)

    @property
    def label(self) -> str:
        """Name the part."""
        return f"{self.probability:.0%} of {self.whose} overtaken"
