"""What keeps a call to somebody else from taking us down with it.

The decisions are plain code with the time passed in; they know nothing of asyncio, of brokers or of
the domain. `Guard` puts them around an `await`.
"""

from bookdelivery.resilience.backoff import Backoff, Jitter
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
from bookdelivery.resilience.bulkhead import Bulkhead, BulkheadConfig
from bookdelivery.resilience.doorway import Doorway
from bookdelivery.resilience.errors import (
    BulkheadFull,
    CallRefused,
    CallTimedOut,
    ClockWentBackwards,
    LoadShed,
    NoRoom,
    RateLimited,
    SettledTwice,
)
from bookdelivery.resilience.guard import Guard, through, within
from bookdelivery.resilience.load_shedder import LoadShedder, SheddingConfig
from bookdelivery.resilience.passes import Gate, Pass, PassState
from bookdelivery.resilience.policies import Resilience
from bookdelivery.resilience.protection import Protection
from bookdelivery.resilience.rate_limiter import RateLimitConfig, RateLimiter
from bookdelivery.resilience.retry import Attempts, Retry, RetryConfig, had_no_effect, is_transient
from bookdelivery.resilience.retry_budget import RetryBudget, RetryBudgetConfig
from bookdelivery.resilience.waits import ConstantWait, GrowingWait, WaitPolicy
from bookdelivery.resilience.windows import CountWindow, TimeWindow

__all__ = [
    "BREAKER_LIFECYCLE",
    "Admission",
    "AdmissionRefused",
    "Attempts",
    "Backoff",
    "BreakerConfig",
    "BreakerEvent",
    "BreakerListener",
    "BreakerSnapshot",
    "BreakerState",
    "Bulkhead",
    "BulkheadConfig",
    "BulkheadFull",
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
    "Doorway",
    "ErrorIgnored",
    "FailureRateExceeded",
    "Gate",
    "GrowingWait",
    "Guard",
    "Jitter",
    "LoadShed",
    "LoadShedder",
    "NoRoom",
    "Pass",
    "PassState",
    "Protection",
    "RateLimitConfig",
    "RateLimited",
    "RateLimiter",
    "Resilience",
    "Retry",
    "RetryBudget",
    "RetryBudgetConfig",
    "RetryConfig",
    "SettledTwice",
    "SheddingConfig",
    "SlowCallRateExceeded",
    "StateChanged",
    "TimeWindow",
    "WaitPolicy",
    "had_no_effect",
    "is_transient",
    "through",
    "within",
]
