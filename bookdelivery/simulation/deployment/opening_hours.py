"""When somebody works."""

from __future__ import annotations

import re
from typing import Any

import attrs

from bookdelivery.kernel.errors import InvalidField

DAY_S = 86_400.0
"""The seconds of a day. A simulation begins at midnight."""

_A_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?|24:00")


def _a_time_of_day(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:  # noqa: ARG001
    if not isinstance(value, str) or not _A_TIME.fullmatch(value):
        raise InvalidField("OpeningHours", attribute.name, value, "a time of day such as '09:00' or '17:30'")


@attrs.frozen
class OpeningHours:
    """The same hours every day.

    Args:
        opens: a time of day such as "09:00".
        closes: a time of day such as "18:00"; one before `opens` is on the next day.
    """

    opens: str = attrs.field(validator=_a_time_of_day)
    closes: str = attrs.field(validator=_a_time_of_day)

    @closes.validator
    def _is_another_time(self, attribute: attrs.Attribute[Any], value: str) -> None:
        if _seconds(value) % DAY_S == _seconds(self.opens) % DAY_S:
            allowed = f"another time than opens, {self.opens}; leave the hours out for around the clock"
            raise InvalidField("OpeningHours", attribute.name, value, allowed)

    def closed_for(self, at_s: float) -> float:
        """Say how long it is still closed at a moment: 0 if it is open, else the seconds until it opens.

        Args:
            at_s: seconds since the midnight at which the simulation began.
        """
        opens_s = _seconds(self.opens)
        open_for_s = (_seconds(self.closes) - opens_s) % DAY_S
        since_opening_s = (at_s - opens_s) % DAY_S
        return 0.0 if since_opening_s < open_for_s else DAY_S - since_opening_s


def _seconds(time_of_day: str) -> float:
    hours, minutes, *seconds = (int(part) for part in time_of_day.split(":"))
    return 3600.0 * hours + 60.0 * minutes + sum(seconds)
