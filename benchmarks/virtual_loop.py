"""The loop in virtual time against SimPy's own processes and against async-solipsism's loop.

All three run the same tandem of four M/M/c stations on the same random numbers: the loops the very same
asyncio code, SimPy a process a customer with a `Resource` a station. Their sojourn times must agree exactly,
and their mean with Jackson's theorem (Jackson, Operations Research 5(4), 1957), by which each station is an
M/M/c queue of its own with Erlang's waiting time.
"""

from __future__ import annotations

import asyncio
import gc
import math
import statistics
import sys
import time
from collections.abc import Callable, Generator, Sequence
from typing import Any

import async_solipsism
import attrs
import numpy as np
import simpy

from benchmarks.rows import Row, figure, rate
from bookdelivery.simulation.loop import VirtualLoop

ARRIVALS_PER_SECOND = 10.0
SERVERS = (4, 8, 4, 8)
LOAD = 0.7
CUSTOMERS = 10_000
PRECISION = 0.01
"""How far, relatively, the mean sojourn may be from Jackson's."""


@attrs.frozen
class Draws:
    """Random numbers for one run: seconds between arrivals, and of service at each station."""

    between_arrivals_s: Sequence[float]
    services_s: Sequence[Sequence[float]]

    @classmethod
    def of(cls, seed: int, customers: int) -> Draws:
        """Draw for so many customers."""
        generator = np.random.default_rng(seed)
        means_s = [LOAD * servers / ARRIVALS_PER_SECOND for servers in SERVERS]
        return cls(
            generator.exponential(1 / ARRIVALS_PER_SECOND, customers).tolist(),
            generator.exponential(means_s, (customers, len(SERVERS))).tolist(),
        )


def rows(*, short: bool = False) -> Sequence[Row]:
    """Customers per second on each, and the mean sojourn against Jackson's."""
    customers = CUSTOMERS // 4 if short else CUSTOMERS
    rounds = 3 if short else 9
    rates = _alternated(Draws.of(seed=1, customers=customers), rounds)
    ours = rates["ours"]
    name = f"tandem of four M/M/c as asyncio code, {customers:,} customers"
    return [
        rate(f"{name} (peer: SimPy's Resource)", ours, rates["simpy"], unit="customers/s", floor=0.9),
        rate(f"{name} (peer: async-solipsism)", ours, rates["solipsism"], unit="customers/s", floor=1.8),
        rate(f"{name}, under env.run() (peer: SimPy)", rates["env.run"], rates["simpy"], unit="customers/s"),
        *_against_jackson(customers=25_000 if short else 100_000, seeds=4 if short else 8),
    ]


def _alternated(draws: Draws, rounds: int) -> dict[str, float]:
    """The median rate of each, in customers per second, one run of each after the other."""
    contenders: dict[str, Callable[[Draws], list[float]]] = {
        "ours": _on_our_loop,
        "simpy": _in_simpy,
        "solipsism": _on_solipsism,
        "env.run": _on_our_loop_under_env_run,
    }
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        sojourns: dict[str, list[float]] = {}
        for name, contender in contenders.items():
            gc.collect()
            began = time.perf_counter()
            sojourns[name] = contender(draws)
            rates[name].append(len(draws.services_s) / (time.perf_counter() - began))
        if not all(_agree(each, sojourns["simpy"]) for each in sojourns.values()):
            raise AssertionError("the contenders do not simulate the same thing")
    return {name: statistics.median(measured) for name, measured in rates.items()}


def _agree(one: Sequence[float], other: Sequence[float]) -> bool:
    # async-solipsism's clock counts whole microseconds.
    return len(one) == len(other) and math.isclose(math.fsum(one), math.fsum(other), rel_tol=1e-3)


def _against_jackson(*, customers: int, seeds: int) -> list[Row]:
    means = []
    for seed in range(seeds):
        sojourns = _on_our_loop(Draws.of(100 + seed, customers))
        means.append(statistics.fmean(sojourns[customers // 20 :]))
    mean, expected = statistics.fmean(means), jackson_sojourn_s()
    half_width = 1.96 * statistics.stdev(means) / math.sqrt(seeds)
    off = abs(mean - expected) / expected
    return [
        Row(
            f"mean sojourn (peer: Jackson; to be within {PRECISION:.0%})",
            mean,
            expected,
            1 - off,
            1 - PRECISION,
            off <= PRECISION,
            "s",
        ),
        figure("mean sojourn, half-width of its 95 % interval", half_width, unit="s"),
    ]


def jackson_sojourn_s() -> float:
    """The mean time a customer spends in the whole tandem, by Jackson's theorem and Erlang's C formula."""
    total = 0.0
    for servers in SERVERS:
        offered = LOAD * servers
        waits = offered**servers / math.factorial(servers) / (1 - LOAD)
        none_waits = sum(offered**busy / math.factorial(busy) for busy in range(servers))
        wait_probability = waits / (none_waits + waits)
        mean_service_s = offered / ARRIVALS_PER_SECOND
        total += mean_service_s + wait_probability * mean_service_s / (servers * (1 - LOAD))
    return total


async def _tandem(draws: Draws, sojourns: list[float]) -> None:
    """The tandem as anybody would write it in asyncio; it ends as the last customer leaves."""
    loop = asyncio.get_running_loop()
    stations = [asyncio.Semaphore(servers) for servers in SERVERS]
    inside: set[asyncio.Task[None] | None] = set()
    all_left = asyncio.Event()

    async def customer(services_s: Sequence[float]) -> None:
        arrived = loop.time()
        for station, service_s in zip(stations, services_s, strict=True):
            async with station:
                await asyncio.sleep(service_s)
        sojourns.append(loop.time() - arrived)
        inside.discard(asyncio.current_task())
        if len(sojourns) == len(draws.services_s):
            all_left.set()

    for between_s, services_s in zip(draws.between_arrivals_s, draws.services_s, strict=True):
        await asyncio.sleep(between_s)
        inside.add(asyncio.create_task(customer(services_s)))
    await all_left.wait()


def _run(make_loop: Callable[[], asyncio.AbstractEventLoop], draws: Draws) -> list[float]:
    sojourns: list[float] = []
    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(_tandem(draws, sojourns))
    return sojourns


def _on_our_loop(draws: Draws) -> list[float]:
    return _run(VirtualLoop, draws)


def _on_solipsism(draws: Draws) -> list[float]:
    return _run(async_solipsism.EventLoop, draws)


def _on_our_loop_under_env_run(draws: Draws) -> list[float]:
    sojourns: list[float] = []
    env = simpy.Environment(0.0)
    loop = VirtualLoop(env)
    loop.create_task(_tandem(draws, sojourns))
    env.run()
    loop.close()
    return sojourns


def _in_simpy(draws: Draws) -> list[float]:
    sojourns: list[float] = []
    env = simpy.Environment(0.0)
    stations = [simpy.Resource(env, servers) for servers in SERVERS]

    def customer(services_s: Sequence[float]) -> Generator[simpy.Event, Any, None]:
        arrived = env.now
        for station, service_s in zip(stations, services_s, strict=True):
            with station.request() as server:
                yield server
                yield env.timeout(service_s)
        sojourns.append(env.now - arrived)

    def arrivals() -> Generator[simpy.Event, Any, None]:
        for between_s, services_s in zip(draws.between_arrivals_s, draws.services_s, strict=True):
            yield env.timeout(between_s)
            env.process(customer(services_s))

    env.process(arrivals())
    env.run()
    return sojourns


if __name__ == "__main__":
    from benchmarks.__main__ import main

    sys.exit(main(["virtual_loop", *sys.argv[1:]]))
