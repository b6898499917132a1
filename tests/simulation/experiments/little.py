"""A world that takes milliseconds, and metrics that do what tests want of them, found by name from any process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import attrs

from bookdelivery.application.system import System
from bookdelivery.simulation import Deployment, Exponential, Network, Poisson, Result, Scenario
from bookdelivery.simulation.experiments import Kind, Mean, Metric, Rows, Share, ShareOf
from tests.simulation.worlds import SHOP_WITH_A_TILL, Guests

ROOT = Path(__file__).parents[3]
"""Where other processes find these tests."""

LITTLE = Scenario(
    load=Poisson(per_second=0.7),
    lasts=100.0,
    seed=3,
    customers=Guests(),
    people=None,
    network=Network(latency_s=0.0),
    deployment={"till": Deployment(replicas=1, workers=1, queue_limit=4, service_s=Exponential(1.0))},
    sample_every_s=50.0,
)


def till() -> System:
    return SHOP_WITH_A_TILL


GUESTS = Metric("guests", Rows("requests"))
STAY = Metric("stay_s", Mean("requests", "latency_s", where={"outcome": "answered"}), Kind.MEAN, "s")
SERVED = Metric("served", ShareOf("requests", {"outcome": "answered"}), Kind.SHARE)


def everybody_was_served(result: Result) -> bool:
    return bool((result.requests["outcome"] == "answered").all())


ALL = Metric("all", everybody_was_served, Kind.EVENT)
METRICS = (GUESTS, STAY, SERVED, ALL)


@attrs.frozen
class Stumbles:
    """Fails on runs of some seeds."""

    seeds: tuple[int, ...]

    def __call__(self, result: Result) -> float:
        if result.scenario.seed in self.seeds:
            raise ZeroDivisionError("no change left")
        return 1.0


@attrs.frozen
class Dislikes:
    """Fails on runs of a load."""

    per_second: float

    def __call__(self, result: Result) -> float:
        if result.scenario.load == Poisson(self.per_second):
            raise ZeroDivisionError("no change left")
        return 1.0


@attrs.frozen
class Tallies:
    """Leaves a mark for each run it reads, so that a test can see which runs were done, in whatever process."""

    directory: Path

    def __call__(self, result: Result) -> float:
        with (self.directory / "tally").open("a") as tally:
            tally.write(f"{result.scenario.seed}\n")
        return 1.0

    @property
    def seeds(self) -> list[int]:
        tally = self.directory / "tally"
        return [int(line) for line in tally.read_text().splitlines()] if tally.exists() else []


@attrs.frozen
class Kills:
    """Kills the process that reads runs of a seed, as kill -9 does: so many times, and never the one in `spare`."""

    directory: Path
    seed: int
    times: int
    spare: int

    def __call__(self, result: Result) -> float:
        marks = len(list(self.directory.glob("killed-*")))
        if result.scenario.seed == self.seed and marks < self.times and os.getpid() != self.spare:
            (self.directory / f"killed-{marks}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0


def metric(read: Callable[[Result], object]) -> Metric:
    return Metric("read", read)


def half_of(result: Result) -> Share:
    return Share(len(result.requests) // 2, len(result.requests))
