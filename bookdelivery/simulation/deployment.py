"""How a context runs, what lies between the contexts, and how fast the payment provider is."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation._checks import a_count, a_duration_s, a_limit, a_probability
from bookdelivery.simulation.distributions import (
    Deterministic,
    Distribution,
    Exponential,
    LogNormal,
    Uniform,
    a_distribution,
    distribution,
)


def _by_operation(given: object) -> object:
    return {name: distribution(value) for name, value in given.items()} if isinstance(given, Mapping) else given


@attrs.frozen(kw_only=True)
class Deployment:
    """How one context is deployed. The pods of a context share its store and its consumer group.

    Attributes:
        replicas: how many pods.
        workers: how many operations a pod works on at once. An operation keeps its worker until it is done, also while
            it waits for another context's answer.
        queue_limit: how many requests may wait in a pod for a worker; one more is turned away at once. None: no limit.
        service_s: how long a worker takes for an operation, besides waiting for stores and answers, in seconds.
        operations: the same for single operations, by the command's name, `context.policy`, `context.view`, or
            `look` for reading a view.
        store_latency_s: how long the store takes for one request, in seconds.
        start_up_s: from the start of a pod until it serves, in seconds.
    """

    replicas: int = attrs.field(default=2, validator=a_count)
    workers: int = attrs.field(default=8, validator=a_count)
    queue_limit: int | None = attrs.field(default=None, validator=a_limit)
    service_s: Distribution = attrs.field(default=Exponential(0.004), converter=distribution, validator=a_distribution)
    operations: Mapping[str, Distribution] = attrs.field(factory=dict, converter=_by_operation)
    store_latency_s: Distribution = attrs.field(
        default=Deterministic(0.0), converter=distribution, validator=a_distribution
    )
    start_up_s: Distribution = attrs.field(default=Deterministic(5.0), converter=distribution, validator=a_distribution)

    @operations.validator
    def _are_distributions(self, attribute: attrs.Attribute[object], value: object) -> None:
        if not isinstance(value, Mapping):
            raise InvalidField("Deployment", attribute.name, value, "a mapping from an operation to its service time")
        for name, given in value.items():
            if not isinstance(given, Distribution):
                raise InvalidField(
                    "Deployment", f"operations[{name!r}]", given, "a number of seconds or a distribution"
                )


@attrs.frozen(kw_only=True)
class Network:
    """What every request and every answer goes through, each for itself.

    Attributes:
        latency_s: one way, in seconds.
        loss: the probability that one gets lost on its way; its sender hears nothing.
    """

    latency_s: Distribution = attrs.field(
        default=Deterministic(0.001), converter=distribution, validator=a_distribution
    )
    loss: float = attrs.field(default=0.0, validator=a_probability)


@attrs.frozen(kw_only=True)
class Topic:
    """The broker's topic.

    Attributes:
        partitions: how many; messages of one partition are handled one after the other.
        publish_s: until a publication is acknowledged, in seconds.
        fetch_s: from a message's arrival until a waiting consumer has it, in seconds.
        session_timeout_s: after how many seconds without a sign of life a dead pod's partitions go to others.
    """

    partitions: int = attrs.field(default=12, validator=a_count)
    publish_s: Distribution = attrs.field(
        default=Deterministic(0.002), converter=distribution, validator=a_distribution
    )
    fetch_s: Distribution = attrs.field(default=Deterministic(0.0), converter=distribution, validator=a_distribution)
    session_timeout_s: float = attrs.field(default=10.0, validator=a_duration_s)


@attrs.frozen(kw_only=True)
class Provider:
    """The payment provider: somebody else's system, outside of all pods.

    Attributes:
        latency_s: until it answers, in seconds; half of it passes before the charge or refund takes place.
        declines: the probability that it declines a charge.
        silent_before: the probability that it loses a request before it does anything; no answer ever comes.
        silent_after: the probability that it does as asked, and no answer ever comes.
        at_once: how many requests it works on at the same time, the others wait in line; None: all of them.
    """

    latency_s: Distribution = attrs.field(
        default=LogNormal(0.08, 0.4), converter=distribution, validator=a_distribution
    )
    declines: float = attrs.field(default=0.0, validator=a_probability)
    silent_before: float = attrs.field(default=0.0, validator=a_probability)
    silent_after: float = attrs.field(default=0.0, validator=a_probability)
    at_once: int | None = attrs.field(default=None, validator=attrs.validators.optional(a_count))


@attrs.frozen(kw_only=True)
class People:
    """The shopkeeper and the courier, played by an autopilot; they are as many as the work needs.

    Attributes:
        take_s: from a payment until the shopkeeper takes the order on, in seconds.
        pack_s: packing it, in seconds.
        deliver_s: bringing it to the customer, in seconds.
        at_once: how many of them send something to the shop's computers at the same time.
        timeout_s: after how many seconds without an answer they try again.
    """

    take_s: Distribution = attrs.field(default=Uniform(5.0, 30.0), converter=distribution, validator=a_distribution)
    pack_s: Distribution = attrs.field(default=LogNormal(120.0, 0.4), converter=distribution, validator=a_distribution)
    deliver_s: Distribution = attrs.field(
        default=LogNormal(900.0, 0.4), converter=distribution, validator=a_distribution
    )
    at_once: int = attrs.field(default=16, validator=a_count)
    timeout_s: float = attrs.field(default=10.0, validator=a_duration_s)
