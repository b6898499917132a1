"""An experiment: a scenario in virtual time, run several times with other chance, and what is read off each run."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from math import nan

import attrs
import pandas as pd

from bookdelivery.application.composition import compose
from bookdelivery.application.system import System
from bookdelivery.requirements.evidence import Account, Answer, Evidence, gather
from bookdelivery.requirements.invariants import INVARIANTS, Invariant, check
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.verdict import Counterexample
from bookdelivery.simulation import Result, Scenario, simulate
from bookdelivery.simulation.states import at_once


@attrs.frozen(kw_only=True)
class Experiment:
    """How a non-functional requirement is measured.

    Attributes:
        requirement: the requirement's id.
        story: what happens in it, in a sentence or two.
        replications: how often it is run; fewer than 6 decide nothing about a median at 95 %.
        scenario: makes the scenario from a source of chance, which also draws the scenario's own seed.
        observe: reads a run off.
        tell: for each criterion, what to say about all runs.
        short: makes the scenario for a quick judge; None: the same as for any.
    """

    requirement: str
    story: str
    replications: int
    scenario: Callable[[random.Random], Scenario]
    observe: Callable[[Run], Observation]
    tell: Callable[[Sequence[Observation]], Mapping[str, str]]
    short: Callable[[random.Random], Scenario] | None = None

    def run(self, system: System, seed: int, replication: int, quick: bool = False) -> Observation:
        """Run it once.

        Args:
            system: what is simulated.
            seed: of this replication.
            replication: its number; the first one keeps what plots are drawn from.
            quick: run it in short.
        """
        scenario = (self.short if quick else None) or self.scenario
        result = simulate(scenario(random.Random(seed)), system=system)
        name = f"{self.requirement} run {replication}, seed {seed}"
        seen = self.observe(Run(name, system, result))
        return seen if replication == 1 else attrs.evolve(seen, tables={})


class Run:
    """One run of a scenario, ready to be read off.

    Args:
        name: how to call it.
        system: what was simulated.
        result: what came of it.
    """

    def __init__(self, name: str, system: System, result: Result) -> None:
        self.name = name
        self.result = result
        self._system = system
        # The tables are made before the inboxes are asked, which writes to the stores.
        self.frames = result.frames

    @cached_property
    def evidence(self) -> Evidence:
        """What the run left behind, gathered when somebody asks for it."""
        # Simulated stores live in memory. (An `asyncio.run()` would describe all that is found here, in the text of an
        # error that it catches when it puts back the handler of signals, which took as long as to find it.)
        return at_once(self._gather(self._system))

    async def _gather(self, system: System) -> Evidence:
        result = self.result
        charges: dict[int, list[int]] = defaultdict(list)
        refunds: dict[int, list[int]] = defaultdict(list)
        for entry in result.world.ledger:
            (charges if entry.kind == "charged" else refunds)[int(entry.key)].append(entry.amount_won)
        told = result.requests[result.requests["outcome"] == "placed"]
        return await gather(
            compose(result.scenario.fit(system.contexts)),
            result.world.stores,
            accounts={
                order_id: Account(charges=tuple(charges[order_id]), refunds=tuple(refunds[order_id]))
                for order_id in sorted(charges.keys() | refunds.keys())
            },
            answers=[
                Answer(order_id=order_id, complete=True, at=at)
                for order_id, at in zip(told["order_id"].tolist(), told["finished_s"].tolist(), strict=True)
            ],
            now=result.world.ended_s,
        )

    def check(self, invariants: Sequence[Invariant] = INVARIANTS) -> tuple[Counterexample, ...]:
        """Check invariants; that the world came to rest without an error nobody expected is one of them."""
        found = check(self.evidence, invariants, self.name)
        # What a fault took away for good leaves work that nobody can ever do.
        if not self.result.drained and all(fault.heals for fault in self.result.scenario.faults):
            found.append(self.found("everything_comes_to_rest", "there was still something to do in the end"))
        found += [
            self.found("no_unexpected_error", f"{where} at {at:.3f} s: {error}")
            for at, where, error in self.result.world.errors[:3]
        ]
        return tuple(found)

    def found(self, rule: str, why: str, order_id: int | None = None) -> Counterexample:
        """Make a counterexample of this run."""
        trail = () if order_id is None else self.evidence.trail(order_id)
        return Counterexample(invariant=rule, why=why, order_id=order_id, trail=trail, run=self.name)

    def of_orders(self, rule: str, why: str, order_ids: Iterable[int]) -> tuple[Counterexample, ...]:
        """Make counterexamples of some orders, at most a few."""
        return tuple(self.found(rule, why, order_id) for order_id in list(order_ids)[:3])


def total(observations: Sequence[Observation], fact: str) -> int:
    """Add up a count over all replications."""
    return int(sum(one.facts.get(fact, 0) for one in observations))


def quantile(values: pd.Series, level: float) -> float:
    """Give a quantile of one replication; not a number where there is nothing."""
    return float(values.quantile(level)) if len(values) else nan
