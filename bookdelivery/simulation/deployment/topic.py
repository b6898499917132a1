"""The broker."""

from __future__ import annotations

import attrs

from bookdelivery.simulation._checks import a_count, a_duration_s, a_time_s
from bookdelivery.simulation.distributions import Deterministic, Distribution, a_distribution, distribution


@attrs.frozen(kw_only=True)
class Topic:
    """The broker's topic.

    Attributes:
        partitions: how many; messages of one partition are handled one after the other.
        publish_s: until a publication is acknowledged, in seconds.
        fetch_s: from a message's arrival until a waiting consumer has it, in seconds.
        session_timeout_s: after how many seconds without a sign of life a dead pod's partitions go to others.
        rebalance_pause_s: for how many seconds nobody of a consumer group gets messages after somebody joined or left
            it, as with Kafka's eager assignment.
        retention_s: after how many seconds a message is deleted, whether or not everybody has handled it; Kafka's
            default is a week.
    """

    partitions: int = attrs.field(default=12, validator=a_count)
    publish_s: Distribution = attrs.field(
        default=Deterministic(0.002), converter=distribution, validator=a_distribution
    )
    fetch_s: Distribution = attrs.field(default=Deterministic(0.0), converter=distribution, validator=a_distribution)
    session_timeout_s: float = attrs.field(default=10.0, validator=a_duration_s)
    rebalance_pause_s: float = attrs.field(default=0.0, validator=a_time_s)
    retention_s: float = attrs.field(default=7 * 86_400.0, validator=a_duration_s)
