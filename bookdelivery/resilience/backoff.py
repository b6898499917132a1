"""How long a retry waits: growing with each attempt, and drawn by chance so that callers do not come back all at once.

The kinds of jitter are those of Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
"""

from __future__ import annotations

import random
from enum import StrEnum

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_number, a_setting, a_wait_s


class Jitter(StrEnum):
    """Which part of a wait is left to chance."""

    NONE = "none"
    """None of it: those who failed together come back together."""
    FULL = "full"
    """All of it: evenly from 0 to the bound. The least work for the callee, by that article's figures."""
    EQUAL = "equal"
    """Half of it: evenly from half of the bound to the bound."""
    DECORRELATED = "decorrelated"
    """Evenly from the first wait to `factor` times the wait before, capped; the article's factor is 3."""


@attrs.frozen(kw_only=True)
class Backoff:
    """The waits between attempts. The bound after attempt n is `min(longest_s, first_s * factor ** (n - 1))`.

    Attributes:
        first_s: The bound of the first wait, in seconds.
        longest_s: The cap on all of them, in seconds.
        factor: How many times as long each bound is as the one before, at least 1.
        jitter: Which part is left to chance.

    Raises:
        InvalidField: When a value is not allowed, or the cap is below the first wait.
    """

    first_s: float = attrs.field(default=0.1, validator=a_wait_s)
    longest_s: float = attrs.field(default=5.0, validator=a_wait_s)
    factor: float = attrs.field(default=2.0, validator=a_number("a number, at least 1", lambda factor: factor >= 1))
    jitter: Jitter = attrs.field(
        default=Jitter.FULL,
        validator=a_setting(f"one of {', '.join(Jitter)}", lambda value: isinstance(value, Jitter)),
    )

    def __attrs_post_init__(self) -> None:
        if self.longest_s < self.first_s:
            raise InvalidField("Backoff", "longest_s", self.longest_s, f"at least first_s, {self.first_s}")

    def wait_s(self, attempt: int, previous_s: float | None, rng: random.Random) -> float:
        """Draw the wait after an attempt failed, in seconds, 0 or more.

        Args:
            attempt: Which attempt it was, from 1.
            previous_s: The wait before it, in seconds; None for the first.
            rng: Where the chance comes from; used once, and not at all without jitter.
        """
        if self.jitter is Jitter.DECORRELATED:
            before_s = self.first_s if previous_s is None else previous_s
            return min(self.longest_s, self.first_s + rng.random() * (self.factor * before_s - self.first_s))
        try:
            bound_s = min(self.longest_s, self.first_s * self.factor ** (attempt - 1))
        except OverflowError:
            bound_s = self.longest_s
        match self.jitter:
            case Jitter.FULL:
                return bound_s * rng.random()
            case Jitter.EQUAL:
                return bound_s * (0.5 + 0.5 * rng.random())
            case _:
                return bound_s
