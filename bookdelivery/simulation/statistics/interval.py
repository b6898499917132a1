"""What a sample says: an estimate, and the interval in which the truth lies with a confidence that is named."""

from __future__ import annotations

from math import inf, isfinite

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import is_number


@attrs.frozen
class Interval:
    """A two-sided or one-sided confidence interval.

    Attributes:
        low: its lower end; minus infinity where the sample says nothing about it.
        high: its upper end; infinity likewise.
        method: how it was found.
        confidence: the confidence it is given with.
    """

    low: float
    high: float
    method: str
    confidence: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def half_width(self) -> float:
        """Half of its length; infinite where one of its ends is."""
        return (self.high - self.low) / 2 if isfinite(self.low) and isfinite(self.high) else inf


@attrs.frozen
class Estimate:
    """A figure with its interval.

    Attributes:
        value: the figure; not a number where nothing was measured.
        interval: where the truth lies, with the interval's confidence.
        sample_size: how many independent runs, trials, batches or cycles it rests on.
    """

    value: float
    interval: Interval
    sample_size: int


def checked(confidence: float) -> float:
    """Give a confidence back if it is one.

    Raises:
        InvalidField: it is not between 0 and 1.
    """
    if not is_number(confidence) or not 0 < confidence < 1:
        raise InvalidField("interval", "confidence", confidence, "a number between 0 and 1, both excluded")
    return confidence


def nothing(value: float, method: str, confidence: float, sample_size: int = 0) -> Estimate:
    """Make the estimate of a sample that says nothing about where the truth lies."""
    return Estimate(value, Interval(-inf, inf, method, confidence), sample_size)
