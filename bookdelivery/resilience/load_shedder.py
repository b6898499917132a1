"""Load shedding: a line that has been standing for a while is overload, and what cannot be served is refused early.

The rule is the controlled delay of Maurer, "Fail at Scale" (ACM Queue 13(8), 2015): Facebook's variant, for servers, of
the CoDel algorithm for routers (Nichols and Jacobson, RFC 8289). A line is a good thing while it empties now and then,
as it takes up bursts. One that has not been empty for an interval only adds its delay to every answer; from then on,
whoever joins it may wait for no more than a small target. With it goes that article's adaptive LIFO: under overload,
the newest is served first, whose customer is the likeliest to be still there.
"""

from __future__ import annotations

import math

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.errors import LoadShed
from bookdelivery.resilience.settings import a_count, a_retry_after_s, a_setting, a_wait_s, is_natural
from bookdelivery.resilience.waiting_room import WaitingRoom


@attrs.frozen(kw_only=True)
class SheddingConfig:
    """The settings of load shedding; the two times and the order are those of "Fail at Scale".

    Attributes:
        max_concurrent: How many operations are worked on at once: what the process is able to. More wait.
        target_wait_s: The longest wait in a line that is standing, in seconds; 5 ms by default.
        interval_s: The longest wait in one that is not, and how long a line must not have been empty to be called
            standing, in seconds; 100 ms by default.
        newest_first: Whether the newest is served first while the line is standing.
        max_waiting: How many may wait, whatever the line is like; it bounds the memory that a burst can take. None for
            any number.
        retry_after_s: What a refused caller is told: seconds after which to ask again.

    Raises:
        InvalidField: When a value is not allowed, or the target is longer than the interval.
    """

    max_concurrent: int = attrs.field(validator=a_count)
    target_wait_s: float = attrs.field(default=0.005, validator=a_wait_s)
    interval_s: float = attrs.field(default=0.1, validator=a_wait_s)
    newest_first: bool = attrs.field(
        default=True, validator=a_setting("true or false", lambda value: isinstance(value, bool))
    )
    max_waiting: int | None = attrs.field(
        default=10_000,
        validator=a_setting("a whole number, 0 or more, or None", lambda value: value is None or is_natural(value)),
    )
    retry_after_s: float = attrs.field(default=1.0, validator=a_retry_after_s)

    def __attrs_post_init__(self) -> None:
        if self.target_wait_s > self.interval_s:
            allowed = f"at most interval_s, {self.interval_s}"
            raise InvalidField("SheddingConfig", "target_wait_s", self.target_wait_s, allowed)


class LoadShedder(WaitingRoom):
    """Lets so many operations be worked on at once, and keeps the line before them short by refusing.

    Args:
        config: How many operations, and when a line is too long.
        name: What it stands before, for its refusals.
    """

    __slots__ = ("_line_since_s", "config")
    refusal = LoadShed

    def __init__(self, config: SheddingConfig, *, name: str) -> None:
        self.config = config
        self._line_since_s = math.inf
        super().__init__(config.max_concurrent, math.inf if config.max_waiting is None else config.max_waiting, name)

    def is_standing(self, now: float) -> bool:
        """Say whether, at `now` (monotonic seconds), the line has not been empty for longer than the interval.

        Raises:
            ClockWentBackwards: When `now` is before a time it was given earlier.
        """
        self.let_time_pass(now)
        return self._is_standing(now)

    def _is_standing(self, now: float) -> bool:
        return bool(self._line) and now - self._line_since_s > self.config.interval_s

    def _longest_wait_s(self, now: float) -> float:
        if not self._line:
            self._line_since_s = now
        return self.config.target_wait_s if self._is_standing(now) else self.config.interval_s

    def _newest_first(self, now: float) -> bool:
        return self.config.newest_first and self._is_standing(now)

    def _retry_after_s(self) -> float:
        return self.config.retry_after_s
