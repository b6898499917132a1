"""Liveness and readiness probes: how often a pod is asked whether it is well, and when the answers are believed."""

from __future__ import annotations

import attrs

from bookdelivery.simulation._checks import a_count, a_duration_s, a_time_s


@attrs.frozen(kw_only=True)
class Probe:
    """A probe, with the fields and defaults of Kubernetes' own.

    See kubernetes.io, "Configure Liveness, Readiness and Startup Probes".

    Attributes:
        initial_delay_s: from the start of the pod's process until it is first asked, in seconds.
        period_s: between two questions, in seconds.
        timeout_s: how long to wait for the answer, in seconds; none in time is a failure.
        success_threshold: how many good answers in a row it takes to believe a pod that was not well.
        failure_threshold: how many bad answers in a row it takes to give up on a pod that was well.

    Raises:
        InvalidField: a value is not allowed.
    """

    initial_delay_s: float = attrs.field(default=0.0, validator=a_time_s)
    period_s: float = attrs.field(default=10.0, validator=a_duration_s)
    timeout_s: float = attrs.field(default=1.0, validator=a_duration_s)
    success_threshold: int = attrs.field(default=1, validator=a_count)
    failure_threshold: int = attrs.field(default=3, validator=a_count)


@attrs.define
class Streak:
    """What one probe believes of one process, from the answers so far (kubelet's `prober/worker.go`).

    Args:
        probe: the thresholds.
        well: what is believed before the first answer: a process is alive, and not ready.
    """

    probe: Probe
    well: bool
    _last: bool | None = attrs.field(default=None, init=False)
    _run: int = attrs.field(default=0, init=False)

    def heard(self, good: bool) -> bool:
        """Take the next answer, and say what is believed now."""
        self._run = self._run + 1 if good == self._last else 1
        self._last = good
        threshold = self.probe.success_threshold if good else self.probe.failure_threshold
        if self._run >= threshold:
            self.well = good
        return self.well
