"""The judge: runs what the requirements ask for, on all cores if there is enough, and says what it comes to."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import attrs

from bookdelivery.application.system import System
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements.catalogue import QUICK_RUNS, REQUIREMENTS, at_a_glance
from bookdelivery.requirements.functional import CASES, play
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.plot import Plot
from bookdelivery.requirements.proofs import PROOFS, Proof
from bookdelivery.requirements.requirement import Measure, Requirement
from bookdelivery.requirements.shop import Opener
from bookdelivery.requirements.stories import STORIES
from bookdelivery.requirements.verdict import (
    Counterexample,
    Finding,
    Status,
    Verdict,
    judge_cases,
    judge_estimate,
    judge_figures,
    judge_runs,
    worst,
)
from bookdelivery.simulation import Scenario
from bookdelivery.simulation.experiments import Crew
from bookdelivery.simulation.experiments.readings import Reading


@attrs.frozen(kw_only=True)
class Subject:
    """What is judged. Functions at the top of a module, so that worker processes find them by name.

    Attributes:
        system: makes the system.
        openers: how it is opened for the functional requirements, by what it then runs on.
        scenarios: what built-in scenarios are told with instead, by the requirement's id.
    """

    system: Callable[[], System]
    openers: Mapping[str, Opener]
    scenarios: Mapping[str, Scenario] = attrs.field(factory=dict)

    def proof(self, requirement: str) -> Proof:
        """Give what shows a requirement."""
        if requirement in self.scenarios:
            return attrs.evolve(STORIES[requirement], instead=self.scenarios[requirement])
        return PROOFS[requirement]


@attrs.frozen(kw_only=True)
class Trial:
    """One piece of work, independent of all others.

    Attributes:
        requirement: the requirement's id.
        place: what the functional cases are played on; empty for a replication.
        replication: its number from 1; 0 for functional cases.
        seed: the judge's seed.
        quick: whether a replication is run in its short form.
    """

    requirement: str
    place: str = ""
    replication: int = 0
    seed: int
    quick: bool = False

    @property
    def label(self) -> str:
        """What to call it while it runs."""
        return f"{self.requirement} on {self.place}" if self.place else f"{self.requirement}, run {self.replication}"

    @property
    def own_seed(self) -> int:
        """A seed of its own, the same on every machine and in every process."""
        return random.Random(f"{self.seed}/{self.requirement}/{self.place}/{self.replication}").getrandbits(31)


@attrs.frozen(kw_only=True)
class CasesPlayed:
    """What came of a requirement's cases on one kind of store.

    Attributes:
        place: what they were played on.
        cases: their titles.
        checks: how many things were looked at.
        problems: what was wrong.
    """

    place: str
    cases: tuple[str, ...]
    checks: int
    problems: tuple[Counterexample, ...]


@attrs.frozen(kw_only=True)
class Judgement:
    """All verdicts, with what they rest on.

    Attributes:
        system: the system's name.
        seed: which the same judgement comes from again.
        quick: whether it was made at a glance.
        verdicts: one a requirement, in the order of the catalogue.
        observations: for each non-functional requirement, one a replication.
        played: for each functional requirement, one a kind of store.
        told: what happened in scenarios that stood for built-in ones, by the requirement's id.
    """

    system: str
    seed: int
    quick: bool = False
    verdicts: tuple[Verdict, ...]
    observations: Mapping[str, Sequence[Observation]]
    played: Mapping[str, Sequence[CasesPlayed]]
    told: Mapping[str, str] = attrs.field(factory=dict)

    def story(self, requirement: str) -> str:
        """Tell what happens when a requirement is tried; nothing where its cases are played."""
        proof = PROOFS.get(requirement)
        return self.told.get(requirement, proof.story if proof else "")

    @property
    def status(self) -> Status:
        """The worst of all verdicts: violated before undecided before met."""
        return worst(verdict.status for verdict in self.verdicts)


Draw = Callable[[str, Observation], Sequence[Plot]]
"""Draws the plots of a requirement, given by its id, from what a run showed."""

Progress = Callable[[int, int, str], None]
"""Told how many trials are done, of how many, and which one was the last."""


def judge(
    subject: Subject,
    requirements: Sequence[Requirement] = REQUIREMENTS,
    *,
    seed: int = 1,
    workers: int = 1,
    replications: Mapping[str, int] | None = None,
    quick: bool = False,
    draw: Draw | None = None,
    progress: Progress | None = None,
) -> Judgement:
    """Judge a system. The same seed gives the same judgement, however many workers there are.

    Args:
        subject: what is judged.
        requirements: by which requirements.
        seed: of everything that chance decides.
        workers: how many processes; with 1 it all happens in this one.
        replications: how often each experiment is run, where that differs, by the requirement's id; one that gets its
            interval from within a single run is run once all the same.
        quick: run each experiment `QUICK_RUNS` times, long ones in their short form, and judge at the confidence that
            so few runs allow. What is met then is claimed with less confidence, and what is too close is undecided.
        draw: draws the plots, in whatever process did the run, so that all of them share that work; None: whoever
            needs plots draws them.
        progress: told after each trial.

    Raises:
        InvalidField: a number is out of range.
        WorkerDied: a trial killed the process that did it, and the next one, too.
    """
    if type(workers) is not int or workers < 1:
        raise InvalidField("judge", "workers", workers, "a whole number, 1 or more")
    if type(seed) is not int or seed < 0:
        raise InvalidField("judge", "seed", seed, "a whole number, 0 or more")
    if quick:
        requirements = at_a_glance(requirements)
    trials = _trials(requirements, subject, seed, replications or {}, quick)
    outcomes: dict[Trial, CasesPlayed | Observation] = {}
    # The long ones first, so that no worker is left with one in the end.
    order = sorted(trials, key=lambda trial: not trial.replication)
    with Crew(workers=workers) as crew:
        for trial, outcome in crew.run(partial(run_trial, subject=subject, draw=draw), order):
            if isinstance(outcome, Exception):
                # What keeps a trial from being judged is no verdict on the system.
                raise outcome
            outcomes[trial] = outcome
            if progress is not None:
                progress(len(outcomes), len(trials), trial.label)
    played: dict[str, list[CasesPlayed]] = {}
    observations: dict[str, list[Observation]] = {}
    for trial in sorted(outcomes, key=trials.index):
        outcome = outcomes[trial]
        if isinstance(outcome, Observation):
            observations.setdefault(trial.requirement, []).append(outcome)
        else:
            played.setdefault(trial.requirement, []).append(outcome)
    verdicts = tuple(
        _conclude(requirement, played.get(requirement.id, ()), observations.get(requirement.id, ()))
        for requirement in requirements
    )
    return Judgement(
        system=subject.system().name,
        seed=seed,
        quick=quick,
        verdicts=verdicts,
        observations=observations,
        played=played,
        told={id: subject.proof(id).story for id in subject.scenarios},
    )


def _trials(
    requirements: Sequence[Requirement], subject: Subject, seed: int, replications: Mapping[str, int], quick: bool
) -> list[Trial]:
    trials = []
    for requirement in requirements:
        if requirement.id in PROOFS:
            times = PROOFS[requirement.id].replications
            if times > 1:
                times = replications.get(requirement.id, QUICK_RUNS if quick else times)
            trials += [
                Trial(requirement=requirement.id, replication=run, seed=seed, quick=quick)
                for run in range(1, times + 1)
            ]
        else:
            trials += [Trial(requirement=requirement.id, place=place, seed=seed) for place in subject.openers]
    return trials


def run_trial(trial: Trial, subject: Subject, draw: Draw | None = None) -> CasesPlayed | Observation:
    """Do one piece of work, in whatever process."""
    system = subject.system()
    if not trial.place:
        experiment = subject.proof(trial.requirement)
        seen = experiment.run(system, trial.own_seed, trial.replication, trial.quick)
        return attrs.evolve(seen, plots=draw(trial.requirement, seen)) if draw and seen.tables else seen
    cases = [case for case in CASES if case.requirement == trial.requirement]
    results = [
        play(case, subject.openers[trial.place], system, seed=f"{trial.own_seed}/{case.title}", place=trial.place)
        for case in cases
    ]
    return CasesPlayed(
        place=trial.place,
        cases=tuple(case.title for case in cases),
        checks=sum(result.checks for result in results),
        problems=tuple(problem for result in results for problem in result.problems),
    )


def _conclude(requirement: Requirement, played: Sequence[CasesPlayed], observations: Sequence[Observation]) -> Verdict:
    findings: list[Finding] = []
    said = PROOFS[requirement.id].tell(observations) if observations else {}
    for criterion in requirement.criteria:
        if criterion.measure is Measure.CASES:
            problems = [problem for one in played for problem in one.problems]
            cases = sum(len(one.cases) for one in played)
            places = " and ".join(one.place for one in played)
            checks = sum(one.checks for one in played)
            titles = len({title for one in played for title in one.cases})
            told = [f"{titles} cases, each played on {places}; {checks} things looked at"]
            findings.append(judge_cases(criterion, cases, problems, told))
            continue
        told = [said[criterion.name]] if criterion.name in said else []
        if criterion.measure is Measure.COUNTEREXAMPLES:
            runs = [one.counterexamples.get(criterion.name, ()) for one in observations]
            findings.append(judge_runs(criterion, runs, told))
        elif criterion.measure is Measure.AVAILABILITY:
            findings += [judge_estimate(criterion, one.estimates[criterion.name], told) for one in observations]
        else:
            read: list[Reading] = [
                one.shares.get(criterion.name) or one.figures[criterion.name] for one in observations
            ]
            findings.append(judge_figures(criterion, read, told))
    return Verdict(requirement=requirement, findings=tuple(findings))
