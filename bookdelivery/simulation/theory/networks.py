"""Stations one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.theory.queues import Station, mmc


@attrs.frozen(kw_only=True)
class Line:
    """Stations that everybody passes one after the other.

    Attributes:
        stations: each as it would be alone.
        stay_s: the mean time from the first station's door to the last one's, in seconds.
        inside: the mean number of those in all stations.
    """

    stations: tuple[Station, ...]
    stay_s: float
    inside: float


def tandem(arrivals_per_second: float, stations: Sequence[tuple[float, int]]) -> Line:
    """Give a line of M/M/c stations with a Poisson stream into the first.

    What leaves an M/M/c queue is again a Poisson stream of the same rate (Burke, Operations Research 4, 1956), so each
    station is as if it were alone (Jackson, Operations Research 5, 1957).

    Args:
        arrivals_per_second: into the first station.
        stations: for each, the mean service time in seconds, and how many servers.

    Raises:
        InvalidField: there is no station, or a number is out of range; `NeverDrains` if one cannot do all that comes.
    """
    if not stations:
        raise InvalidField("tandem", "stations", list(stations), "one or more of (service_s, servers)")
    each = tuple(mmc(arrivals_per_second, service_s, servers) for service_s, servers in stations)
    return Line(
        stations=each,
        stay_s=fsum(station.stay_s for station in each),
        inside=fsum(station.inside for station in each),
    )
