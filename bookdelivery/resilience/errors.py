"""What a caller gets in place of an answer, and what a misuse of a breaker is told.

The refusal and the timeout derive from the kernel's words for them, so that a bounded context, which knows
nothing of this package, can tell a payment that was held off from one whose answer is unknown.
"""

from bookdelivery.kernel.errors import BookdeliveryError, HeldOff, NotAnswered
from bookdelivery.resilience.breaker_states import BreakerState

_WHY = {state: f"its circuit breaker is {state}" for state in BreakerState}


class CallRefused(HeldOff):
    """A breaker did not let a call in; nothing was sent.

    Attributes:
        what: The breaker's name.
        state: The state that refused it.
        retry_after_s: Seconds from now until asking again makes sense at the earliest; finite and above 0.
        why: What stands against it, in words.
    """

    def __init__(self, breaker: str, state: BreakerState, retry_after_s: float) -> None:
        # Not by way of HeldOff, which words its message at once: refusals come by the thousand, and few are read.
        Exception.__init__(self, breaker, state, retry_after_s)
        self.what = breaker
        self.state = state
        self.retry_after_s = retry_after_s
        self.why = _WHY[state]

    def __str__(self) -> str:
        return _worded(self)


class NoRoom(HeldOff):
    """A call was not let in, as there are too many already; nothing was sent.

    Attributes:
        what: What the call was held off from.
        retry_after_s: Seconds from now until asking again makes sense at the earliest; finite and above 0.
        why: What stands against it, in words.
    """

    why = "there is no room for another call"

    def __init__(self, what: str, retry_after_s: float) -> None:
        # Worded only when read, as for `CallRefused`.
        Exception.__init__(self, what, retry_after_s)
        self.what = what
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return _worded(self)


def _worded(refusal: HeldOff) -> str:
    return f"{refusal.what} is held off: {refusal.why}; ask again in {refusal.retry_after_s:.3f} s at the earliest"


class BulkheadFull(NoRoom):
    """As many calls are under way, and wait, as a bulkhead allows; or this one has waited for as long as it may."""

    why = "its bulkhead is full"


class RateLimited(NoRoom):
    """More calls are asked for than a rate limiter lets in."""

    why = "its rate limit is reached"


class LoadShed(NoRoom):
    """An operation was given up before it began, since the line of those before it has been too long for a while."""

    why = "there is more to do than can be done"


class CallTimedOut(NotAnswered):
    """A call took longer than it was given, and was cancelled; whether it had an effect is unknown.

    Attributes:
        timeout_s: The seconds it was given.
    """

    def __init__(self, timeout_s: float) -> None:
        super().__init__(f"no answer within {timeout_s} s")
        self.timeout_s = timeout_s


class ClockWentBackwards(BookdeliveryError, ValueError):
    """The time passed in is before an earlier one, or is no time at all; a monotonic clock never does that.

    Attributes:
        now: The time passed in, in seconds.
        latest_s: The latest time known before, in seconds.
    """

    def __init__(self, now: float, latest_s: float) -> None:
        super().__init__(f"now is {now!r}, but must be a finite number of monotonic seconds, at least {latest_s!r}")
        self.now = now
        self.latest_s = latest_s


class SettledTwice(BookdeliveryError, RuntimeError):
    """An admission or pass stands for one call, which ended before; its permit cannot be returned again."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"this admission by {name} was settled before;"
            " allowed: to say once how the call ended, and a new admission for every call"
        )
