"""A new version that is rolled out while the system runs."""

from __future__ import annotations

import attrs

from bookdelivery.resilience.settings import a_setting
from bookdelivery.simulation._checks import a_factor, a_name, a_time_s

_a_flag = a_setting("True or False", lambda value: isinstance(value, bool))


@attrs.frozen
class Rollout:
    """From some moment on a context is to run another version: its pods are replaced as its `Platform.update` says.

    A version that never becomes ready never takes over: the rollout stands still, is reported as failed after
    `Platform.progress_deadline_s`, and the old pods go on serving.

    Args:
        context: which.
        at: when, in seconds.
        version: what to call it.
        gets_ready: whether its pods ever answer the readiness probe well. (Without such a probe nobody asks.)
        start_up_factor: what the time a pod takes to start is multiplied by, in this version.
        service_factor: what service times are multiplied by, in this version.

    Raises:
        InvalidField: a value is not allowed.
    """

    context: str = attrs.field(validator=a_name)
    at: float = attrs.field(validator=a_time_s, kw_only=True)
    version: str = attrs.field(default="v2", validator=a_name, kw_only=True)
    gets_ready: bool = attrs.field(default=True, validator=_a_flag, kw_only=True)
    start_up_factor: float = attrs.field(default=1.0, validator=a_factor, kw_only=True)
    service_factor: float = attrs.field(default=1.0, validator=a_factor, kw_only=True)

    @property
    def label(self) -> str:
        """Name the context and the version, for plots."""
        return f"{self.context} {self.version} rolled out"
