"""How long to wait before the next attempt, as a function of how many there were.

For a breaker before it probes, and for whatever else tries again.
"""

import math
import random
from typing import Protocol

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_number, a_setting, is_number

A_WAIT = "a finite number of seconds above 0"


def is_wait_s(value: object) -> bool:
    """Say whether `value` is a wait: a finite number of seconds above 0."""
    return is_number(value) and 0 < value < math.inf


_a_wait = a_setting(A_WAIT, is_wait_s)


class WaitPolicy(Protocol):
    """Seconds to wait after the given attempt failed; a finite number above 0."""

    def __call__(self, attempt: int, /) -> float:
        """Return the wait in seconds; `attempt` counts from 1."""
        ...


@attrs.frozen
class ConstantWait:
    """The same wait after every attempt.

    Attributes:
        wait_s: The wait in seconds.

    Raises:
        InvalidField: When it is not above 0 and finite.
    """

    wait_s: float = attrs.field(validator=_a_wait)

    def __call__(self, _: int, /) -> float:
        """Return the wait in seconds."""
        return self.wait_s


@attrs.frozen(kw_only=True)
class GrowingWait:
    """A wait of `min(longest_s, first_s * factor ** (attempt - 1))`, shortened by a random part.

    The random part is drawn evenly from `[0, jitter)` of the wait. It only ever shortens, so that
    `longest_s` is kept *and* those who all reached it still spread out; a jitter to both sides, cut off
    at the cap, would send half of them back at the same moment.

    Attributes:
        first_s: The wait after the first attempt, in seconds.
        longest_s: The cap, in seconds.
        factor: How many times as long each wait is as the one before, at least 1.
        jitter: The largest part of a wait that chance may take away, from 0 (none) to 1.
        rng: Where the chance comes from; needed when there is jitter. Give it a seed of its own.

    Raises:
        InvalidField: When a value is out of range, the cap is below the first wait, or jitter has no `rng`.
    """

    first_s: float = attrs.field(validator=_a_wait)
    longest_s: float = attrs.field(validator=_a_wait)
    factor: float = attrs.field(default=2.0, validator=a_number("a number, at least 1", lambda factor: factor >= 1))
    jitter: float = attrs.field(
        default=0.0, validator=a_number("a number from 0 to 1", lambda jitter: 0 <= jitter <= 1)
    )
    rng: random.Random | None = attrs.field(default=None, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.longest_s < self.first_s:
            raise InvalidField("GrowingWait", "longest_s", self.longest_s, f"at least first_s, {self.first_s}")
        if self.jitter > 0 and not isinstance(self.rng, random.Random):
            raise InvalidField(
                "GrowingWait", "rng", self.rng, "a random.Random with a seed of its own, as there is jitter"
            )

    def __call__(self, attempt: int, /) -> float:
        """Return the wait in seconds; draws once from `rng` when there is jitter."""
        try:
            grown_s = self.first_s * self.factor ** (attempt - 1)
        except OverflowError:
            grown_s = self.longest_s
        wait_s = min(self.longest_s, grown_s)
        return wait_s if self.rng is None else wait_s * (1 - self.jitter * self.rng.random())
