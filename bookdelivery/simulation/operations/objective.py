"""A service level objective, and the alerts on the speed at which its error budget burns."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_number, a_setting
from bookdelivery.simulation._checks import a_duration_s, a_factor, a_name, optional

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


class Severity(StrEnum):
    """What an alert asks of people."""

    PAGE = "page"
    TICKET = "ticket"


_a_severity = a_setting("'page' or 'ticket'", lambda value: isinstance(value, Severity))
_a_goal = a_number("a part above 0 and below 1, such as 0.999", lambda part: 0 < part < 1)


def _severity(given: Any) -> Any:
    return Severity(given) if given in tuple(Severity) else given


def _as_tuple(given: object) -> object:
    return tuple(given) if isinstance(given, Sequence) and not isinstance(given, str) else given


@attrs.frozen(kw_only=True)
class BurnRateAlert:
    """Fires while the error budget burns too fast over a long and over a short window at once.

    The long window sees that it matters, the short one that it still goes on.

    Attributes:
        long_s: the long window, in seconds.
        short_s: the short window, in seconds.
        burn_rate: how many times faster than it may the budget has to burn; at a rate of 1 it lasts exactly for the
            objective's window.
        severity: "page" or "ticket".

    Raises:
        InvalidField: a value is not allowed.
    """

    long_s: float = attrs.field(validator=a_duration_s)
    short_s: float = attrs.field(validator=a_duration_s)
    burn_rate: float = attrs.field(validator=a_factor)
    severity: Severity = attrs.field(default=Severity.PAGE, converter=_severity, validator=_a_severity)

    def __attrs_post_init__(self) -> None:
        """See that the long window is the longer one."""
        if self.short_s >= self.long_s:
            allowed = f"shorter than long_s, which is {self.long_s:g}"
            raise InvalidField("BurnRateAlert", "short_s", self.short_s, allowed)


RECOMMENDED_ALERTS = (
    BurnRateAlert(long_s=HOUR_S, short_s=HOUR_S / 12, burn_rate=14.4),
    BurnRateAlert(long_s=6 * HOUR_S, short_s=HOUR_S / 2, burn_rate=6.0),
    BurnRateAlert(long_s=3 * DAY_S, short_s=6 * HOUR_S, burn_rate=1.0, severity=Severity.TICKET),
)
"""For an objective of 99.9 % over 30 days: table 5-8 of "The Site Reliability Workbook" (Google, 2018), chapter 5.

They fire when 2 % of the budget is burnt within an hour, 5 % within six, and 10 % within three days."""


@attrs.frozen
class Objective:
    """What part of the customers' requests is to go well, and the alerts on it.

    Args:
        name: what to call it.
        goal: the part of the requests that are to be good: above 0 and below 1.
        kinds: the kinds of requests that count ("place", "pay", "cancel", "look", or what the behaviour calls them).
        bad: the outcomes that are not good (see `Result.requests`). What the shop decides, such as a refusal or a
            declined payment, is no error.
        slower_than_s: a request that takes longer than this is not good either, in seconds; None: time does not matter.
        window_s: over what time the goal is to be held, in seconds.
        alerts: the alerts on it.
        evaluate_every_s: seconds between two looks at it.

    Raises:
        InvalidField: a value is not allowed.
    """

    name: str = attrs.field(validator=a_name)
    goal: float = attrs.field(default=0.999, validator=_a_goal, kw_only=True)
    kinds: tuple[str, ...] = attrs.field(default=("place",), converter=_as_tuple, kw_only=True)
    bad: tuple[str, ...] = attrs.field(
        default=("failed", "timed_out", "turned_away"), converter=_as_tuple, kw_only=True
    )
    slower_than_s: float | None = attrs.field(default=None, validator=optional(a_duration_s), kw_only=True)
    window_s: float = attrs.field(default=30 * DAY_S, validator=a_duration_s, kw_only=True)
    alerts: tuple[BurnRateAlert, ...] = attrs.field(default=RECOMMENDED_ALERTS, converter=_as_tuple, kw_only=True)
    evaluate_every_s: float = attrs.field(default=30.0, validator=a_duration_s, kw_only=True)

    @kinds.validator
    @bad.validator
    def _are_names(self, attribute: attrs.Attribute[object], value: object) -> None:
        if not isinstance(value, tuple) or not value or not all(isinstance(each, str) and each for each in value):
            raise InvalidField("Objective", attribute.name, value, "one name or more")

    @alerts.validator
    def _are_alerts(self, attribute: attrs.Attribute[object], value: object) -> None:
        if not isinstance(value, tuple) or not all(isinstance(each, BurnRateAlert) for each in value):
            raise InvalidField("Objective", attribute.name, value, "a list of BurnRateAlert")

    @property
    def budget(self) -> float:
        """The part of the requests that may go wrong."""
        return 1 - self.goal
