"""The settings: their defaults, and what a wrong one is told."""

import math
from typing import Any

import attrs
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience import BreakerConfig, ConstantWait, CountWindow, GrowingWait, TimeWindow

WRONG: dict[str, tuple[list[Any], str]] = {
    "failure_rate_threshold_percent": ([0, -1, 100.1, math.nan, "50", None, True], "percentage above 0"),
    "slow_call_rate_threshold_percent": ([0, 101], "at most 100"),
    "slow_call_duration_s": ([0, -1, math.nan, "1"], "seconds above 0"),
    "window": ([100, None], r"CountWindow\(calls\) or TimeWindow\(seconds\)"),
    "min_calls": ([0, 1.5, True, "1"], "whole number, at least 1"),
    "half_open_permits": ([0, -3], "whole number, at least 1"),
    "wait_open_s": ([0, -1, math.inf, math.nan, "1", True], "seconds above 0, or a wait policy"),
    "longest_half_open_s": ([0, math.nan], "math.inf for no limit"),
    "ignores": ([None, ValueError()], "function"),
    "records": ([None], "function"),
}


def test_the_defaults_are_the_reference_implementations() -> None:
    config = BreakerConfig()
    assert config.failure_rate_threshold_percent == 50
    assert config.slow_call_rate_threshold_percent == 100
    assert config.slow_call_duration_s == 60
    assert config.window == CountWindow(100)
    assert config.min_calls == 100
    assert config.half_open_permits == 10
    assert config.wait_open_s == ConstantWait(60)
    assert config.records(ValueError())
    assert not config.ignores(ValueError())


def test_a_stay_in_half_open_is_limited_unless_told_otherwise() -> None:
    assert BreakerConfig().longest_half_open_s == 60
    assert BreakerConfig(longest_half_open_s=math.inf).longest_half_open_s == math.inf


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [(field, value, allowed) for field, (values, allowed) in WRONG.items() for value in values],
)
def test_a_wrong_setting_is_told_its_name_its_value_and_what_is_allowed(field: str, value: Any, allowed: str) -> None:
    with pytest.raises(InvalidField, match=f"BreakerConfig.{field} is .*{allowed}") as error:
        BreakerConfig(**{field: value})
    assert isinstance(error.value, ValueError)
    assert error.value.field == field
    assert error.value.value is value


@pytest.mark.parametrize("length", [0, -1, 1.5, True, "3", None])
def test_a_window_without_a_whole_length_is_refused(length: Any) -> None:
    with pytest.raises(InvalidField, match=r"CountWindow\.calls is .* whole number, at least 1"):
        CountWindow(length)
    with pytest.raises(InvalidField, match=r"TimeWindow\.seconds is .* whole number, at least 1"):
        TimeWindow(length)


def test_a_wait_may_be_seconds_or_a_policy() -> None:
    growing = GrowingWait(first_s=1, longest_s=8)
    assert BreakerConfig(wait_open_s=growing).wait_open_s is growing
    assert BreakerConfig(wait_open_s=7).wait_open_s(3) == 7


def test_settings_cannot_change_under_a_breaker() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        BreakerConfig().min_calls = 1  # type: ignore[misc]
