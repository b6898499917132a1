"""The bookstore's uptime goals are judged by what its contexts' pods go through, in figures, words and a picture."""

from __future__ import annotations

import attrs
import pytest

from bookdelivery.requirements.catalogue import REQUIREMENTS, at_a_glance
from bookdelivery.requirements.figures import plots_of
from bookdelivery.requirements.fleets import FLEETS
from bookdelivery.requirements.judge import judge
from bookdelivery.requirements.requirement import select
from bookdelivery.requirements.uptime import judge_uptime
from bookdelivery.requirements.uptime_proofs import UPTIMES, told_of
from bookdelivery.requirements.verdict import Status
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.services.verify import SUBJECT
from bookdelivery.simulation.uptime import Fleet, PodFailure, Rollouts

GOALS = tuple(proof.requirement for proof in UPTIMES.values())


def test_every_context_that_declares_a_goal_is_judged() -> None:
    declared = {context.name for context in BOOKSTORE_SYSTEM.contexts if context.uptime_goal is not None}
    assert {proof.context.name for proof in UPTIMES.values()} == declared == set(FLEETS)


def test_all_goals_are_met_with_one_forecast_each_and_just_the_same_in_a_hurry() -> None:
    judgement = judge(SUBJECT, GOALS, replications={goal.id: 5 for goal in GOALS})
    assert [verdict.status for verdict in judgement.verdicts] == [Status.MET] * len(GOALS)
    assert judgement.verdicts == judge(SUBJECT, GOALS, quick=True).verdicts
    for verdict in judgement.verdicts:
        [finding] = verdict.findings
        assert finding.interval is not None
        assert finding.interval.confidence == 0.95
        assert finding.sample_size > 5_000
        assert "outage cycles simulated; most of it: " in finding.evidence[0]


@pytest.mark.parametrize("name", ["uptime-order", "uptime-ordermanagement", "uptime-mypage"])
def test_a_core_context_does_not_reach_its_goal_on_a_single_pod(name: str) -> None:
    proof = UPTIMES[name]
    alone = judge_uptime(proof.context, attrs.evolve(proof.fleet, replicas=1), episodes=2_000)
    assert alone.status is Status.VIOLATED


def test_a_quick_judge_lowers_the_confidence_of_all_but_uptime_goals() -> None:
    assert at_a_glance(GOALS) == GOALS
    [hurried] = at_a_glance(select(["N2"], REQUIREMENTS))
    assert {criterion.confidence for criterion in hurried.criteria} == {0.75}


def test_a_fleet_is_told_from_its_own_figures() -> None:
    crash = PodFailure(label="crash", mtbf_s=3 * 86_400.0, repair_s=90.0)
    fleet = Fleet(
        replicas=3, failures=[crash], rollouts=Rollouts(every_s=7 * 86_400.0, start_up_s=10.0, bad=0.1, probed=False)
    )
    assert told_of(fleet) == (
        "3 pods, of which 1 must work; all times are means. Each pod: crash every 3 days, back after 90 s. "
        "New versions: every 7 days, without a readiness probe, 10% of them bad and rolled back after 10 min."
    )
    assert told_of(attrs.evolve(fleet, replicas=1, rollouts=None)) == (
        "A single pod; all times are means. Each pod: crash every 3 days, back after 90 s."
    )


def test_a_picture_shows_what_takes_a_context_down_beside_what_is_allowed() -> None:
    seen = UPTIMES["uptime-order"].run(BOOKSTORE_SYSTEM, 1, 1)
    [plot] = plots_of("uptime-order", seen)
    assert "of the time that its goal allows" in plot.title
    for words in ("allowed: 316 s", "down in a year (s)", *seen.tables["causes"].index):
        assert words in plot.svg
