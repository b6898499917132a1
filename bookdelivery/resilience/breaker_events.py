"""What a circuit breaker tells a listener, in the order in which it happened."""

from collections.abc import Callable

import attrs

from bookdelivery.resilience.breaker_states import BreakerState


@attrs.frozen(kw_only=True)
class BreakerEvent:
    """Something that happened to a breaker.

    Attributes:
        breaker: The breaker's name.
        at_s: When, in the caller's monotonic seconds.
    """

    breaker: str
    at_s: float


BreakerListener = Callable[[BreakerEvent], None]


@attrs.frozen(kw_only=True)
class StateChanged(BreakerEvent):
    """The breaker went from one state to another, or was put into the same one afresh.

    Attributes:
        source: The state it left.
        target: The state it is in now.
    """

    source: BreakerState
    target: BreakerState


@attrs.frozen(kw_only=True)
class AdmissionRefused(BreakerEvent):
    """A call asked to be let in, and was not.

    Attributes:
        state: The state that refused it.
        retry_after_s: How many seconds from now asking again makes sense at the earliest.
    """

    state: BreakerState
    retry_after_s: float


@attrs.frozen(kw_only=True)
class FailureRateExceeded(BreakerEvent):
    """Too large a part of the window's calls failed.

    Attributes:
        percent: The part, from 0 to 100.
    """

    percent: float


@attrs.frozen(kw_only=True)
class SlowCallRateExceeded(BreakerEvent):
    """Too large a part of the window's calls was slow.

    Attributes:
        percent: The part, from 0 to 100.
    """

    percent: float


@attrs.frozen(kw_only=True)
class CallEnded(BreakerEvent):
    """A call that had been let in has ended, one way or another.

    Attributes:
        duration_s: How long it took, in seconds.
        slow: Whether that is longer than a call should take.
        late: Whether the breaker has changed its state since it let the call in; such a call judges nothing.
        error: What it ended with, if that is known.
    """

    duration_s: float
    slow: bool
    late: bool
    error: Exception | None


@attrs.frozen(kw_only=True)
class CallSucceeded(CallEnded):
    """A call ended well, or with an error that is neither ignored nor recorded."""


@attrs.frozen(kw_only=True)
class CallFailed(CallEnded):
    """A call ended with an error that counts as a failure."""


@attrs.frozen(kw_only=True)
class ErrorIgnored(CallEnded):
    """A call ended with an error that counts as nothing; its permit was returned."""


@attrs.frozen(kw_only=True)
class CallCancelled(CallEnded):
    """A call was given up by its caller, which counts as nothing; its permit was returned."""
