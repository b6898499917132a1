"""The settings of a HorizontalPodAutoscaler, with the fields and defaults of Kubernetes' `autoscaling/v2`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_number, a_setting
from bookdelivery.simulation._checks import a_count, a_duration_s, a_time_s, optional


class PolicyType(StrEnum):
    """What a scaling policy's value counts."""

    PODS = "Pods"
    PERCENT = "Percent"


class SelectPolicy(StrEnum):
    """Which of several scaling policies holds."""

    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


_a_tolerance = a_number("a part of the target, 0 or more", lambda part: 0 <= part < float("inf"))
_a_policy_type = a_setting("'Pods' or 'Percent'", lambda value: isinstance(value, PolicyType))
_a_selection = a_setting("'Max', 'Min' or 'Disabled'", lambda value: isinstance(value, SelectPolicy))
_a_policy_period = a_number("a number of seconds above 0, up to 1800", lambda seconds: 0 < seconds <= 1800)
_a_window = a_number("a number of seconds from 0 to 3600", lambda seconds: 0 <= seconds <= 3600)


def _policy_type(given: Any) -> Any:
    return PolicyType(given) if given in tuple(PolicyType) else given


def _selection(given: Any) -> Any:
    return SelectPolicy(given) if given in tuple(SelectPolicy) else given


def _as_tuple(given: object) -> object:
    return tuple(given) if isinstance(given, Sequence) and not isinstance(given, str) else given


@attrs.frozen(kw_only=True)
class ScalingPolicy:
    """A limit on how fast the number of pods may change (`HPAScalingPolicy`).

    Attributes:
        type: "Pods", or "Percent" of the pods there were at the period's beginning.
        value: how many.
        period_s: within how many seconds.

    Raises:
        InvalidField: a value is not allowed.
    """

    type: PolicyType = attrs.field(converter=_policy_type, validator=_a_policy_type)
    value: int = attrs.field(validator=a_count)
    period_s: float = attrs.field(validator=_a_policy_period)


@attrs.frozen(kw_only=True)
class ScalingRules:
    """How the number of pods may change in one direction (`HPAScalingRules`).

    Attributes:
        stabilization_window_s: for how many seconds a recommendation counts; of those that count the most cautious is
            followed (the lowest when scaling up, the highest when scaling down).
        select_policy: "Max": the policy holds that allows the greatest change; "Min": the least; "Disabled": none may
            be made at all.
        policies: the limits on the speed; there must be one.
        tolerance: how far from the target the metric may be, as a part of it, before anything is done; None: the
            autoscaler's own.

    Raises:
        InvalidField: a value is not allowed.
    """

    stabilization_window_s: float = attrs.field(validator=_a_window)
    select_policy: SelectPolicy = attrs.field(default=SelectPolicy.MAX, converter=_selection, validator=_a_selection)
    policies: tuple[ScalingPolicy, ...] = attrs.field(converter=_as_tuple)
    tolerance: float | None = attrs.field(default=None, validator=optional(_a_tolerance))

    @policies.validator
    def _are_policies(self, attribute: attrs.Attribute[object], value: object) -> None:
        if not isinstance(value, tuple) or not value or not all(isinstance(each, ScalingPolicy) for each in value):
            raise InvalidField("ScalingRules", attribute.name, value, "one ScalingPolicy or more")


def scale_up_rules() -> ScalingRules:
    """Give Kubernetes' defaults: at once, 4 pods or twice as many within 15 s, whichever is more."""
    return ScalingRules(
        stabilization_window_s=0.0,
        policies=(
            ScalingPolicy(type=PolicyType.PODS, value=4, period_s=15.0),
            ScalingPolicy(type=PolicyType.PERCENT, value=100, period_s=15.0),
        ),
    )


def scale_down_rules() -> ScalingRules:
    """Give Kubernetes' defaults: the highest recommendation of the last 5 minutes, and then all at once."""
    return ScalingRules(
        stabilization_window_s=300.0,
        policies=(ScalingPolicy(type=PolicyType.PERCENT, value=100, period_s=15.0),),
    )


@attrs.frozen(kw_only=True)
class Behavior:
    """How fast the number of pods may change (`HorizontalPodAutoscalerBehavior`).

    Attributes:
        scale_up: when more are wanted.
        scale_down: when fewer are wanted.

    Raises:
        InvalidField: a value is not allowed.
    """

    scale_up: ScalingRules = attrs.field(
        factory=scale_up_rules, validator=a_setting("ScalingRules", lambda value: isinstance(value, ScalingRules))
    )
    scale_down: ScalingRules = attrs.field(
        factory=scale_down_rules, validator=a_setting("ScalingRules", lambda value: isinstance(value, ScalingRules))
    )


@attrs.frozen(kw_only=True)
class Autoscaler:
    """A HorizontalPodAutoscaler on the pods' use of CPU.

    The last five fields are what an administrator sets for the whole cluster, as options of the controller manager and
    of the metrics server; they have their defaults there.

    Attributes:
        min_replicas: the fewest pods.
        max_replicas: the most pods.
        target_cpu_percent: the use of CPU to aim at, in percent of what the pods request, averaged over them.
        behavior: how fast it may go; None: as Kubernetes does without one, which is like `Behavior()` but lets up to 4
            pods, or twice as many, be there at once whatever came before.
        sync_period_s: seconds between two looks.
        tolerance: how far from the target the use may be, as a part of it, before anything is done.
        cpu_initialization_period_s: for how many seconds after a pod's start its use of CPU counts only while it is
            ready, and only if it was so for as long as the sample took.
        initial_readiness_delay_s: a pod that became unready within this many seconds after its start, and is so still,
            has never been ready in earnest.
        downscale_stabilization_s: for how many seconds a recommendation counts where there is no `behavior`.
        metric_resolution_s: seconds over which a sample of a pod's use of CPU is taken.

    Raises:
        InvalidField: a value is not allowed.
    """

    min_replicas: int = attrs.field(default=1, validator=a_count)
    max_replicas: int = attrs.field(validator=a_count)
    target_cpu_percent: int = attrs.field(default=80, validator=a_count)
    behavior: Behavior | None = attrs.field(
        default=None, validator=a_setting("a Behavior, or None", lambda value: isinstance(value, Behavior | None))
    )
    sync_period_s: float = attrs.field(default=15.0, validator=a_duration_s)
    tolerance: float = attrs.field(default=0.1, validator=_a_tolerance)
    cpu_initialization_period_s: float = attrs.field(default=300.0, validator=a_time_s)
    initial_readiness_delay_s: float = attrs.field(default=30.0, validator=a_time_s)
    downscale_stabilization_s: float = attrs.field(default=300.0, validator=a_time_s)
    metric_resolution_s: float = attrs.field(default=15.0, validator=a_duration_s)

    def __attrs_post_init__(self) -> None:
        """See that the least is not more than the most."""
        if self.max_replicas < self.min_replicas:
            allowed = f"at least min_replicas, which is {self.min_replicas}"
            raise InvalidField("Autoscaler", "max_replicas", self.max_replicas, allowed)
