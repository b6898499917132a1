"""What the platform does for a context's pods."""

from __future__ import annotations

from typing import Any

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_setting
from bookdelivery.simulation._checks import a_duration_s, a_factor, a_time_s
from bookdelivery.simulation.operations.autoscaler import Autoscaler
from bookdelivery.simulation.operations.backoff import RestartBackOff
from bookdelivery.simulation.operations.disruption import DisruptionBudget
from bookdelivery.simulation.operations.probe import Probe
from bookdelivery.simulation.operations.rolling_update import RollingUpdate


def _is(kind: type[Any], *, optional: bool = False) -> Any:
    allowed = f"a {kind.__name__}" + (", or None" if optional else "")
    return a_setting(allowed, lambda value: (optional and value is None) or isinstance(value, kind))


@attrs.frozen(kw_only=True)
class Platform:
    """How a context's pods are watched, started again, replaced and multiplied: as Kubernetes does, with its defaults.

    A deployment without a platform runs on an ideal one: a pod gets requests from the very moment it serves.

    Attributes:
        readiness: decides whether a pod gets requests. None: a pod gets them as soon as its process has started, long
            before it serves, and loses them.
        liveness: decides whether a pod's process is killed and started again. None: only if it has ended by itself.
        restarts: the waits between a pod's restarts.
        update: how the pods are replaced when a new version is rolled out.
        min_ready_s: how long a new pod must have been ready to count as available, in seconds.
        progress_deadline_s: after how many seconds without progress a rollout is reported as failed.
        pre_stop_s: how long a pod that is to go waits, serving, before it is told so: its `preStop` hook, in seconds.
        termination_grace_period_s: from the decision that a pod is to go until it is killed, in seconds; includes
            `pre_stop_s`.
        endpoint_lag_s: from a change of a pod's readiness, or the decision that it is to go, until senders know, in
            seconds.
        cpu_request: what a pod asks for, in cores; an autoscaler's target is a percentage of it.
        autoscaler: changes the number of pods; None: nobody does.
        disruption_budget: what `Maintenance` must leave; None: nothing.

    Raises:
        InvalidField: a value is not allowed.
    """

    readiness: Probe | None = attrs.field(default=None, validator=_is(Probe, optional=True))
    liveness: Probe | None = attrs.field(default=None, validator=_is(Probe, optional=True))
    restarts: RestartBackOff = attrs.field(factory=RestartBackOff, validator=_is(RestartBackOff))
    update: RollingUpdate = attrs.field(factory=RollingUpdate, validator=_is(RollingUpdate))
    min_ready_s: float = attrs.field(default=0.0, validator=a_time_s)
    progress_deadline_s: float = attrs.field(default=600.0, validator=a_duration_s)
    pre_stop_s: float = attrs.field(default=0.0, validator=a_time_s)
    termination_grace_period_s: float = attrs.field(default=30.0, validator=a_time_s)
    endpoint_lag_s: float = attrs.field(default=0.0, validator=a_time_s)
    cpu_request: float = attrs.field(default=1.0, validator=a_factor)
    autoscaler: Autoscaler | None = attrs.field(default=None, validator=_is(Autoscaler, optional=True))
    disruption_budget: DisruptionBudget | None = attrs.field(
        default=None, validator=_is(DisruptionBudget, optional=True)
    )

    def __attrs_post_init__(self) -> None:
        """See what Kubernetes would refuse as well."""
        if self.liveness is not None and self.liveness.success_threshold != 1:
            raise InvalidField(
                "Platform", "liveness.success_threshold", self.liveness.success_threshold, "1 for a liveness probe"
            )
        if self.progress_deadline_s <= self.min_ready_s:
            allowed = f"more than min_ready_s, which is {self.min_ready_s:g}"
            raise InvalidField("Platform", "progress_deadline_s", self.progress_deadline_s, allowed)
