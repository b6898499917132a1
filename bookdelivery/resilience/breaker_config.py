"""What a circuit breaker can be told about when to open and when to try again."""

from collections.abc import Callable

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import (
    a_count,
    a_limit_s,
    a_percentage,
    a_predicate,
    a_setting,
)
from bookdelivery.resilience.waits import A_WAIT, ConstantWait, WaitPolicy, is_wait_s
from bookdelivery.resilience.windows import CountWindow, TimeWindow


def every_error(_: Exception) -> bool:
    """Say yes to every error."""
    return True


def no_error(_: Exception) -> bool:
    """Say no to every error."""
    return False


def _as_wait_policy(wait: float | WaitPolicy) -> WaitPolicy:
    if callable(wait):
        return wait
    if not is_wait_s(wait):
        raise InvalidField("BreakerConfig", "wait_open_s", wait, f"{A_WAIT}, or a wait policy")
    return ConstantWait(wait)


_a_window = a_setting(
    "CountWindow(calls) or TimeWindow(seconds)", lambda value: isinstance(value, CountWindow | TimeWindow)
)


@attrs.frozen(kw_only=True)
class BreakerConfig:
    """The settings of a circuit breaker; the defaults are Resilience4j's, but for `longest_half_open_s`.

    Attributes:
        failure_rate_threshold_percent: Opens when this part of the window's calls failed, or more.
        slow_call_rate_threshold_percent: Opens when this part of the window's calls was slow, or more.
        slow_call_duration_s: A call that takes longer than this, in seconds, is slow, however it ends.
        window: The calls that count while closed.
        min_calls: Nothing is judged on fewer calls than this. A window of calls that is shorter lowers it to
            its own length, and half-open to its permits. Below `half_open_permits` it brings the verdict on
            half-open forward, to as soon as that many probes have answered.
        half_open_permits: How many calls are let in as probes while half-open.
        wait_open_s: How long it stays open before it lets probes in: seconds, or a policy that is given how
            many times it has opened since it was last closed.
        longest_half_open_s: The longest stay in half-open, in seconds; then the verdict falls on what is
            known, and a probe that has not answered counts as failed and slow. On by default, because one
            probe that hangs would otherwise keep its permit, and the breaker refusing, for good. A minute:
            what has not answered by then is slow by `slow_call_duration_s`'s default too, and refusing for
            that long on no evidence is no worse than one more default wait. `math.inf` turns it off.
        ignores: Errors for which it is true count neither as failure nor as success; asked first.
        records: Errors for which it is true are failures; all others are successes.

    Raises:
        InvalidField: When a value is not allowed.
    """

    failure_rate_threshold_percent: float = attrs.field(default=50.0, validator=a_percentage)
    slow_call_rate_threshold_percent: float = attrs.field(default=100.0, validator=a_percentage)
    slow_call_duration_s: float = attrs.field(default=60.0, validator=a_limit_s)
    window: CountWindow | TimeWindow = attrs.field(default=CountWindow(100), validator=_a_window)
    min_calls: int = attrs.field(default=100, validator=a_count)
    half_open_permits: int = attrs.field(default=10, validator=a_count)
    wait_open_s: WaitPolicy = attrs.field(default=ConstantWait(60.0), converter=_as_wait_policy)
    longest_half_open_s: float = attrs.field(default=60.0, validator=a_limit_s)
    ignores: Callable[[Exception], bool] = attrs.field(default=no_error, validator=a_predicate)
    records: Callable[[Exception], bool] = attrs.field(default=every_error, validator=a_predicate)
