"""The tandem of four M/M/c stations as a scenario, against two libraries made for simulating such things.

Ours has a context a station, each a pod with as many workers, whose handler does nothing: what is left is the price of
the world around a handler (requests over the network, workers, the tables). Ciw and salabim simulate nothing but the
queues. Each draws from the same distributions; that all three simulate the same thing is seen from the mean sojourn,
which Jackson's theorem gives.

The salabim run is also what whole orders are measured against, see `benchmarks.simulated_orders`.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import attrs
import ciw
import numpy as np
import salabim

from benchmarks.rows import Row, rate
from benchmarks.virtual_loop import ARRIVALS_PER_SECOND, LOAD, SERVERS, Draws, jackson_sojourn_s
from bookdelivery.application.system import System
from bookdelivery.kernel.aggregate import Aggregate
from bookdelivery.kernel.context import Actor, Context, Performs, Subdomain
from bookdelivery.kernel.lifecycle import Lifecycle, to
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Scope
from bookdelivery.simulation import Deployment, Exponential, Network, Poisson, Scenario, Shop, simulate
from bookdelivery.simulation.customers import Visitor

STATIONS = [f"station{number}" for number in range(1, 1 + len(SERVERS))]
SERVICE_S = [LOAD * servers / ARRIVALS_PER_SECOND for servers in SERVERS]
CUSTOMERS = 10_000
PRECISION = 0.15
"""How far, relatively, a mean sojourn may be from Jackson's before something is wrong: single runs scatter."""


class Mood(StrEnum):
    """The only one there is."""

    PASSING = "passing"


@attrs.frozen
class Passer(Aggregate):
    """Somebody who passes a station; nobody ever keeps one."""

    correlation_key = "number"
    lifecycle = Lifecycle("passer", Mood, Mood.PASSING, [to("passing", "pass_by", "passing")])
    number: int
    status: Mood = Mood.PASSING


@attrs.frozen
class Visit(Command[None]):
    """Be served at a station."""

    correlation_key = "number"
    number: int


async def _served(command: Visit, scope: Scope) -> None:
    """Do nothing: the time that service takes is the worker's."""


def _station(name: str) -> tuple[Context, type[Visit]]:
    visit = attrs.frozen(type(f"Visit{name.capitalize()}", (Visit,), {"__annotations__": {}}))
    context = Context(
        name=name,
        korean="창구",
        subdomain=Subdomain.SUPPORTING,
        uptime_goal=None,
        cadence="never",
        team="nobody",
        store="memory",
        aggregates=(Passer,),
        handlers=(Performs(command=visit, on=Passer, by=_served, actor=Actor("passer", "행인")),),
    )
    return context, visit


@attrs.frozen
class WalkThrough:
    """Visitors who go from station to station."""

    visits: Sequence[type[Visit]]

    def prepare(self, rng: np.random.Generator) -> Visitor:  # noqa: ARG002
        """Make the function that walks."""
        walk = [(visit.__name__, visit) for visit in self.visits]

        async def visit(number: int, shop: Shop) -> None:
            for name, station in walk:
                await shop.ask(name, station(number), 1e9)

        return visit


def rows(*, short: bool = False) -> Sequence[Row]:
    """Customers per second through the whole tandem on each, one run of each after the other."""
    customers = CUSTOMERS // 5 if short else CUSTOMERS
    contenders: dict[str, Callable[[int, int], float]] = {
        "ours": as_a_scenario,
        "ciw": in_ciw,
        "salabim": in_salabim,
    }
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    sojourns_s: dict[str, list[float]] = {name: [] for name in contenders}
    for seed in range(1, 4 if short else 6):
        for name, contender in contenders.items():
            gc.collect()
            began = time.perf_counter()
            sojourns_s[name].append(contender(customers, seed))
            rates[name].append(customers / (time.perf_counter() - began))
    for name, measured_s in sojourns_s.items():
        off = abs(statistics.fmean(measured_s) / jackson_sojourn_s() - 1)
        if off > PRECISION:
            raise AssertionError(f"{name} does not simulate the tandem: the mean sojourn is {off:.0%} off")
    ours, theirs_ciw, theirs_salabim = (statistics.median(rates[name]) for name in ("ours", "ciw", "salabim"))
    name = f"tandem of four M/M/c as a scenario of trivial handlers, {customers:,} customers"
    return [
        rate(f"{name} (peer: Ciw)", ours, theirs_ciw, unit="customers/s", floor=1.0),
        rate(f"{name} (peer: salabim)", ours, theirs_salabim, unit="customers/s"),
    ]


def as_a_scenario(customers: int, seed: int) -> float:
    """Simulate it in our world; give the mean sojourn in seconds."""
    stations = [_station(name) for name in STATIONS]
    lasts_s = customers / ARRIVALS_PER_SECOND
    scenario = Scenario(
        load=Poisson(per_second=ARRIVALS_PER_SECOND),
        lasts=lasts_s,
        seed=seed,
        customers=WalkThrough([visit for _, visit in stations]),
        people=None,
        network=Network(latency_s=0.0),
        deployment={
            name: Deployment(replicas=1, workers=servers, service_s=Exponential(service_s))
            for name, servers, service_s in zip(STATIONS, SERVERS, SERVICE_S, strict=True)
        },
    )
    result = simulate(scenario, System(name="tandem", contexts=tuple(context for context, _ in stations)))
    by_customer = result.requests.groupby("order_id")
    return float((by_customer["finished_s"].max() - by_customer["arrived_s"].min()).mean())


def in_ciw(customers: int, seed: int) -> float:
    """Simulate it with Ciw; give the mean sojourn in seconds."""
    last = len(SERVERS) - 1
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(ARRIVALS_PER_SECOND), *[None] * last],
        service_distributions=[ciw.dists.Exponential(1 / service_s) for service_s in SERVICE_S],
        number_of_servers=list(SERVERS),
        routing=[[float(to == station + 1) for to in range(last + 1)] for station in range(last + 1)],
    )
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers, method="Finish")
    visits: dict[int, list[Any]] = {}
    for record in simulation.get_all_records():
        visits.setdefault(record.id_number, []).append(record)
    walks = [walk for walk in visits.values() if len(walk) == len(SERVERS)]
    return statistics.fmean(
        max(visit.exit_date for visit in walk) - min(visit.arrival_date for visit in walk) for walk in walks
    )


def in_salabim(customers: int, seed: int) -> float:
    """Simulate it with salabim; give the mean sojourn in seconds."""
    draws = Draws.of(seed, customers)
    # Generators are its faster way, and need no greenlets.
    salabim.yieldless(False)
    env = salabim.Environment(trace=False)
    stations = [salabim.Resource(f"station{number}", capacity=servers) for number, servers in enumerate(SERVERS)]
    sojourns_s: list[float] = []

    class Customer(salabim.Component):  # type: ignore[misc]
        def setup(self, services_s: Sequence[float]) -> None:
            self.services_s = services_s

        def process(self) -> Any:
            arrived = env.now()
            for station, service_s in zip(stations, self.services_s, strict=True):
                yield self.request(station)
                yield self.hold(service_s)
                self.release(station)
            sojourns_s.append(env.now() - arrived)

    class Arrivals(salabim.Component):  # type: ignore[misc]
        def process(self) -> Any:
            for between_s, services_s in zip(draws.between_arrivals_s, draws.services_s, strict=True):
                yield self.hold(between_s)
                Customer(services_s=services_s)

    Arrivals()
    env.run()
    return statistics.fmean(sojourns_s)


if __name__ == "__main__":
    from benchmarks.__main__ import main

    sys.exit(main(["tandem", *sys.argv[1:]]))
