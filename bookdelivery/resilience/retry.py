"""Trying again: whether a call that failed is worth another attempt, and after how long.

Plain code: it reads no clock, and its chance comes from a seeded generator. An attempt is repeated only for errors that
another attempt may not meet, only so often, and only while the budget that all callers share allows it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import attrs

from bookdelivery.kernel.errors import HeldOff, NotAnswered, Unavailable
from bookdelivery.resilience.backoff import Backoff
from bookdelivery.resilience.retry_budget import RetryBudget, RetryBudgetConfig
from bookdelivery.resilience.settings import a_count, a_limit_s, a_predicate, a_setting


def is_transient(error: Exception) -> bool:
    """Say whether another attempt may well be answered: there was no answer, or nobody there to give one.

    Who was held off is told when to come back; to ask on at once is what an overloaded callee needs least.
    """
    return isinstance(error, NotAnswered | Unavailable) and not isinstance(error, HeldOff)


def had_no_effect(error: Exception) -> bool:
    """Say whether it is certain that the call that ended so did nothing."""
    return isinstance(error, HeldOff | Unavailable)


@attrs.frozen(kw_only=True)
class RetryConfig:
    """The settings of retries.

    An attempt without an answer may have had its effect: retry only what carries an idempotency key, or is harmless
    when done twice.

    Attributes:
        max_attempts: How many attempts a call gets in all, the first included; 3 by default, as in Resilience4j.
        backoff: The waits between them.
        retries: Errors for which it is true are worth another attempt; by default those without an answer.
        budget: What all calls together may retry; by default as in Finagle. None for no bound, which lets a short
            trouble grow into a lasting one (Bronson et al., "Metastable Failures in Distributed Systems", HotOS 2021).
        within_s: No attempt begins later than so many seconds after the first; math.inf for no limit.

    Raises:
        InvalidField: When a value is not allowed.
    """

    max_attempts: int = attrs.field(default=3, validator=a_count)
    backoff: Backoff = attrs.field(
        default=Backoff(), validator=a_setting("a Backoff", lambda value: isinstance(value, Backoff))
    )
    retries: Callable[[Exception], bool] = attrs.field(default=is_transient, validator=a_predicate)
    budget: RetryBudgetConfig | None = attrs.field(
        default=RetryBudgetConfig(),
        validator=a_setting(
            "a RetryBudgetConfig, or None", lambda value: value is None or isinstance(value, RetryBudgetConfig)
        ),
    )
    within_s: float = attrs.field(default=math.inf, validator=a_limit_s)


class Retry:
    """Decides on attempts, for all calls of one kind. Not for use by several threads at once.

    Args:
        config: What to retry, how often, and after how long.
        name: What is called, for whoever looks at it.
        rng: For the jitter. Give it a seed of its own.
    """

    __slots__ = ("budget", "calls", "config", "name", "retried", "rng")

    def __init__(self, config: RetryConfig | None = None, *, name: str, rng: random.Random) -> None:
        self.config = RetryConfig() if config is None else config
        self.name = name
        self.rng = rng
        self.budget = None if self.config.budget is None else RetryBudget(self.config.budget)
        """What all calls together may retry; None for no bound."""
        self.calls = 0
        """How many calls were begun."""
        self.retried = 0
        """How many attempts were made beyond the first ones."""

    def __repr__(self) -> str:
        return f"<Retry {self.name}, {self.retried} of {self.calls} calls>"

    def begin(self, now: float) -> Attempts:
        """Begin a call at `now` (monotonic seconds); its first attempt is under way.

        Raises:
            ClockWentBackwards: When `now` is before a time that was given earlier.
        """
        self.calls += 1
        if self.budget is not None:
            self.budget.deposit(now)
        return Attempts(self, now)


@attrs.define(eq=False, weakref_slot=False)
class Attempts:
    """The attempts of one call. Say how each one failed; after a wait, say that the next one is begun, or given up.

    Attributes:
        began_at_s: When the first attempt began, in the caller's monotonic seconds.
        number: Which attempt is under way, or was the last, from 1.
        error: What to tell the caller, once no other attempt is made: the last error, unless that one says there was
            no effect where an earlier attempt may have had one.
    """

    _retry: Retry = attrs.field(repr=False)
    began_at_s: float
    number: int = 1
    error: Exception | None = None
    _wait_s: float | None = None
    _withdrawn: float | None = None

    def failed(self, now: float, error: Exception) -> float | None:
        """Say that the attempt under way ended with `error` at `now` (monotonic seconds).

        Returns: the seconds to wait before the next attempt; None when there is to be none.

        Raises:
            ClockWentBackwards: When `now` is before a time that was given earlier.
        """
        if self.error is None or had_no_effect(self.error) or not had_no_effect(error):
            self.error = error
        config = self._retry.config
        if self.number >= config.max_attempts or not config.retries(error):
            return None
        wait_s = config.backoff.wait_s(self.number, self._wait_s, self._retry.rng)
        if isinstance(error, HeldOff):
            wait_s = max(wait_s, error.retry_after_s)
        if now + wait_s - self.began_at_s > config.within_s:
            return None
        budget = self._retry.budget
        if budget is not None:
            self._withdrawn = budget.withdraw(now)
            if self._withdrawn is None:
                return None
        self._wait_s = wait_s
        return wait_s

    def again(self) -> None:
        """Say that the next attempt is begun."""
        self.number += 1
        self._retry.retried += 1

    def given_up(self, now: float) -> None:
        """Say at `now` (monotonic seconds) that the next attempt is not made after all, which costs no budget.

        Raises:
            ClockWentBackwards: When `now` is before a time that was given earlier.
        """
        if self._retry.budget is not None and self._withdrawn is not None:
            self._retry.budget.give_back(self._withdrawn, now)
            self._withdrawn = None
