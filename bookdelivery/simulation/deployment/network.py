"""What lies between the contexts, their visitors and the people who work there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation._checks import a_name, a_probability, known, optional
from bookdelivery.simulation.distributions import Deterministic, Distribution, a_distribution, distribution

CUSTOMERS = "customers"
"""What the customers are called as senders of requests."""

PEOPLE = "people"
"""What shopkeepers and couriers are called as senders of requests."""


@attrs.frozen
class Link:
    """The way between two of them, there and back, where it is not like the others.

    Args:
        one: a context, "customers" or "people".
        other: a context, "customers" or "people".
        latency_s: one way, in seconds; None: as everywhere.
        loss: the probability that a request or an answer gets lost; None: as everywhere.
    """

    one: str = attrs.field(validator=a_name)
    other: str = attrs.field(validator=a_name)
    latency_s: Distribution | None = attrs.field(
        default=None,
        converter=distribution,
        validator=optional(a_distribution),
        kw_only=True,
    )
    loss: float | None = attrs.field(default=None, validator=optional(a_probability), kw_only=True)

    @property
    def ends(self) -> frozenset[str]:
        """Both ends, in no order."""
        return frozenset((self.one, self.other))

    def check(self, names: Sequence[str]) -> None:
        """See that its ends exist.

        Raises:
            InvalidField: one does not.
        """
        for field in ("one", "other"):
            known("Link", field, getattr(self, field), [*names, CUSTOMERS, PEOPLE])


def _as_tuple(given: object) -> object:
    return tuple(given) if isinstance(given, Sequence) and not isinstance(given, str) else given


@attrs.frozen(kw_only=True)
class Network:
    """What every request and every answer goes through, each for itself.

    Attributes:
        latency_s: one way, in seconds.
        loss: the probability that one gets lost on its way; its sender hears nothing.
        links: the ways that differ.
    """

    latency_s: Distribution = attrs.field(
        default=Deterministic(0.001), converter=distribution, validator=a_distribution
    )
    loss: float = attrs.field(default=0.0, validator=a_probability)
    links: tuple[Link, ...] = attrs.field(default=(), converter=_as_tuple)

    @links.validator
    def _are_links(self, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, tuple):
            raise InvalidField("Network", attribute.name, value, "a list of Link")
        seen: set[frozenset[str]] = set()
        for place, link in enumerate(value):
            if not isinstance(link, Link):
                raise InvalidField("Network", f"{attribute.name}[{place}]", link, "a Link")
            if link.ends in seen:
                raise InvalidField("Network", f"{attribute.name}[{place}]", link, "the only one between these two")
            seen.add(link.ends)
