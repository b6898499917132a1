"""What queueing theory says of single stations in the long run.

Times are seconds, rates per second. Arrivals are Poisson streams unless said otherwise; the first come are served
first, although means do not depend on that. Notation as in Gross, Shortle, Thompson & Harris, Fundamentals of Queueing
Theory, 4th ed. (2008), whose sections are named.
"""

from __future__ import annotations

from math import exp, fsum

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.theory._checks import counts, drains, not_negative, positive
from bookdelivery.simulation.theory.birth_death import birth_death


@attrs.frozen(kw_only=True)
class Station:
    """A station in the long run. Little's law holds between its figures: number = rate of the served x time.

    Attributes:
        utilisation: the share of its time that a server is busy.
        per_second: how many are served in a second.
        refused: the probability that one who comes finds no place.
        waits: the probability that one who gets in has to wait.
        wait_s: the mean time before service of those who get in, in seconds.
        stay_s: the mean time inside of those who get in, in seconds.
        waiting: the mean number of those who wait.
        inside: the mean number of those inside.
    """

    utilisation: float
    per_second: float
    refused: float = 0.0
    waits: float
    wait_s: float
    stay_s: float
    waiting: float
    inside: float


def mm1(arrivals_per_second: float, service_s: float) -> Station:
    """M/M/1: one server, exponential service times (section 2.2).

    Raises:
        InvalidField: a number is out of range; `NeverDrains` if more comes than can be done.
    """
    return mmc(arrivals_per_second, service_s, 1)


def mmc(arrivals_per_second: float, service_s: float, servers: int) -> Station:
    """M/M/c: several servers with one line, exponential service times: Erlang's delay formula C (section 2.3).

    Raises:
        InvalidField: a number is out of range; `NeverDrains` if more comes than can be done.
    """
    positive("mmc", arrivals_per_second=arrivals_per_second, service_s=service_s)
    counts("mmc", servers=servers)
    offered = arrivals_per_second * service_s
    busy = drains("mmc", "arrivals_per_second", arrivals_per_second, offered / servers)
    waits = erlang_c(offered, servers)
    return _station(arrivals_per_second, service_s, busy, waits, waits * service_s / (servers - offered))


def mmck(arrivals_per_second: float, service_s: float, servers: int, places: int) -> Station:
    """M/M/c/K: as M/M/c, but there are only so many places, those at the servers included (section 2.5).

    Args:
        arrivals_per_second: of all who come, also of those refused.
        service_s: the mean service time, in seconds.
        servers: how many.
        places: how many may be inside, at least as many as servers.

    Raises:
        InvalidField: a number is out of range.
    """
    positive("mmck", arrivals_per_second=arrivals_per_second, service_s=service_s)
    counts("mmck", servers=servers, places=places)
    if places < servers:
        raise InvalidField("mmck", "places", places, f"at least as many as there are servers, {servers}")
    deaths = [min(number, servers) / service_s for number in range(1, places + 1)]
    chances = birth_death([arrivals_per_second] * places, deaths)
    refused = chances[-1]
    served = arrivals_per_second * (1 - refused)
    waiting = fsum(chance * max(0, number - servers) for number, chance in enumerate(chances))
    inside = fsum(chance * number for number, chance in enumerate(chances))
    return Station(
        utilisation=served * service_s / servers,
        per_second=served,
        refused=refused,
        waits=fsum(chances[servers:-1]) / (1 - refused),
        wait_s=waiting / served,
        stay_s=inside / served,
        waiting=waiting,
        inside=inside,
    )


def mgcc(arrivals_per_second: float, service_s: float, servers: int) -> Station:
    """M/G/c/c: nobody can wait; Erlang's loss formula B, for any distribution of the service times (section 5.2.2).

    Raises:
        InvalidField: a number is out of range.
    """
    positive("mgcc", arrivals_per_second=arrivals_per_second, service_s=service_s)
    counts("mgcc", servers=servers)
    refused = erlang_b(arrivals_per_second * service_s, servers)
    served = arrivals_per_second * (1 - refused)
    return Station(
        utilisation=served * service_s / servers,
        per_second=served,
        refused=refused,
        waits=0.0,
        wait_s=0.0,
        stay_s=service_s,
        waiting=0.0,
        inside=served * service_s,
    )


def mg1(arrivals_per_second: float, service_s: float, variation: float) -> Station:
    """M/G/1: one server, any distribution of the service times: Pollaczek and Khinchine's formula (section 5.1).

    Args:
        arrivals_per_second: the rate of arrivals.
        service_s: the mean service time, in seconds.
        variation: the service times' squared coefficient of variation, variance over squared mean: 0 for a constant, 1
            for an exponential distribution.

    Raises:
        InvalidField: a number is out of range; `NeverDrains` if more comes than can be done.
    """
    positive("mg1", arrivals_per_second=arrivals_per_second, service_s=service_s)
    not_negative("mg1", variation=variation)
    busy = drains("mg1", "arrivals_per_second", arrivals_per_second, arrivals_per_second * service_s)
    wait_s = busy * service_s * (1 + variation) / (2 * (1 - busy))
    return _station(arrivals_per_second, service_s, busy, busy, wait_s)


def md1(arrivals_per_second: float, service_s: float) -> Station:
    """M/D/1: one server that always takes the same time; M/G/1 without variation.

    Raises:
        InvalidField: a number is out of range; `NeverDrains` if more comes than can be done.
    """
    return mg1(arrivals_per_second, service_s, 0.0)


def closed(users: int, think_s: float, service_s: float, servers: int = 1) -> Station:
    """M/M/c//N: so many users who think, come, are served, and think again, all times exponential (section 2.8).

    Known as the machine repair model. The probability of waiting is that of a user who comes: by the arrival theorem he
    finds what would be there without him (Lavenberg & Reiser, Journal of Applied Probability 17, 1980).

    Args:
        users: how many there are.
        think_s: the mean time between a user's visits, in seconds.
        service_s: the mean service time, in seconds.
        servers: how many.

    Raises:
        InvalidField: a number is out of range.
    """
    counts("closed", users=users, servers=servers)
    positive("closed", think_s=think_s, service_s=service_s)

    def chances_of(population: int) -> tuple[float, ...]:
        births = [(population - inside) / think_s for inside in range(population)]
        return birth_death(births, [min(number, servers) / service_s for number in range(1, population + 1)])

    chances = chances_of(users)
    inside = fsum(chance * number for number, chance in enumerate(chances))
    waiting = fsum(chance * max(0, number - servers) for number, chance in enumerate(chances))
    served = (users - inside) / think_s
    return Station(
        utilisation=served * service_s / servers,
        per_second=served,
        waits=fsum(chances_of(users - 1)[servers:]),
        wait_s=waiting / served,
        stay_s=inside / served,
        waiting=waiting,
        inside=inside,
    )


def erlang_b(offered: float, servers: int) -> float:
    """Give the probability that all servers are busy where nobody waits, by the recursion over their number.

    Args:
        offered: the load in erlangs: arrivals a second times seconds of service.
        servers: how many.

    Raises:
        InvalidField: a number is out of range.
    """
    positive("erlang_b", offered=offered)
    counts("erlang_b", servers=servers)
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked


def erlang_c(offered: float, servers: int) -> float:
    """Give the probability that one who comes to an M/M/c queue has to wait.

    Raises:
        InvalidField: a number is out of range; `NeverDrains` if more is offered than there are servers.
    """
    blocked = erlang_b(offered, servers)
    busy = drains("erlang_c", "offered", offered, offered / servers)
    return blocked / (1 - busy * (1 - blocked))


def mmc_longer_than(arrivals_per_second: float, service_s: float, servers: int, wait_s: float) -> float:
    """Give the probability that one waits longer than so many seconds in an M/M/c queue, first come first served.

    Raises:
        InvalidField: a number is out of range; `NeverDrains` if more comes than can be done.
    """
    station = mmc(arrivals_per_second, service_s, servers)
    not_negative("mmc_longer_than", wait_s=wait_s)
    return station.waits * exp(-(servers / service_s - arrivals_per_second) * wait_s)


def _station(per_second: float, service_s: float, busy: float, waits: float, wait_s: float) -> Station:
    return Station(
        utilisation=busy,
        per_second=per_second,
        waits=waits,
        wait_s=wait_s,
        stay_s=wait_s + service_s,
        waiting=per_second * wait_s,
        inside=per_second * (wait_s + service_s),
    )
