"""A story: a built-in scenario, run several times with other chance, and what each run must show.

A story may have a twist: the same scenario with one thing changed, such as a bulkhead taken away. Each replication is
run both ways from the same seed, so that the same customers come at the same times, and the difference is the twist's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import pandas as pd

from bookdelivery.application.system import System
from bookdelivery.requirements.nonfunctional.experiment import Run
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.requirement import Criterion, Measure, Requirement, Sense
from bookdelivery.requirements.verdict import Counterexample
from bookdelivery.simulation import Scenario, simulate
from bookdelivery.simulation.experiments import Share, changed
from bookdelivery.simulation.scenarios import load_scenario

Broken = Sequence[Counterexample]


@attrs.frozen(kw_only=True)
class Claim:
    """One thing that every run must show.

    Attributes:
        criterion: what is measured, and its bound.
        read: reads a run off: counterexamples where the criterion is about what must never be, else a figure or a
            share.
    """

    criterion: Criterion
    read: Callable[[Run], Broken | Share | float]


@attrs.frozen(kw_only=True)
class Twist:
    """The scenario with one thing changed.

    Attributes:
        name: what is changed, such as "without the bulkhead".
        changes: what has another value, by its path in the scenario: `topic.partitions`; see `changed`.
        claims: what a run must show then.
    """

    name: str
    changes: Mapping[str, Any]
    claims: tuple[Claim, ...]

    def of(self, scenario: Scenario) -> Scenario:
        """Give the scenario with its changes."""
        return _with(scenario, self.changes)


def _with(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    for path, value in changes.items():
        scenario = changed(scenario, path, value)
    return scenario


@attrs.frozen(kw_only=True)
class Story:
    """How a built-in scenario is judged.

    Attributes:
        scenario: its name, which is the requirement's id, too.
        text: what is required, in a sentence.
        korean: the same in the business's language.
        claims: what every run must show.
        twist: the scenario with one thing changed; None: there is none.
        shows: the context whose machinery the plots show.
        replications: how often it is run; fewer than 6 decide nothing about a median at 95 %.
        short: what a quick judge changes, by its path in the scenario, so that a long story takes less time.
        instead: another scenario that it is told with; None: the built-in one.
    """

    scenario: str
    text: str
    korean: str
    claims: tuple[Claim, ...]
    twist: Twist | None = None
    shows: str
    replications: int = 6
    short: Mapping[str, Any] = attrs.field(factory=dict)
    instead: Scenario | None = None

    @property
    def told(self) -> Scenario:
        """The scenario that it is told with."""
        return self.instead or load_scenario(self.scenario)

    @property
    def requirement(self) -> Requirement:
        """What is required, as data."""
        told = [claim.criterion for claim in self.claims]
        told += [claim.criterion for claim in self.twist.claims] if self.twist else []
        return Requirement(id=self.scenario, text=self.text, korean=self.korean, criteria=tuple(told))

    @property
    def story(self) -> str:
        """What happens in it, as its file tells."""
        return " ".join(self.told.story.split())

    def in_short(self, scenario: Scenario) -> Scenario:
        """Give the scenario as a quick judge has it."""
        return _with(scenario, self.short)

    def run(self, system: System, seed: int, replication: int, quick: bool = False) -> Observation:
        """Run it once, and once more with its twist.

        Args:
            system: what is simulated.
            seed: of this replication.
            replication: its number; the first one keeps what plots are drawn from.
            quick: tell it in short.
        """
        scenario = attrs.evolve(self.told, seed=random.Random(seed).getrandbits(31))
        if quick and self.instead is None:
            # Nobody knows which part of another scenario could be left out.
            scenario = self.in_short(scenario)
        seen = self.observe(scenario, system, f"{self.scenario} run {replication}, seed {scenario.seed}")
        return seen if replication == 1 else attrs.evolve(seen, tables={})

    def observe(self, scenario: Scenario, system: System, name: str) -> Observation:
        """Run any scenario as this story tells it, and read off what it shows."""
        figures: dict[str, float] = {}
        shares: dict[str, Share] = {}
        broken: dict[str, Broken] = {}
        tables: dict[str, pd.DataFrame] = {}
        tellings = [("", scenario, self.claims)]
        if self.twist is not None:
            tellings.append((self.twist.name, self.twist.of(scenario), self.twist.claims))
        for twist, told, claims in tellings:
            run = Run(f"{name}, {twist}" if twist else name, system, simulate(told, system))
            for claim in claims:
                said = claim.read(run)
                if isinstance(said, Sequence):
                    broken[claim.criterion.name] = said
                elif isinstance(said, Share):
                    shares[claim.criterion.name] = said
                else:
                    figures[claim.criterion.name] = said
            tables |= {f"{twist}/{table}": frame for table, frame in _tables(run, self.shows).items()}
        return Observation(run=name, figures=figures, shares=shares, counterexamples=broken, tables=tables)

    def tell(self, observations: Sequence[Observation]) -> Mapping[str, str]:
        """Say of the twist's criteria what had been changed."""
        if self.twist is None or not observations:
            return {}
        return {claim.criterion.name: f"the same {self.twist.name}" for claim in self.twist.claims}


def _tables(run: Run, shows: str) -> Mapping[str, pd.DataFrame]:
    frames = run.frames

    def of(table: str, *columns: str) -> pd.DataFrame:
        return frames[table].loc[frames[table]["context"] == shows, list(columns)]

    return {
        "requests": frames["requests"][["kind", "arrived_s", "latency_s", "outcome"]],
        "calls": frames["calls"].loc[frames["calls"]["callee"] == shows, ["started_s", "outcome"]],
        "queues": of("queues", "time_s", "lag", "waiting"),
        "breakers": of("breakers", "time_s", "pod", "state"),
        "pods": of("pods", "time_s", "pod", "change"),
        "scaling": of("scaling", "time_s", "cpu_percent", "replicas"),
        "faults": frames["faults"],
        "span": pd.DataFrame({"lasts_s": [run.result.scenario.lasts], "ended_s": [run.result.world.ended_s]}),
    }


def never(name: str, metric: str, korean: str, read: Callable[[Run], Broken]) -> Claim:
    """Claim that something is never seen."""
    criterion = Criterion(
        name=name, metric=metric, korean=korean, measure=Measure.COUNTEREXAMPLES, unit="share of runs"
    )
    return Claim(criterion=criterion, read=read)


def at_most(name: str, metric: str, korean: str, bound: float, read: Callable[[Run], float], unit: str = "s") -> Claim:
    """Claim that a figure of the typical run is not above a bound."""
    return _typical(name, metric, korean, bound, Sense.AT_MOST, read, unit)


def at_least(name: str, metric: str, korean: str, bound: float, read: Callable[[Run], float], unit: str) -> Claim:
    """Claim that a figure of the typical run is not below a bound."""
    return _typical(name, metric, korean, bound, Sense.AT_LEAST, read, unit)


def _typical(
    name: str, metric: str, korean: str, bound: float, sense: Sense, read: Callable[[Run], float], unit: str
) -> Claim:
    criterion = Criterion(
        name=name, metric=metric, korean=korean, measure=Measure.MEDIAN, unit=unit, bound=bound, sense=sense
    )
    return Claim(criterion=criterion, read=read)


def share(name: str, metric: str, korean: str, sense: Sense, bound: float, read: Callable[[Run], Share]) -> Claim:
    """Claim that a share of what happens in runs is on one side of a bound."""
    criterion = Criterion(name=name, metric=metric, korean=korean, measure=Measure.SHARE, bound=bound, sense=sense)
    return Claim(criterion=criterion, read=read)
