"""How long a pod whose process has ended waits before it is started again."""

from __future__ import annotations

import math

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation._checks import a_duration_s


@attrs.frozen(kw_only=True)
class RestartBackOff:
    """The waits between restarts, with kubelet's defaults (kubernetes.io, "Pod Lifecycle", container restarts).

    The first restart comes at once; the next ones wait ever longer.

    Attributes:
        first_s: the wait before the second restart, in seconds; it doubles with every further one.
        longest_s: the longest wait, in seconds. A process that ended more than twice this long after its last restart
            (10 minutes with the default) begins anew: it is started again at once.

    Raises:
        InvalidField: a value is not allowed.
    """

    first_s: float = attrs.field(default=10.0, validator=a_duration_s)
    longest_s: float = attrs.field(default=300.0, validator=a_duration_s)

    def __attrs_post_init__(self) -> None:
        """See that the longest wait is not shorter than the first."""
        if self.longest_s < self.first_s:
            raise InvalidField(
                "RestartBackOff", "longest_s", self.longest_s, f"at least first_s, which is {self.first_s:g}"
            )


@attrs.define
class Restarts:
    """The restarts of one pod (client-go's `flowcontrol.Backoff`, as kubelet uses it).

    Args:
        settings: the waits.
    """

    settings: RestartBackOff
    _wait_s: float = attrs.field(default=0.0, init=False)
    _restarted_s: float = attrs.field(default=-math.inf, init=False)

    def ended(self, now_s: float) -> float:
        """Take note that the process ended now, and give the seconds until it is started again."""
        settings = self.settings
        wait_s = 0.0 if now_s - self._restarted_s > 2 * settings.longest_s else self._wait_s
        self._restarted_s = now_s + wait_s
        self._wait_s = min(2 * wait_s, settings.longest_s) if wait_s else settings.first_s
        return wait_s
