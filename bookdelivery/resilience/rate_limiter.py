"""The rate limiter: a token bucket, whose every token is leave to make one call.

The bucket holds `burst` tokens, is full at first, and gets `per_second` of them evenly spread over each second. It is
kept as one figure, the time at which it will be full again: the generic cell rate algorithm, as which ITU-T I.371
(annex A, the virtual scheduling algorithm) and ATM's traffic contracts know the token bucket. One figure means that
nothing has to tick, and that a wait computed once is a wait to the moment.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.errors import RateLimited
from bookdelivery.resilience.passes import Pass, PassState, later
from bookdelivery.resilience.settings import a_count, a_longest_wait_s, a_number


@attrs.frozen(kw_only=True)
class RateLimitConfig:
    """The settings of a rate limiter.

    Attributes:
        per_second: How many calls it lets in a second in the long run.
        burst: How many it lets in at the same moment after a quiet time. By default one second's worth, at least 1: a
            second is the period in which the rate is given. (Resilience4j's limiter, 50 calls in 500 ns by default,
            cannot serve as an example here: it counts in fixed periods and so lets twice its limit pass around
            their border.)
        max_wait_s: How long a call may wait for its token, in seconds; 0 refuses at once (as Guava's `tryAcquire()`
            does), math.inf never refuses.

    Raises:
        InvalidField: When a value is not allowed.
    """

    per_second: float = attrs.field(
        validator=a_number("a finite number of calls a second, above 0", lambda rate: 0 < rate < math.inf)
    )
    burst: int = attrs.field(
        default=attrs.Factory(lambda self: _one_seconds_worth(self.per_second), takes_self=True), validator=a_count
    )
    max_wait_s: float = attrs.field(default=0.0, validator=a_longest_wait_s)

    def __attrs_post_init__(self) -> None:
        if 1 / self.per_second == math.inf:
            raise InvalidField("RateLimitConfig", "per_second", self.per_second, "a rate whose period is finite")


def _one_seconds_worth(per_second: object) -> int:
    # Whatever is no rate is found out by the check of `per_second`.
    fits = isinstance(per_second, int | float) and 1 <= per_second < math.inf
    return int(per_second) if fits else 1  # type: ignore[call-overload]


_INSIDE = PassState.INSIDE


class RateLimiter:
    """Lets calls in at a rate; those that come too early wait in line, first come first served, or are refused.

    A call that was let in and then not made gives its token back. Not for use by several threads at once.

    Args:
        config: How many calls, and how long they may wait.
        name: What it stands before, for its refusals.
    """

    __slots__ = ("_full_at_s", "_latest_s", "_line", "_period_s", "_slack_s", "admitted", "config", "name", "refused")

    def __init__(self, config: RateLimitConfig, *, name: str) -> None:
        self.config = config
        self.name = name
        self.admitted = 0
        """How many calls it has let in and not got back."""
        self.refused = 0
        """How many calls it has refused."""
        self._period_s = 1 / config.per_second
        # A token is there while the bucket is full again no later than so many seconds from now.
        self._slack_s = (config.burst - 1) * self._period_s
        self._full_at_s = self._latest_s = -math.inf
        self._line: OrderedDict[Pass, None] = OrderedDict()

    def __repr__(self) -> str:
        return f"<RateLimiter {self.name}, {len(self._line)} waiting>"

    @property
    def waiting(self) -> int:
        """How many calls wait for their token."""
        return len(self._line)

    @property
    def due_s(self) -> float:
        """When the next of those who wait gets its token, in monotonic seconds; math.inf when nobody waits."""
        return self._full_at_s - self._slack_s if self._line else math.inf

    def ask(self, now: float) -> Pass:
        """Let a call in at `now` (monotonic seconds), or into the line.

        Raises:
            RateLimited: When it would have to wait longer than it may; says after how long it would not.
            ClockWentBackwards: When `now` is before a time it was given earlier.
        """
        if self._line or not self._latest_s <= now < math.inf:
            self.let_time_pass(now)
        self._latest_s = now
        if not self._line and self._full_at_s - self._slack_s <= now:
            self.admitted += 1
            self._full_at_s = max(self._full_at_s, now) + self._period_s
            return Pass(self, _INSIDE)
        waits_s = self._full_at_s + len(self._line) * self._period_s - self._slack_s - now
        if waits_s > self.config.max_wait_s:
            self.refused += 1
            raise RateLimited(self.name, waits_s - self.config.max_wait_s)
        waiting = Pass(self, PassState.WAITING)
        self._line[waiting] = None
        return waiting

    def let_time_pass(self, now: float) -> None:
        """Let in those whose token has come by `now` (monotonic seconds).

        Raises:
            ClockWentBackwards: When `now` is before a time it was given earlier.
        """
        later(now, self._latest_s)
        while self._line and self._full_at_s - self._slack_s <= now:
            # At the very moment at which its token came, however late this is called.
            self._latest_s = max(self._latest_s, self._full_at_s - self._slack_s)
            self._take_token()
            self._line.popitem(last=False)[0].turn(_INSIDE)
        self._latest_s = now

    def end(self, ended: Pass, now: float, *, made: bool) -> None:
        """Take a pass back; for the pass.

        Raises:
            ClockWentBackwards: When `now` is before a time it was given earlier; nothing is changed then.
        """
        if self._line or not self._latest_s <= now < math.inf:
            self.let_time_pass(now)
        self._latest_s = now
        if ended.state is PassState.WAITING:
            del self._line[ended]
        elif not made:
            self.admitted -= 1
            self._full_at_s -= self._period_s
            self.let_time_pass(now)

    def _take_token(self) -> None:
        self.admitted += 1
        self._full_at_s = max(self._full_at_s, self._latest_s) + self._period_s
