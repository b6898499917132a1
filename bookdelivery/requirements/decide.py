"""Decide a requirement on any scenario: run it until the sample tells, or until the budget ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements.nonfunctional.experiment import Run as ReadRun
from bookdelivery.requirements.one_run import found_in
from bookdelivery.requirements.requirement import Criterion, Measure, Requirement, Sense
from bookdelivery.requirements.verdict import KINDS, Finding, Status, Verdict, judge_figures, judge_runs, worst
from bookdelivery.resilience.settings import is_number
from bookdelivery.simulation.experiments import Failure, How, Metric, Run
from bookdelivery.simulation.experiments.gathering import Gathered, Gathering
from bookdelivery.simulation.experiments.trials import MakeSystem, Trial, failed
from bookdelivery.simulation.scenario import Scenario
from bookdelivery.simulation.simulating import simulate
from bookdelivery.simulation.statistics import look_confidences, look_sizes

MEASURES = {kind: measure for measure, kind in KINDS.items()}
"""For each kind of metric the measure that judges it."""


@attrs.frozen(kw_only=True)
class Decision:
    """What was decided, and what it took.

    Attributes:
        verdict: met, violated or undecided, with the findings.
        replications: how many were run.
        budget: how many there could have been.
        looks: after how many replications the findings were looked at.
        seed: from which the same decision comes again.
        failures: replications that raised an error; with one of them nothing is called met.
    """

    verdict: Verdict
    replications: int
    budget: int
    looks: tuple[int, ...]
    seed: int
    failures: tuple[Failure, ...]

    @property
    def status(self) -> Status:
        """Met, violated or undecided."""
        return self.verdict.status


def demand(
    metric: Metric,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    confidence: float = 0.95,
    id: str = "",
) -> Requirement:
    """Make a requirement of one metric, one bound and a confidence.

    Args:
        metric: what is measured; its kind chooses the interval.
        at_most: the figure must not be above; or
        at_least: must not be below.
        confidence: of the interval, between 0 and 1.
        id: what to call it; the metric's name by default.

    Raises:
        InvalidField: neither or both bounds are given, or a number is out of range.
    """
    if (at_most is None) == (at_least is None):
        raise InvalidField("demand", "at_most", at_most, "a number, unless at_least is given instead")
    sense, bound = (Sense.AT_MOST, at_most) if at_least is None else (Sense.AT_LEAST, at_least)
    if not is_number(bound):
        raise InvalidField("demand", "at_least" if at_most is None else "at_most", bound, "a number")
    criterion = Criterion(
        name=metric.name,
        metric=metric.name,
        measure=MEASURES[metric.kind],
        unit=metric.unit,
        bound=float(bound),
        sense=sense,
        confidence=confidence,
        level=metric.level,
        read=metric.read,
    )
    text = f"{metric.name} is {sense} {bound:g} {metric.unit}".rstrip() + "."
    return Requirement(id=id or metric.name, text=text, criteria=(criterion,))


def decide(
    requirement: Requirement, scenario: Scenario, *, at_most: int = 100, first: int = 10, **how: Unpack[How]
) -> Decision:
    """Run replications of a scenario until a requirement is decided on it, or until the budget ends.

    One looks after the first few replications, then each time they have doubled, and at the end of the budget. Each
    look costs confidence: it has an interval of its own, wider than one look alone would need, so that all looks
    together err no more often than the criterion's confidence allows (alpha spending, see
    `bookdelivery.simulation.statistics.look_confidences`). What must never be is violated by the first counterexample,
    and met only if the whole budget shows none, which is one look. A criterion that is decided stays so; the
    requirement is decided when one is violated or all are met.

    Args:
        requirement: each of its criteria has a `read`, or it is one of N1 to N4, of which those criteria are judged
            that a run of any scenario speaks of.
        scenario: what is run.
        at_most: the budget, in replications.
        first: after how many to look first.
        how: see `How`: system, seed, executor, workers, progress; and directory, where every criterion is about figures
            and has a `read`.

    Returns:
        The decision; undecided if the budget ends first, if nothing speaks of the requirement, or if a replication
        failed that might have shown the worst.

    Raises:
        InvalidField: a setting is out of range, or nothing says how to read the requirement off a run.
        NothingFinished: every replication failed.
    """
    sizes = look_sizes(first, at_most)
    if "metrics" in how:
        raise InvalidField("decide", "metrics", "given", "left out, as the requirement says what is measured")
    for criterion in requirement.criteria:
        if criterion.measure is Measure.CASES:
            raise InvalidField("decide", "requirement", requirement.id, "one about runs; cases are for judge()")
    with _gathering(requirement, scenario, how) as gathering:
        settled: dict[str, Finding] = {}
        findings: tuple[Finding, ...] = ()
        found, looks = Gathered((), ()), []
        for place, size in enumerate(sizes):
            [found] = gathering.up_to(size)
            looks.append(size)
            findings = tuple(
                settled.get(criterion.name) or finding
                for criterion in requirement.criteria
                for finding in _look(criterion, found, sizes, place)
            )
            settled = {one.criterion.name: one for one in findings if one.status is not Status.UNDECIDED}
            if worst(one.status for one in findings) is not Status.UNDECIDED or found.failures:
                break
    return Decision(
        verdict=Verdict(requirement=requirement, findings=findings),
        replications=looks[-1],
        budget=at_most,
        looks=tuple(looks),
        seed=gathering.seed,
        failures=found.failures,
    )


def _gathering(requirement: Requirement, scenario: Scenario, how: How) -> Gathering:
    metrics = [
        Metric(one.name, one.read, KINDS[one.measure], one.unit, one.level)
        for one in requirement.criteria
        if one.read is not None and one.measure in KINDS
    ]
    if len(metrics) == len(requirement.criteria):
        return Gathering([("", scenario)], requirement.id, {**how, "metrics": metrics})
    return Gathering([("", scenario)], requirement.id, how, lambda system: Examination(system, requirement))


@attrs.frozen
class Examination:
    """Runs a trial and reads off what there is to say about a requirement, counterexamples included.

    Args:
        system: makes the system that is simulated.
        requirement: what is looked for.
    """

    system: MakeSystem
    requirement: Requirement

    def __call__(self, trial: Trial) -> Run | Failure:
        """Run one; an error is handed back as a value, as not every error survives the way between processes."""
        try:
            result = simulate(trial.scenario, self.system())
            run = ReadRun(f"{trial.name}, seed {trial.scenario.seed}", result.system, result)
            readings = self._readings(run)
        except Exception as error:  # noqa: BLE001
            return failed(trial, error)
        return Run(replication=trial.replication, seed=trial.scenario.seed, readings=readings)

    def _readings(self, run: ReadRun) -> Mapping[str, Any]:
        readings: dict[str, Any] = {}
        without = [one for one in self.requirement.criteria if one.read is None]
        found = found_in(run, self.requirement.id) if without else {}
        for criterion in self.requirement.criteria:
            if criterion.read is None:
                readings[criterion.name] = found.get(criterion.name)
            elif criterion.measure is Measure.COUNTEREXAMPLES:
                readings[criterion.name] = tuple(criterion.read(run.result))
            else:
                metric = Metric(criterion.name, criterion.read, KINDS[criterion.measure])
                readings[criterion.name] = metric.reading(run.result)
        return readings


def _look(criterion: Criterion, found: Gathered, sizes: Sequence[int], place: int) -> list[Finding]:
    seen: list[Any] = [run.readings[criterion.name] for run in found.runs]
    spoken = [one for one in seen if one is not None]
    if not spoken:
        return []
    last = place == len(sizes) - 1
    if criterion.measure is Measure.COUNTEREXAMPLES:
        finding = judge_runs(criterion, spoken, [_taken(found)])
        kept = finding.status is Status.MET and not last
    else:
        spent = look_confidences(criterion.confidence, sizes)[place]
        told = f"{_taken(found)}; this look at {spent:.2%}, so that all looks together keep {criterion.confidence:.0%}"
        finding = judge_figures(attrs.evolve(criterion, confidence=spent), spoken, [told])
        # Its interval says at which confidence this look was; the criterion is what was asked for.
        finding = attrs.evolve(finding, criterion=criterion)
        kept = False
    if kept or (found.failures and finding.status is Status.MET):
        return [attrs.evolve(finding, status=Status.UNDECIDED)]
    return [finding]


def _taken(found: Gathered) -> str:
    lost = f", and {len(found.failures)} that failed" if found.failures else ""
    return f"{len(found.runs)} replications{lost}"
