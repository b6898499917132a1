"""Verdicts are given only where the whole interval is on one side of the bound."""

from math import inf, isnan, nan

import pytest

from bookdelivery.requirements.requirement import Criterion, Measure, Requirement, Sense
from bookdelivery.requirements.verdict import (
    Counterexample,
    Status,
    Verdict,
    judge_cases,
    judge_figures,
    judge_runs,
    worst,
)

FOUND = Counterexample(invariant="nothing_leaves_the_store_unpaid", why="it was packed", order_id=7, run="run 3")


def criterion(measure: Measure = Measure.MEDIAN, bound: float = 1.0, sense: Sense = Sense.AT_MOST) -> Criterion:
    return Criterion(name="c", metric="m", korean="ㅁ", measure=measure, unit="s", bound=bound, sense=sense)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ([0.5] * 6, Status.MET),
        ([1.0] * 6, Status.MET),
        ([1.5] * 6, Status.VIOLATED),
        ([0.5] * 3 + [1.5] * 3, Status.UNDECIDED),
        ([0.5] * 5, Status.UNDECIDED),
        ([0.5] * 5 + [nan], Status.UNDECIDED),
        ([inf] * 6, Status.VIOLATED),
        ([], Status.UNDECIDED),
    ],
)
def test_a_median_is_decided_only_by_its_whole_interval(values: list[float], status: Status) -> None:
    assert judge_figures(criterion(), values).status is status


def test_a_bound_from_below_is_judged_from_the_other_side() -> None:
    at_least = criterion(sense=Sense.AT_LEAST)
    assert judge_figures(at_least, [2.0] * 6).status is Status.MET
    assert judge_figures(at_least, [0.5] * 6).status is Status.VIOLATED
    assert judge_figures(at_least, [0.5, 2.0] * 3).status is Status.UNDECIDED


def test_a_mean_and_a_proportion_are_judged_by_their_own_intervals() -> None:
    assert judge_figures(criterion(Measure.MEAN), [0.1, 0.2, 0.3]).status is Status.MET
    share = criterion(Measure.PROPORTION, bound=0.9, sense=Sense.AT_LEAST)
    assert judge_figures(share, [1.0] * 20).status is Status.UNDECIDED
    assert judge_figures(share, [1.0] * 60).status is Status.MET
    assert judge_figures(share, [0.0] * 20).status is Status.VIOLATED


def test_one_counterexample_violates_what_must_never_be() -> None:
    finding = judge_runs(criterion(Measure.COUNTEREXAMPLES, bound=0.0), [(), (), (FOUND,), ()])
    assert finding.status is Status.VIOLATED
    assert finding.estimate == 0.25
    assert finding.counterexamples == (FOUND,)


def test_no_counterexample_meets_it_and_bounds_its_rate() -> None:
    finding = judge_runs(criterion(Measure.COUNTEREXAMPLES, bound=0.0), [()] * 20)
    assert finding.status is Status.MET
    assert finding.interval is not None
    assert finding.interval.high == pytest.approx(0.1391, abs=1e-4)


def test_no_run_decides_nothing() -> None:
    finding = judge_runs(criterion(Measure.COUNTEREXAMPLES), [])
    assert finding.status is Status.UNDECIDED
    assert isnan(finding.estimate)


def test_cases_have_an_answer_but_no_interval() -> None:
    cases = criterion(Measure.CASES, bound=0.0)
    assert judge_cases(cases, 4, ()).status is Status.MET
    assert judge_cases(cases, 4, (FOUND,)).status is Status.VIOLATED
    assert judge_cases(cases, 0, ()).status is Status.UNDECIDED
    assert judge_cases(cases, 4, ()).interval is None


def test_a_case_that_fails_in_several_ways_is_one_failed_case() -> None:
    others = [Counterexample(invariant=f"rule {n}", why="", run="run 3") for n in range(3)]
    assert judge_cases(criterion(Measure.CASES), 4, [FOUND, *others]).estimate == 1.0


def test_of_many_counterexamples_the_first_of_every_rule_is_kept() -> None:
    same = [Counterexample(invariant="a", why=str(n)) for n in range(50)]
    other = Counterexample(invariant="b", why="rare")
    kept = judge_runs(criterion(Measure.COUNTEREXAMPLES), [[*same, other]]).counterexamples
    assert {one.invariant for one in kept} == {"a", "b"}
    assert len(kept) == 5


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([Status.MET, Status.MET], Status.MET),
        ([Status.MET, Status.UNDECIDED], Status.UNDECIDED),
        ([Status.UNDECIDED, Status.VIOLATED, Status.MET], Status.VIOLATED),
        ([], Status.UNDECIDED),
    ],
)
def test_the_worst_criterion_decides(statuses: list[Status], expected: Status) -> None:
    assert worst(statuses) is expected


def test_a_requirement_is_met_only_if_every_criterion_is() -> None:
    criteria = (criterion(), criterion(bound=0.1))
    requirement = Requirement(id="N9", text="t", korean="ㅁ", criteria=criteria)
    findings = tuple(judge_figures(one, [0.5] * 6) for one in criteria)
    assert Verdict(requirement=requirement, findings=findings).status is Status.VIOLATED


def test_a_counterexample_reads_as_a_sentence() -> None:
    assert str(FOUND) == "nothing_leaves_the_store_unpaid: order 7: it was packed [run 3]"
