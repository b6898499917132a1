"""How one context is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_setting
from bookdelivery.simulation._checks import a_count, a_factor, a_limit
from bookdelivery.simulation.distributions import (
    Deterministic,
    Distribution,
    Exponential,
    a_distribution,
    distribution,
)
from bookdelivery.simulation.operations.platform import Platform


def _by_operation(given: object) -> object:
    return {name: distribution(value) for name, value in given.items()} if isinstance(given, Mapping) else given


def _are_distributions(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:  # noqa: ARG001
    if not isinstance(value, Mapping):
        raise InvalidField("Deployment", attribute.name, value, "a mapping from an operation to its time")
    for name, given in value.items():
        if not isinstance(given, Distribution):
            allowed = "a number of seconds or a distribution"
            raise InvalidField("Deployment", f"{attribute.name}[{name!r}]", given, allowed)


@attrs.frozen(kw_only=True)
class Deployment:
    """How one context is deployed. The pods of a context share its store and its consumer group.

    An operation is named by its command, `context.policy`, `context.view`, or `look` for reading a view.

    Attributes:
        replicas: how many pods.
        workers: how many operations a pod works on at once. An operation keeps its worker until it is done, also while
            it waits for another context's answer.
        queue_limit: how many requests may wait in a pod for a worker; one more is turned away at once. None: no limit.
        service_s: how long a worker takes for an operation, besides computing and waiting for stores and answers, in
            seconds.
        operations: the same for single operations.
        cpu_s: how long an operation computes, on a core of its own, in seconds of CPU time.
        cpu_operations: the same for single operations.
        cores: how many cores a pod may use. Whoever computes at the same time shares them evenly, and nobody gets more
            than one.
        store_latency_s: how long the store takes for one request, in seconds.
        start_up_s: from the start of a pod until it serves, in seconds.
        platform: who watches the pods, replaces and multiplies them. None: nobody; they never need it.
    """

    replicas: int = attrs.field(default=2, validator=a_count)
    workers: int = attrs.field(default=8, validator=a_count)
    queue_limit: int | None = attrs.field(default=None, validator=a_limit)
    service_s: Distribution = attrs.field(default=Exponential(0.004), converter=distribution, validator=a_distribution)
    operations: Mapping[str, Distribution] = attrs.field(
        factory=dict, converter=_by_operation, validator=_are_distributions
    )
    cpu_s: Distribution = attrs.field(default=Deterministic(0.0), converter=distribution, validator=a_distribution)
    cpu_operations: Mapping[str, Distribution] = attrs.field(
        factory=dict, converter=_by_operation, validator=_are_distributions
    )
    cores: float = attrs.field(default=1.0, validator=a_factor)
    store_latency_s: Distribution = attrs.field(
        default=Deterministic(0.0), converter=distribution, validator=a_distribution
    )
    start_up_s: Distribution = attrs.field(default=Deterministic(5.0), converter=distribution, validator=a_distribution)
    platform: Platform | None = attrs.field(
        default=None, validator=a_setting("a Platform, or None", lambda value: isinstance(value, Platform | None))
    )
