"""All that can be put around a call or an operation, as one piece of data."""

from __future__ import annotations

from typing import Any, Literal

import attrs

from bookdelivery.resilience.breaker_config import BreakerConfig
from bookdelivery.resilience.bulkhead import BulkheadConfig
from bookdelivery.resilience.load_shedder import SheddingConfig
from bookdelivery.resilience.rate_limiter import RateLimitConfig
from bookdelivery.resilience.retry import RetryConfig
from bookdelivery.resilience.settings import a_limit_s, a_setting


def _or_none(kind: type[Any]) -> Any:
    return a_setting(f"a {kind.__name__}, or None", lambda value: value is None or isinstance(value, kind))


@attrs.frozen(kw_only=True)
class Resilience:
    """What is put around one call or operation, from the outermost to the innermost; by default nothing is added.

    The order is Resilience4j's, with load shedding, which it lacks, right in front of the work: only there does the
    time that operations stand in line tell how overloaded the worker is.

    Attributes:
        retry: Repeats what failed.
        breaker: Holds off while too much fails. None leaves what is declared: the default breaker of a call to another
            context, and none elsewhere. False takes that away, too.
        rate_limit: Lets in so many a second.
        timeout_s: How long one attempt may take, in seconds, waiting in `bulkhead` and `shedding` included; math.inf
            for no limit. None leaves the declared limit of a call, and none elsewhere.
        bulkhead: Lets so many be under way at once.
        shedding: Refuses early what cannot be done in time.

    Raises:
        InvalidField: When a value is not allowed.
    """

    retry: RetryConfig | None = attrs.field(default=None, validator=_or_none(RetryConfig))
    breaker: BreakerConfig | Literal[False] | None = attrs.field(
        default=None,
        validator=a_setting(
            "a BreakerConfig, False for none, or None for the declared one",
            lambda value: value is None or value is False or isinstance(value, BreakerConfig),
        ),
    )
    rate_limit: RateLimitConfig | None = attrs.field(default=None, validator=_or_none(RateLimitConfig))
    timeout_s: float | None = attrs.field(default=None, validator=attrs.validators.optional(a_limit_s))
    bulkhead: BulkheadConfig | None = attrs.field(default=None, validator=_or_none(BulkheadConfig))
    shedding: SheddingConfig | None = attrs.field(default=None, validator=_or_none(SheddingConfig))
