"""Requirements on any scenario are decided as soon as the sample tells, and no sooner than it does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import isnan, nan
from pathlib import Path
from typing import Any

import attrs
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements.catalogue import REQUIREMENTS
from bookdelivery.requirements.decide import decide, demand
from bookdelivery.requirements.requirement import Criterion, Measure, Requirement, Sense, select
from bookdelivery.requirements.verdict import Counterexample, Status
from bookdelivery.simulation import Poisson, Result, Scenario
from bookdelivery.simulation.experiments import (
    Cycles,
    Kind,
    Metric,
    NothingFinished,
    Quantile,
    replicate,
    replication_seed,
)
from bookdelivery.simulation.statistics import look_confidences, look_sizes
from bookdelivery.simulation.streams import Streams
from tests.simulation.experiments.little import ALL, LITTLE, SERVED, STAY, Stumbles, Tallies, till
from tests.simulation.worlds import QUICK_PEOPLE

on_a_till = partial(decide, scenario=LITTLE, system=till, workers=1)


def test_a_clear_case_is_decided_at_the_first_look() -> None:
    decision = on_a_till(demand(STAY, at_most=60.0), first=10, at_most=200)
    assert decision.status is Status.MET
    assert (decision.replications, decision.looks, decision.budget) == (10, (10,), 200)
    [finding] = decision.verdict.findings
    assert finding.sample_size == 10
    assert finding.interval is not None
    assert finding.interval.confidence == look_confidences(0.95, look_sizes(10, 200))[0] > 0.99
    assert finding.criterion.confidence == 0.95
    assert "10 replications; this look at 99." in finding.evidence[0]


def test_the_estimate_is_that_of_the_replications_of_the_same_seed() -> None:
    decision = on_a_till(demand(STAY, at_most=60.0), first=10, at_most=10, seed=8)
    runs = replicate(LITTLE, 10, system=till, metrics=[STAY], workers=1, seed=8)
    assert decision.verdict.findings[0].estimate == runs.estimate("stay_s").value
    assert decision.seed == 8


def test_a_bound_that_is_clearly_missed_is_violated() -> None:
    assert on_a_till(demand(SERVED, at_least=0.9999), at_most=80).status is Status.VIOLATED
    assert on_a_till(demand(STAY, at_most=0.1)).status is Status.VIOLATED


def test_a_close_case_takes_more_replications_and_ends_undecided_with_the_budget() -> None:
    truth = replicate(LITTLE, 40, system=till, metrics=[STAY], workers=1).estimate("stay_s").value
    close = on_a_till(demand(STAY, at_most=truth), first=5, at_most=40)
    assert close.status is Status.UNDECIDED
    assert close.looks == (5, 10, 20, 40)
    less_close = on_a_till(demand(STAY, at_most=1.3 * truth), first=5, at_most=160)
    assert less_close.status is Status.MET
    assert 5 < less_close.replications < 160


def normal_figure(result: Result) -> float:
    # A figure whose truth is known exactly: standard normal, drawn from the run's own seed.
    return float(Streams(result.scenario.seed).numpy("test").standard_normal())


NEARLY_NOTHING = attrs.evolve(LITTLE, lasts=1.0, load=Poisson(per_second=0.01))


@pytest.mark.slow
def test_on_the_bound_itself_looking_again_and_again_decides_wrongly_no_more_often_than_allowed() -> None:
    # The truth is 0: neither "at most 0" nor its violation should be claimed, and each is in half of the errors.
    requirement = demand(Metric("x", normal_figure), at_most=0.0, confidence=0.8)
    decisions = [
        decide(requirement, NEARLY_NOTHING, first=4, at_most=16, system=till, workers=1, seed=seed)
        for seed in range(80)
    ]
    wrong = sum(decision.status is not Status.UNDECIDED for decision in decisions) / 80
    assert wrong < 0.2 + 0.1
    assert any(len(decision.looks) == 3 for decision in decisions)


@pytest.mark.parametrize(
    ("metric", "bound", "measure"),
    [
        (STAY, {"at_most": 60.0}, Measure.MEAN),
        (Metric("p", Quantile("requests", "latency_s", level=0.9), Kind.MEDIAN), {"at_most": 60.0}, Measure.MEDIAN),
        (Metric("q", STAY.read, Kind.QUANTILE, "s", 0.6), {"at_most": 60.0}, Measure.QUANTILE),
        (SERVED, {"at_least": 0.1}, Measure.SHARE),
        (ALL, {"at_most": 0.9}, Measure.PROPORTION),
    ],
)
def test_every_kind_of_metric_is_judged_by_its_own_measure(
    metric: Metric, bound: dict[str, Any], measure: Measure
) -> None:
    requirement = demand(metric, **bound)
    assert requirement.criteria[0].measure is measure
    assert on_a_till(requirement, first=16, at_most=16).status is Status.MET


def ups_and_downs(result: Result) -> Cycles:
    length_s = 1.0 + (result.scenario.seed % 7) / 10
    return Cycles((99.0 * length_s, 99.0), (1.0, 1.0 * length_s))


def test_availability_is_judged_from_the_cycles_of_all_runs() -> None:
    metric = Metric("up", ups_and_downs, Kind.AVAILABILITY)
    decision = on_a_till(demand(metric, at_least=0.97), first=10, at_most=10)
    assert decision.status is Status.MET
    assert decision.verdict.findings[0].sample_size == 20


def found_on_some_seeds(result: Result) -> Sequence[Counterexample]:
    unlucky = result.scenario.seed == replication_seed(3, 12)
    return [Counterexample(invariant="never", why="it was")] if unlucky else []


NEVER = Requirement(
    id="never",
    text="It never happens.",
    criteria=(Criterion(name="never", metric="runs", measure=Measure.COUNTEREXAMPLES, read=found_on_some_seeds),),
)


def test_what_must_never_be_is_met_only_when_the_whole_budget_shows_none() -> None:
    decision = on_a_till(NEVER, first=2, at_most=8)
    assert decision.status is Status.MET
    assert decision.looks == (2, 4, 8)
    interval = decision.verdict.findings[0].interval
    assert interval is not None
    assert interval.high == pytest.approx(1 - 0.05 ** (1 / 8))


def test_one_counterexample_ends_it_at_once_with_the_run_named() -> None:
    decision = on_a_till(NEVER, first=4, at_most=64)
    assert decision.status is Status.VIOLATED
    assert decision.looks == (4, 8, 16)
    assert str(decision.verdict.findings[0].counterexamples[0]) == "never: it was"


def test_a_requirement_is_met_only_if_all_its_criteria_are_and_what_is_decided_stays_so() -> None:
    both = Requirement(id="both", text="Both.", criteria=(*demand(STAY, at_most=60.0).criteria, *NEVER.criteria))
    decision = on_a_till(both, first=5, at_most=10)
    assert decision.status is Status.MET
    assert [finding.sample_size for finding in decision.verdict.findings] == [5, 10]


def test_a_replication_that_failed_keeps_everything_from_being_called_met() -> None:
    stumbling = Metric("read", Stumbles((replication_seed(3, 2),)))
    decision = on_a_till(demand(stumbling, at_most=2.0), first=6, at_most=24)
    assert decision.status is Status.UNDECIDED
    assert decision.looks == (6,)
    assert [failure.replication for failure in decision.failures] == [2]
    assert "5 replications, and 1 that failed" in decision.verdict.findings[0].evidence[0]


def measures_nothing(result: Result) -> float:
    return nan


@pytest.mark.parametrize("kind", [Kind.MEAN, Kind.MEDIAN])
def test_what_measures_nothing_stays_undecided(kind: Kind) -> None:
    decision = on_a_till(demand(Metric("nothing", measures_nothing, kind), at_most=1.0), first=6, at_most=6)
    assert decision.status is Status.UNDECIDED
    assert isnan(decision.verdict.findings[0].estimate)


def test_figures_of_a_decision_can_be_kept_and_taken_up_again(tmp_path: Path) -> None:
    tallies = Tallies(tmp_path)
    requirement = demand(Metric("read", tallies), at_most=2.0)
    first = on_a_till(requirement, first=3, at_most=3, directory=tmp_path / "runs")
    again = on_a_till(requirement, first=3, at_most=3, directory=tmp_path / "runs")
    assert first == again
    assert len(tallies.seeds) == 3
    with pytest.raises(InvalidField, match="directory"):
        on_a_till(NEVER, directory=tmp_path / "runs")


BRIEF = Scenario(load=Poisson(per_second=3), lasts=10.0, people=QUICK_PEOPLE)


def test_the_catalogues_requirements_are_decided_on_a_scenario_of_ones_own() -> None:
    n1, n4 = select(["N1", "N4"], REQUIREMENTS)
    decision = decide(n1, BRIEF, first=2, at_most=2, workers=1)
    assert decision.status is Status.MET
    assert [finding.criterion.name for finding in decision.verdict.findings] == ["unpaid-orders", "money", "invariants"]
    assert [
        finding.criterion.name for finding in decide(n4, BRIEF, first=1, at_most=1, workers=1).verdict.findings
    ] == ["calls"]


def test_what_no_run_speaks_of_is_undecided() -> None:
    [n3] = select(["N3"], REQUIREMENTS)
    decision = decide(n3, BRIEF, first=1, at_most=2, workers=1)
    assert decision.status is Status.UNDECIDED
    assert decision.verdict.findings == ()


def test_a_requirement_that_nobody_can_read_off_a_run_is_refused() -> None:
    unread = Requirement(id="U1", text="?", criteria=(Criterion(name="x", metric="x", measure=Measure.MEAN),))
    with pytest.raises(NothingFinished, match="one of N1, N2, N3, N4, or have a reader for each criterion"):
        on_a_till(unread, first=1, at_most=1)
    [f1] = select(["F1"], REQUIREMENTS)
    with pytest.raises(InvalidField, match=r"cases are for judge\(\)"):
        on_a_till(f1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "at_most"),
        ({"at_most": 1.0, "at_least": 0.0}, "at_most"),
        ({"at_most": "much"}, "at_most"),
        ({"at_least": nan}, "at_least"),
        ({"at_most": 1.0, "confidence": 95}, "confidence"),
        ({"at_most": 1.0, "confidence": "95 %"}, "confidence"),
    ],
)
def test_a_demand_that_is_none_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        demand(STAY, **changes)


@pytest.mark.parametrize(
    ("changes", "field"), [({"at_most": 0}, "at_most"), ({"first": 1.5}, "first"), ({"metrics": [STAY]}, "metrics")]
)
def test_a_budget_that_is_none_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        on_a_till(demand(STAY, at_most=1.0), **changes)


def test_a_demand_says_what_it_demands() -> None:
    requirement = demand(STAY, at_most=2.5)
    assert (requirement.id, requirement.text) == ("stay_s", "stay_s is at most 2.5 s.")
    criterion = requirement.criteria[0]
    assert (criterion.bound, criterion.sense, criterion.unit) == (2.5, Sense.AT_MOST, "s")
    assert demand(SERVED, at_least=0.9, id="S1").text == "served is at least 0.9."
