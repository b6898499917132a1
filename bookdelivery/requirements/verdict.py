"""Met, violated or undecided, with the figures and the evidence it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from math import nan

import attrs

from bookdelivery.requirements.requirement import Criterion, Measure, Requirement, Sense
from bookdelivery.simulation.experiments.readings import Kind, Reading, estimate
from bookdelivery.simulation.statistics import Estimate, Interval, clopper_pearson, none_found


class Status(StrEnum):
    """What can be said about a requirement."""

    MET = "met"
    VIOLATED = "violated"
    UNDECIDED = "undecided"
    """The sample does not tell: the interval holds the bound, or nothing was measured."""


@attrs.frozen(kw_only=True)
class Counterexample:
    """Something that must never be, and was.

    Attributes:
        invariant: the name of the rule it breaks.
        why: what is wrong, in a sentence.
        order_id: the order it happened to, None if it concerns no single one.
        trail: what happened to that order, one line an event.
        run: the run it was found in, so that it can be run again.
    """

    invariant: str
    why: str
    order_id: int | None = None
    trail: tuple[str, ...] = ()
    run: str = ""

    def __str__(self) -> str:
        order = "" if self.order_id is None else f"order {self.order_id}: "
        run = f" [{self.run}]" if self.run else ""
        return f"{self.invariant}: {order}{self.why}{run}"


@attrs.frozen(kw_only=True)
class Finding:
    """What became of one criterion.

    Attributes:
        criterion: the criterion.
        status: met, violated or undecided.
        estimate: the figure; not a number where nothing could be measured.
        interval: its confidence interval; None for written-down cases.
        sample_size: how many independent runs (or cases) it rests on.
        evidence: what was seen, in sentences.
        counterexamples: what broke it, at most a few.
    """

    criterion: Criterion
    status: Status
    estimate: float
    interval: Interval | None
    sample_size: int
    evidence: tuple[str, ...] = ()
    counterexamples: tuple[Counterexample, ...] = ()


@attrs.frozen(kw_only=True)
class Verdict:
    """What became of a requirement.

    Attributes:
        requirement: the requirement.
        findings: one a criterion.
    """

    requirement: Requirement
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """Violated if one criterion is; met only if all are.

        Each criterion is tested at its own confidence: that all of them hold is then claimed wrongly no more often than
        any single one would be (Berger's intersection-union test, Technometrics 24, 1982).
        """
        return worst(finding.status for finding in self.findings)


def worst(statuses: Iterable[Status]) -> Status:
    """Give the worst: violated if one is, met only if all are; undecided if there is none."""
    found = set(statuses)
    if Status.VIOLATED in found:
        return Status.VIOLATED
    return Status.MET if found == {Status.MET} else Status.UNDECIDED


KEPT = 5
"""Counterexamples kept of each criterion; the number of runs that had one is in the estimate."""


KINDS = {
    Measure.MEAN: Kind.MEAN,
    Measure.MEDIAN: Kind.MEDIAN,
    Measure.QUANTILE: Kind.QUANTILE,
    Measure.PROPORTION: Kind.EVENT,
    Measure.SHARE: Kind.SHARE,
    Measure.AVAILABILITY: Kind.AVAILABILITY,
}
"""Measures that compare a figure with a bound, and what kind of reading they take."""


def judge_figures(criterion: Criterion, values: Sequence[Reading], evidence: Sequence[str] = ()) -> Finding:
    """Judge a criterion by one figure a replication: decided only if the whole interval is on one side of the bound.

    Args:
        criterion: of a measure that compares a figure with a bound.
        values: the figures, of the measure's kind (see `KINDS`; for a proportion 1 or 0); not a number where a
            replication could measure nothing, which decides nothing.
        evidence: sentences to go with the finding.
    """
    found = estimate(KINDS[criterion.measure], values, criterion.confidence, criterion.level)
    return judge_estimate(criterion, found, evidence)


def judge_estimate(criterion: Criterion, found: Estimate, evidence: Sequence[str] = ()) -> Finding:
    """Judge a criterion by an estimate: decided only if its whole interval is on one side of the bound.

    Args:
        criterion: of a measure that compares a figure with a bound.
        found: the estimate.
        evidence: sentences to go with the finding.
    """
    return Finding(
        criterion=criterion,
        status=_side(found.interval, criterion) if found.sample_size else Status.UNDECIDED,
        estimate=found.value,
        interval=found.interval,
        sample_size=found.sample_size,
        evidence=tuple(evidence),
    )


def _side(interval: Interval, criterion: Criterion) -> Status:
    low, high = interval.low, interval.high
    if criterion.sense is Sense.AT_LEAST:
        low, high = -high, -low
    bound = criterion.bound if criterion.sense is Sense.AT_MOST else -criterion.bound
    if high <= bound:
        return Status.MET
    return Status.VIOLATED if low > bound else Status.UNDECIDED


def judge_runs(criterion: Criterion, runs: Sequence[Sequence[Counterexample]], evidence: Sequence[str] = ()) -> Finding:
    """Judge what must never be: one counterexample violates it, none in any run meets it.

    Args:
        criterion: of the measure counterexamples.
        runs: for each independent run, the counterexamples found in it.
        evidence: sentences to go with the finding.
    """
    broken = sum(1 for run in runs if run)
    found = (
        clopper_pearson(broken, len(runs), criterion.confidence)
        if broken
        else none_found(len(runs), criterion.confidence)
    )
    return Finding(
        criterion=criterion,
        status=Status.VIOLATED if broken else Status.MET if runs else Status.UNDECIDED,
        estimate=found.value,
        interval=found.interval,
        sample_size=len(runs),
        evidence=tuple(evidence),
        counterexamples=_various([counterexample for run in runs for counterexample in run]),
    )


def judge_cases(
    criterion: Criterion, cases: int, failed: Sequence[Counterexample], evidence: Sequence[str] = ()
) -> Finding:
    """Judge written-down cases: all must hold.

    Args:
        criterion: of the measure cases.
        cases: how many were tried.
        failed: those that failed, each with the reason; the run is the case.
        evidence: sentences to go with the finding.
    """
    return Finding(
        criterion=criterion,
        status=Status.VIOLATED if failed else Status.MET if cases else Status.UNDECIDED,
        estimate=float(len({one.run for one in failed})) if cases else nan,
        interval=None,
        sample_size=cases,
        evidence=tuple(evidence),
        counterexamples=_various(failed),
    )


def _various(found: Sequence[Counterexample]) -> tuple[Counterexample, ...]:
    # The first of every rule that was broken says more than five of the same kind.
    first = {one.invariant: one for one in reversed(found)}
    chosen = sorted(first.values(), key=found.index)
    rest = [one for one in found if one not in chosen]
    return tuple((chosen + rest)[: max(KEPT, len(chosen))])
