"""How much of the time something works that breaks and is repaired, alone or with others beside it."""

from __future__ import annotations

from math import comb, fsum

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.theory._checks import counts, not_negative, positive
from bookdelivery.simulation.theory.birth_death import birth_death

YEAR_S = 365.25 * 24 * 3600
"""The seconds of a year."""


@attrs.frozen(kw_only=True)
class Group:
    """Units of which some must work.

    Attributes:
        availability: the share of time in which enough of them do.
        outages_per_second: how often they become too few.
        outage_s: the mean time until they are enough again, in seconds; 0 if they never become too few.
    """

    availability: float
    outages_per_second: float
    outage_s: float


def alternating(mtbf_s: float, mttr_s: float) -> float:
    """Give the share of time that one unit works, for any distributions: alternating renewal.

    Args:
        mtbf_s: the mean time from a repair to the next failure, in seconds.
        mttr_s: the mean time from a failure to the end of its repair, in seconds.

    Raises:
        InvalidField: a time is out of range.
    """
    positive("alternating", mtbf_s=mtbf_s)
    not_negative("alternating", mttr_s=mttr_s)
    return mtbf_s / (mtbf_s + mttr_s)


def k_of_n(needed: int, units: int, mtbf_s: float, mttr_s: float, repairers: int | None = None) -> Group:
    """Give what becomes of alike units that fail on their own, of which so many must work.

    With a repairer for each, the number of those that work is binomial, whatever the distributions (Barlow & Proschan,
    Statistical Theory of Reliability, section 7.2). With fewer repairers the units wait for them, and all times are
    exponential: a birth-death chain.

    Args:
        needed: how many must work.
        units: how many there are; all of them run, needed or not.
        mtbf_s: a unit's mean time to failure, in seconds.
        mttr_s: its mean time to repair, in seconds.
        repairers: how many repairs can go on at once; None for as many as there are units.

    Raises:
        InvalidField: a number is out of range.
    """
    counts("k_of_n", needed=needed, units=units, repairers=units if repairers is None else repairers)
    positive("k_of_n", mtbf_s=mtbf_s, mttr_s=mttr_s)
    if needed > units:
        raise InvalidField("k_of_n", "needed", needed, f"at most as many as there are units, {units}")
    if repairers is None or repairers >= units:
        works = alternating(mtbf_s, mttr_s)
        broken = [comb(units, down) * (1 - works) ** down * works ** (units - down) for down in range(units + 1)]
    else:
        failures = [(units - down) / mtbf_s for down in range(units)]
        broken = list(birth_death(failures, [min(down, repairers) / mttr_s for down in range(1, units + 1)]))
    spare = units - needed
    down = fsum(broken[spare + 1 :])
    # In the long run it becomes unavailable as often as a unit fails while no more than needed work.
    often = broken[spare] * needed / mtbf_s
    return Group(availability=1 - down, outages_per_second=often, outage_s=down / often if often else 0.0)


def downtime_s_a_year(availability: float) -> float:
    """Give how many seconds of a year something is down that is available for this share of the time.

    Raises:
        InvalidField: the share is not from 0 to 1.
    """
    if not 0 <= availability <= 1:
        raise InvalidField("downtime_s_a_year", "availability", availability, "a share from 0 to 1")
    return (1 - availability) * YEAR_S
