"""A number of pods, given as it is or as a percentage (Kubernetes' `IntOrString`)."""

from __future__ import annotations

import re

from bookdelivery.resilience.settings import a_setting

PodsOrPercent = int | str
"""2, or "25%" of the pods that are wanted."""

_PERCENT = re.compile(r"(\d+)%", re.ASCII)


def _fits(value: object) -> bool:
    return (type(value) is int and value >= 0) or (isinstance(value, str) and _PERCENT.fullmatch(value) is not None)


pods_or_percent = a_setting("a number of pods such as 1, or a percentage such as '25%'", _fits)
"""The check, for attrs."""


def pods(given: PodsOrPercent, of: int, *, round_up: bool) -> int:
    """Say how many pods are meant.

    Args:
        given: the number, or the percentage.
        of: the pods that are wanted, of which a percentage is taken.
        round_up: whether part of a pod counts as one.
    """
    if isinstance(given, int):
        return given
    hundredths = int(given.removesuffix("%")) * of
    return -(-hundredths // 100) if round_up else hundredths // 100
