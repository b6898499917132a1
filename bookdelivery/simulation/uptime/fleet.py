"""What takes a context's pods away, as plain values: failures, outages of everything, and rollouts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_setting
from bookdelivery.simulation._checks import a_count, a_duration_s, a_name, a_probability, a_time_s
from bookdelivery.simulation.distributions import (
    Deterministic,
    Distribution,
    Draw,
    Uniform,
    a_distribution,
    distribution,
)

_some_pods = a_setting("a whole number, 0 or more", lambda value: type(value) is int and value >= 0)


@attrs.frozen(kw_only=True)
class PodFailure:
    """One way in which a single pod stops working: it crashes, hangs, or its node goes.

    Failures come without memory: the times between them are exponential, as those of many independent causes together
    are (Drenick, Journal of SIAM 8, 1960). Repairs may have any distribution.

    Args:
        label: what to call it.
        mtbf_s: the mean time between two such failures of a pod that works, in seconds.
        repair_s: from the failure until the pod works and gets requests again, in seconds.
        unnoticed_s: from the failure until it gets no more requests, in seconds: 0 where the process is gone, the
            readiness probe's delay (see `noticed_after`) where it hangs. It gets them no longer than it is broken.
    """

    label: str = attrs.field(validator=a_name)
    mtbf_s: float = attrs.field(validator=a_duration_s)
    repair_s: Distribution = attrs.field(converter=distribution, validator=a_distribution)
    unnoticed_s: Distribution = attrs.field(
        default=Deterministic(0.0), converter=distribution, validator=a_distribution
    )


@attrs.frozen(kw_only=True)
class CommonOutage:
    """What takes all pods away at once: a zone, a database, a setting.

    Args:
        label: what to call it.
        mtbf_s: the mean time between two of them, exponential, in seconds.
        lasts_s: how long it lasts, in seconds.
    """

    label: str = attrs.field(validator=a_name)
    mtbf_s: float = attrs.field(validator=a_duration_s)
    lasts_s: Distribution = attrs.field(converter=distribution, validator=a_distribution)


@attrs.frozen(kw_only=True)
class Rollouts:
    """Deployments of new versions, pod by pod, begun while all is well and never in the middle of trouble.

    Args:
        every_s: the mean time between two, exponential, in seconds.
        start_up_s: from the start of a new pod until it works, in seconds.
        max_unavailable: how many pods may be missing meanwhile, as in Kubernetes' rolling update.
        max_surge: how many pods there may be beyond the replicas meanwhile.
        probed: whether new pods have a readiness probe. Without one they are taken for ready as soon as they start, so
            that all old ones are replaced at once, and requests go to pods that do not work yet.
        bad: the probability that a version never gets ready. With the probe that stops the rollout at its first pods,
            without it nothing works any more.
        rolled_back_s: from the start of a bad rollout until the old version is back, in seconds.
    """

    every_s: float = attrs.field(validator=a_duration_s)
    start_up_s: Distribution = attrs.field(converter=distribution, validator=a_distribution)
    max_unavailable: int = attrs.field(default=0, validator=_some_pods)
    max_surge: int = attrs.field(default=1, validator=_some_pods)
    probed: bool = attrs.field(default=True, validator=a_setting("true or false", lambda value: type(value) is bool))
    bad: float = attrs.field(default=0.0, validator=a_probability)
    rolled_back_s: Distribution = attrs.field(
        default=Deterministic(600.0), converter=distribution, validator=a_distribution
    )

    def __attrs_post_init__(self) -> None:
        """See that a rollout can move.

        Raises:
            InvalidField: neither may a pod be missing, nor may there be one more.
        """
        if not self.max_surge and not self.max_unavailable:
            raise InvalidField("Rollouts", "max_surge", 0, "1 or more where max_unavailable is 0")


def _in_order(given: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Fleet:
    """A context's pods and their troubles.

    Args:
        replicas: how many pods.
        needed: how many must work for it to be up.
        failures: of single pods, each on its own.
        outages: of all pods at once.
        rollouts: of new versions; None for none.

    Raises:
        InvalidField: a value is not allowed, or nothing ever happens.
    """

    replicas: int = attrs.field(validator=a_count)
    needed: int = attrs.field(default=1, validator=a_count)
    failures: tuple[PodFailure, ...] = attrs.field(default=(), converter=_in_order)
    outages: tuple[CommonOutage, ...] = attrs.field(default=(), converter=_in_order)
    rollouts: Rollouts | None = None

    def __attrs_post_init__(self) -> None:
        """See that the parts fit together."""
        if self.needed > self.replicas:
            raise InvalidField("Fleet", "needed", self.needed, f"at most as many as replicas, {self.replicas}")
        kinds: dict[str, type[Any]] = {"failures": PodFailure, "outages": CommonOutage}
        for field, kind in kinds.items():
            for place, given in enumerate(getattr(self, field)):
                if not isinstance(given, kind):
                    raise InvalidField("Fleet", f"{field}[{place}]", given, f"a {kind.__name__}")
        if self.rollouts is not None and not isinstance(self.rollouts, Rollouts):
            raise InvalidField("Fleet", "rollouts", self.rollouts, "Rollouts, or None")
        labels = [one.label for one in self.failures] + [one.label for one in self.outages]
        labels += [ROLLOUT] if self.rollouts else []
        if not labels or len(set(labels)) < len(labels):
            raise InvalidField("Fleet", "failures", labels, "troubles of different names, one or more in all")


ROLLOUT = "rollout"
"""What rollouts are called in tables."""


def _as_durations(given: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(distribution(part) for part in given)


@attrs.frozen
class Sum:
    """A duration made of several that follow each other.

    Args:
        parts: numbers of seconds or distributions.
    """

    parts: tuple[Distribution, ...] = attrs.field(converter=_as_durations)

    @parts.validator
    def _are_durations(self, attribute: attrs.Attribute[Any], value: object) -> None:  # noqa: ARG002
        for place, part in enumerate(self.parts):
            if not isinstance(part, Distribution):
                raise InvalidField("Sum", f"parts[{place}]", part, "a number of seconds or a distribution")

    @property
    def mean_s(self) -> float:
        """The sum of the means."""
        return sum(part.mean_s for part in self.parts)

    def draws(self, rng: np.random.Generator) -> Draw:
        """Draw each part on its own."""
        single = [part.draws(rng) for part in self.parts]
        return lambda: sum(draw() for draw in single)


def noticed_after(period_s: float, failures: int = 3, timeout_s: float = 0.0) -> Distribution:
    """Give how long it takes a Kubernetes probe to notice that a pod does not answer any more.

    The next probe comes somewhere within a period; then it takes so many failures in a row, each of which shows after
    the time-out.

    Args:
        period_s: `periodSeconds` of the probe.
        failures: its `failureThreshold`.
        timeout_s: its `timeoutSeconds`; 0 where the connection is refused at once.

    Raises:
        InvalidField: a value is out of range.
    """
    probe = _Probe(period_s=period_s, failures=failures, timeout_s=timeout_s)
    at_least = (probe.failures - 1) * probe.period_s + probe.timeout_s
    return Uniform(at_least, at_least + probe.period_s)


@attrs.frozen(kw_only=True)
class _Probe:
    period_s: float = attrs.field(validator=a_duration_s)
    failures: int = attrs.field(validator=a_count)
    timeout_s: float = attrs.field(validator=a_time_s)
