"""The people who work in the shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_setting
from bookdelivery.simulation._checks import a_count, a_duration_s, optional
from bookdelivery.simulation.deployment.opening_hours import OpeningHours
from bookdelivery.simulation.distributions import Distribution, LogNormal, Uniform, a_distribution, distribution

_hours = a_setting("OpeningHours, or None for around the clock", lambda value: isinstance(value, OpeningHours | None))


def _durations(value: Any) -> Any:
    return {name: distribution(each) for name, each in value.items()} if isinstance(value, Mapping) else value


def _are_durations(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    allowed = "a mapping from a chore's name to a number of seconds or a distribution"
    if not isinstance(value, Mapping):
        raise InvalidField(type(instance).__name__, attribute.name, value, allowed)
    for name, each in value.items():
        if not isinstance(each, Distribution):
            raise InvalidField(type(instance).__name__, f"{attribute.name}[{name!r}]", each, allowed)


@attrs.frozen(kw_only=True)
class People:
    """The shopkeepers, who take orders on and pack them, and the couriers, who bring the parcels.

    The chores of other contexts than the bookstore's are done, too (`Context.chores`): by the shopkeepers and couriers
    where they issue the command, else by somebody who is there at once.

    Each does one thing after the other. What is begun when the shop closes is still finished.

    Attributes:
        take_s: how long a shopkeeper takes to take a paid order on, in seconds.
        pack_s: how long packing it takes, in seconds.
        deliver_s: how long a courier is on the way to the customer, in seconds.
        chores_s: how long each chore of another context takes, by its name, in seconds; about a minute where it is not
            said.
        shopkeepers: how many there are; None: as many as the work needs.
        couriers: how many there are; None: as many as the work needs.
        shop_hours: when shopkeepers begin something; None: around the clock.
        courier_hours: when couriers set out; None: around the clock.
        at_once: how many of them send something to the shop's computers at the same time.
        timeout_s: after how many seconds without an answer they try again.
    """

    take_s: Distribution = attrs.field(default=Uniform(5.0, 30.0), converter=distribution, validator=a_distribution)
    pack_s: Distribution = attrs.field(default=LogNormal(120.0, 0.4), converter=distribution, validator=a_distribution)
    deliver_s: Distribution = attrs.field(
        default=LogNormal(900.0, 0.4), converter=distribution, validator=a_distribution
    )
    chores_s: Mapping[str, Distribution] = attrs.field(factory=dict, converter=_durations, validator=_are_durations)
    shopkeepers: int | None = attrs.field(default=None, validator=optional(a_count))
    couriers: int | None = attrs.field(default=None, validator=optional(a_count))
    shop_hours: OpeningHours | None = attrs.field(default=None, validator=_hours)
    courier_hours: OpeningHours | None = attrs.field(default=None, validator=_hours)
    at_once: int = attrs.field(default=16, validator=a_count)
    timeout_s: float = attrs.field(default=10.0, validator=a_duration_s)
