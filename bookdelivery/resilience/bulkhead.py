"""The bulkhead: how many calls may be under way at once, so that one slow callee does not use up everything.

Named and meant as in Nygard's "Release It!". The rules are those of Resilience4j's `SemaphoreBulkhead`, with a bound on
how many may wait, as Polly's bulkhead has it (its `maxQueuingActions`).
"""

from __future__ import annotations

import math

import attrs

from bookdelivery.resilience.errors import BulkheadFull
from bookdelivery.resilience.settings import a_count, a_limit_s, a_natural, a_retry_after_s
from bookdelivery.resilience.waiting_room import WaitingRoom


@attrs.frozen(kw_only=True)
class BulkheadConfig:
    """The settings of a bulkhead.

    Attributes:
        max_concurrent: How many calls may be under way at once; 25 by default, as in Resilience4j.
        max_waiting: How many more may wait for a place; none by default, as in Polly and in Resilience4j (which has
            it as a longest wait of 0).
        max_wait_s: How long one may wait, in seconds; by default as long as it takes, since few can.
        retry_after_s: What a refused caller is told: seconds after which to ask again. Nobody knows how long the
            calls inside will take; 1 s is the least that HTTP's Retry-After can say (RFC 9110, section 10.2.3).

    Raises:
        InvalidField: When a value is not allowed.
    """

    max_concurrent: int = attrs.field(default=25, validator=a_count)
    max_waiting: int = attrs.field(default=0, validator=a_natural)
    max_wait_s: float = attrs.field(default=math.inf, validator=a_limit_s)
    retry_after_s: float = attrs.field(default=1.0, validator=a_retry_after_s)


class Bulkhead(WaitingRoom):
    """Lets so many calls be under way at once; those that wait are let in first come, first served.

    Args:
        config: How many calls, and how many may wait for how long.
        name: What it stands before, for its refusals.
    """

    __slots__ = ("config",)
    refusal = BulkheadFull

    def __init__(self, config: BulkheadConfig | None = None, *, name: str) -> None:
        self.config = BulkheadConfig() if config is None else config
        super().__init__(self.config.max_concurrent, self.config.max_waiting, name)

    def _longest_wait_s(self, _: float) -> float:
        return self.config.max_wait_s

    def _newest_first(self, _: float) -> bool:
        return False

    def _retry_after_s(self) -> float:
        return self.config.retry_after_s
