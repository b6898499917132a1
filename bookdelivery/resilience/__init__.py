"""What keeps a call to somebody else from taking us down with it.

The decisions are plain code with the time passed in; they know nothing of asyncio, of brokers or of
the domain. `Guard` puts them around an `await`.
"""

from bookdelivery.resilience.breaker import Admission, CircuitBreaker
from bookdelivery.resilience.breaker_config import BreakerConfig
from bookdelivery.resilience.breaker_events import (
    AdmissionRefused,
    BreakerEvent,
    BreakerListener,
    CallCancelled,
    CallEnded,
    CallFailed,
    CallSucceeded,
    ErrorIgnored,
    FailureRateExceeded,
    SlowCallRateExceeded,
    StateChanged,
)
from bookdelivery.resilience.breaker_snapshot import BreakerSnapshot
from bookdelivery.resilience.breaker_states import BREAKER_LIFECYCLE, BreakerState
from bookdelivery.resilience.errors import CallRefused, CallTimedOut, ClockWentBackwards, SettledTwice
from bookdelivery.resilience.guard import Guard, within
from bookdelivery.resilience.waits import ConstantWait, GrowingWait, WaitPolicy
from bookdelivery.resilience.windows import CountWindow, TimeWindow

__all__ = [
    "BREAKER_LIFECYCLE",
    "Admission",
    "AdmissionRefused",
    "BreakerConfig",
    "BreakerEvent",
    "BreakerListener",
    "BreakerSnapshot",
    "BreakerState",
    "CallCancelled",
    "CallEnded",
    "CallFailed",
    "CallRefused",
    "CallSucceeded",
    "CallTimedOut",
    "CircuitBreaker",
    "ClockWentBackwards",
    "ConstantWait",
    "CountWindow",
    "ErrorIgnored",
    "FailureRateExceeded",
    "GrowingWait",
    "Guard",
    "SettledTwice",
    "SlowCallRateExceeded",
    "StateChanged",
    "TimeWindow",
    "WaitPolicy",
    "within",
]
