"""The retry budget: all callers together may retry a share of their calls, so that retries never become the load.

The rules are those of Finagle's `RetryBudget` on its leaky `TokenBucket`: each call pays in, each retry draws out, and
both are forgotten when they are older than the window, which is kept in ten slices. On top there is a reserve for those
who make few calls.
"""

from __future__ import annotations

import math
from collections import deque

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.passes import later
from bookdelivery.resilience.settings import a_share, a_wait_s

SLICES = 10
"""Into how many slices the window is cut; the running one is one of them."""

_A_HAIR = 1e-9
"""Retries that may be missing from a whole one, since a share such as 0.2 has no exact binary form."""


@attrs.frozen(kw_only=True)
class RetryBudgetConfig:
    """The settings of a retry budget; the defaults are Finagle's.

    Attributes:
        share: How many retries each call pays for; 0.2 allows one retry for five calls.
        min_per_second: How many retries a second are free; `min_per_second * window_s` may come at once.
        window_s: After how many seconds a call, or a retry, is forgotten.

    Raises:
        InvalidField: When a value is not allowed, or no retry would ever be.
    """

    share: float = attrs.field(default=0.2, validator=a_share)
    min_per_second: float = attrs.field(default=10.0, validator=a_share)
    window_s: float = attrs.field(default=10.0, validator=a_wait_s)

    def __attrs_post_init__(self) -> None:
        if self.share == 0 and self.min_per_second * self.window_s < 1:
            allowed = "such that a window allows at least one retry, as share is 0"
            raise InvalidField("RetryBudgetConfig", "min_per_second", self.min_per_second, allowed)


class RetryBudget:
    """Says whether one more retry may be made. Not for use by several threads at once.

    Args:
        config: How many retries are allowed.
    """

    __slots__ = ("_calls", "_latest_s", "_reserve", "_retries", "_slice_s", "_slices", "config", "denied")

    def __init__(self, config: RetryBudgetConfig | None = None) -> None:
        self.config = RetryBudgetConfig() if config is None else config
        self.denied = 0
        """How many retries it has not allowed."""
        self._reserve = self.config.min_per_second * self.config.window_s
        self._slice_s = self.config.window_s / SLICES
        self._latest_s = -math.inf
        self._slices: deque[_Slice] = deque()
        self._calls = 0
        self._retries = 0

    def balance(self, now: float) -> float:
        """Return how many retries could be made at `now` (monotonic seconds); below 0 where too many were.

        That comes of calls that are forgotten earlier than the retries they paid for.

        Raises:
            ClockWentBackwards: When `now` is before a time it was given earlier.
        """
        self._slice(now)
        return self._balance()

    def deposit(self, now: float) -> None:
        """Count a call that is made at `now` (monotonic seconds) for the first time.

        Raises:
            ClockWentBackwards: When `now` is before a time it was given earlier.
        """
        self._slice(now).calls += 1
        self._calls += 1

    def withdraw(self, now: float) -> float | None:
        """Draw one retry at `now` (monotonic seconds) if one is left; say from when it is, for `give_back`.

        Raises:
            ClockWentBackwards: When `now` is before a time it was given earlier.
        """
        present = self._slice(now)
        if self._balance() < 1 - _A_HAIR:
            self.denied += 1
            return None
        present.retries += 1
        self._retries += 1
        return present.number

    def give_back(self, withdrawn: float, now: float) -> None:
        """Take back a retry that was drawn and, as is known at `now` (monotonic seconds), not made.

        Raises:
            ClockWentBackwards: When `now` is before a time it was given earlier.
        """
        self._slice(now)
        for present in self._slices:
            if present.number == withdrawn:
                present.retries -= 1
                self._retries -= 1

    def _balance(self) -> float:
        return self.config.share * self._calls + self._reserve - self._retries

    def _slice(self, now: float) -> _Slice:
        self._latest_s = later(now, self._latest_s)
        number = now // self._slice_s
        slices = self._slices
        if not slices or slices[-1].number != number:
            while slices and slices[0].number <= number - SLICES:
                gone = slices.popleft()
                self._calls -= gone.calls
                self._retries -= gone.retries
            slices.append(_Slice(number))
        return slices[-1]


@attrs.define
class _Slice:
    number: float
    calls: int = 0
    retries: int = 0
