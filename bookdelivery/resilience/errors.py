"""What a caller gets in place of an answer, and what a misuse of a breaker is told.

The refusal and the timeout derive from the kernel's words for them, so that a bounded context, which knows
nothing of this package, can tell a payment that was held off from one whose answer is unknown.
"""

from bookdelivery.kernel.errors import BookdeliveryError, HeldOff, NotAnswered
from bookdelivery.resilience.breaker_states import BreakerState


class CallRefused(HeldOff):
    """A breaker did not let a call in; nothing was sent.

    Attributes:
        what: The breaker's name.
        state: The state that refused it.
        retry_after_s: Seconds from now until asking again makes sense at the earliest; finite and above 0.
    """

    def __init__(self, breaker: str, state: BreakerState, retry_after_s: float) -> None:
        # Not by way of HeldOff, which words its message at once: refusals come by the thousand, and few are read.
        Exception.__init__(self, breaker, state, retry_after_s)
        self.what = breaker
        self.state = state
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return (
            f"{self.what} is held off: its circuit breaker is {self.state};"
            f" ask again in {self.retry_after_s:.3f} s at the earliest"
        )


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
    """An admission stands for one call, which ended before; its permit cannot be returned again."""

    def __init__(self, breaker: str) -> None:
        super().__init__(
            f"this admission by {breaker} was settled before;"
            " allowed: one of succeeded, failed and cancelled, once, and a new admission for every call"
        )
