"""What is compared with theory: one case for each model, each with the figures that both give."""

from __future__ import annotations

import attrs

from bookdelivery.simulation.deployment import Deployment
from bookdelivery.simulation.distributions import Deterministic, Distribution, Exponential, LogNormal, Uniform
from bookdelivery.simulation.experiments import Kind, Metric, Uptime
from bookdelivery.simulation.faults import RandomOutages
from bookdelivery.simulation.load import ClosedLoop, Constant, Poisson
from bookdelivery.simulation.scenario import Scenario
from bookdelivery.simulation.theory import (
    Station,
    alternating,
    closed,
    k_of_n,
    md1,
    mg1,
    mgcc,
    mm1,
    mmc,
    mmck,
    tandem,
)
from bookdelivery.simulation.validation.walking import FIRST, SECOND, FigureName, StayInBoth, Visits, walked

WARM_UP = 0.02
"""The part of each run that is forgotten, as it begins empty."""

VISITS = 10_000
"""Visits in a run of size 1."""

OUTAGES = 600
"""Outages of each pod in a run of size 1."""


@attrs.frozen
class Figure:
    """A figure that theory and simulation both give.

    Attributes:
        words: what it is, with its unit.
        expected: theory's.
        metric: reads it off a run.
    """

    words: str
    expected: float
    metric: Metric


@attrs.frozen(kw_only=True)
class Case:
    """A model, and a scenario that is just that.

    Attributes:
        model: in Kendall's notation, or in words.
        scenario: what is simulated.
        figures: what is compared.
        controls: what else is read off a run, with its true mean, to take a run's luck out of the figures.
    """

    model: str
    scenario: Scenario
    figures: tuple[Figure, ...]
    controls: tuple[tuple[Metric, float], ...] = ()


def cases(size: float = 1.0) -> tuple[Case, ...]:
    """Give all cases.

    Args:
        size: how long each run is: 1 is some 10,000 visits, or 600 outages of each pod.
    """
    # Of variance 1/2, so that neither a constant nor an exponential time would do.
    uneven, squared_variation = LogNormal(1.0, 0.6367614216550531), 0.5
    steady = Deterministic(1.0)
    memoryless = Exponential(1.0)
    return (
        _station("M/M/1", mm1(0.4, 1.0), ("stay_s", "waits"), 0.4, 1, memoryless, size),
        # Three busy servers take longer to forget.
        _station("M/M/3, Erlang C", mmc(1.8, 1.0, 3), ("stay_s", "waits"), 1.8, 3, memoryless, 2 * size),
        _station("M/M/2/5", mmck(2.0, 1.0, 2, 5), ("stay_s", "refused"), 2.0, 2, memoryless, size, places=5),
        _station("M/G/3/3, Erlang B", mgcc(3.0, 1.0, 3), ("refused",), 3.0, 3, uneven, size, places=3),
        _station("M/D/1, Pollaczek-Khinchine", md1(0.5, 1.0), ("stay_s",), 0.5, 1, steady, size),
        _station("M/G/1, Pollaczek-Khinchine", mg1(0.4, 1.0, squared_variation), ("stay_s",), 0.4, 1, uneven, size),
        _users(size),
        _line(size),
        _outages("alternating renewal", 1, 1, 90.0, 10.0, alternating(90.0, 10.0), size),
        _outages("2 of 3, repairable", 2, 3, 80.0, 20.0, k_of_n(2, 3, 80.0, 20.0).availability, size),
    )


_WORDS = {
    "stay_s": "mean stay, s",
    "waits": "share who wait",
    "refused": "share refused",
    "per_second": "served per second",
}


def _figures(station: Station, names: tuple[FigureName, ...], warm_up_s: float) -> tuple[Figure, ...]:
    return tuple(Figure(_WORDS[name], getattr(station, name), Metric(name, Visits(name, warm_up_s))) for name in names)


def _station(
    model: str,
    theory: Station,
    names: tuple[FigureName, ...],
    per_second: float,
    servers: int,
    service_s: Distribution,
    size: float,
    places: int | None = None,
) -> Case:
    lasts_s = size * VISITS / per_second
    warm_up_s = WARM_UP * lasts_s
    queue_limit = None if places is None else places - servers
    pods = Deployment(replicas=1, workers=servers, queue_limit=queue_limit, service_s=service_s)
    return Case(
        model=model,
        scenario=walked(Poisson(per_second), lasts_s, {FIRST: pods}),
        figures=_figures(theory, names, warm_up_s),
        controls=(
            (Metric("service_s", Visits("service_s", warm_up_s)), service_s.mean_s),
            (Metric("offered_per_second", Visits("offered_per_second", warm_up_s)), per_second),
        ),
    )


def _users(size: float) -> Case:
    theory = closed(6, 4.0, 1.0)
    lasts_s = size * VISITS / theory.per_second
    warm_up_s = WARM_UP * lasts_s
    pods = Deployment(replicas=1, workers=1, service_s=Exponential(1.0))
    return Case(
        model="M/M/1//6, closed",
        scenario=walked(ClosedLoop(users=6, think_time_s=Exponential(4.0)), lasts_s, {FIRST: pods}),
        figures=_figures(theory, ("per_second", "stay_s"), warm_up_s),
        controls=((Metric("service_s", Visits("service_s", warm_up_s)), 1.0),),
    )


def _line(size: float) -> Case:
    per_second, first_s, second_s = 0.4, 1.0, 2.0
    # Each of them makes two visits, and a parcel that is sent out is news to others.
    lasts_s = size * VISITS / 2 / per_second
    warm_up_s = WARM_UP * lasts_s
    pods = {
        FIRST: Deployment(replicas=1, workers=1, service_s=Exponential(first_s)),
        SECOND: Deployment(replicas=1, workers=2, service_s=Exponential(second_s)),
    }
    expected = tandem(per_second, [(first_s, 1), (second_s, 2)]).stay_s
    return Case(
        model="M/M/1 then M/M/2, Jackson",
        scenario=walked(Poisson(per_second), lasts_s, pods, both=True),
        figures=(Figure("mean stay in both, s", expected, Metric("stay_s", StayInBoth(warm_up_s))),),
        controls=(
            (Metric("first_s", Visits("service_s", warm_up_s)), first_s),
            (Metric("second_s", Visits("service_s", warm_up_s, SECOND)), second_s),
            (Metric("offered_per_second", Visits("offered_per_second", warm_up_s)), per_second),
        ),
    )


def _outages(model: str, needed: int, replicas: int, up_s: float, down_s: float, expected: float, size: float) -> Case:
    lasts_s = OUTAGES * size * (up_s + down_s)
    # Neither formula asks for any distribution.
    trouble = RandomOutages(
        FIRST, time_between_s=Exponential(up_s), time_to_repair_s=Uniform(0.0, 2 * down_s), each_pod=True
    )
    pods = Deployment(replicas=replicas, start_up_s=0.0)
    nobody = Constant(per_second=1 / lasts_s)
    return Case(
        model=model,
        scenario=attrs.evolve(walked(nobody, lasts_s, {FIRST: pods}), faults=[trouble]),
        figures=(Figure("share of time up", expected, Metric("up", Uptime(FIRST, needed=needed), Kind.AVAILABILITY)),),
    )
