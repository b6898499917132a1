"""Uptime goals are judged by what a context declares and by what its pods' troubles make of a year."""

import pytest

from bookdelivery.contexts.delivery.context import DELIVERY
from bookdelivery.contexts.order.context import ORDER
from bookdelivery.contexts.payment.context import PAYMENT
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements.report import bound, estimate, interval
from bookdelivery.requirements.requirement import Measure, Sense
from bookdelivery.requirements.uptime import judge_uptime, uptime_requirement
from bookdelivery.requirements.verdict import Status
from bookdelivery.simulation import Exponential, LogNormal, Uniform
from bookdelivery.simulation.uptime import CommonOutage, Fleet, PodFailure, Rollouts

DAY_S = 86_400.0
CRASH = PodFailure(label="crash", mtbf_s=7 * DAY_S, repair_s=15.0)
ZONE = CommonOutage(label="zone", mtbf_s=730 * DAY_S, lasts_s=LogNormal(300.0, 1.0))


def test_the_goal_is_the_contexts_own() -> None:
    requirement = uptime_requirement(ORDER)
    [criterion] = requirement.criteria
    assert (criterion.bound, criterion.sense, criterion.measure) == (0.99999, Sense.AT_LEAST, Measure.AVAILABILITY)
    assert requirement.text == "order is up 99.999 % of a year."
    assert requirement.korean == "주문 서비스는 연간 99.999 % 가동된다."
    assert uptime_requirement(DELIVERY).text == "delivery is up 60 % of a year."


def test_a_context_whose_uptime_comes_from_somebody_else_has_no_goal_to_judge() -> None:
    with pytest.raises(InvalidField, match="comes from its provider"):
        uptime_requirement(PAYMENT)


def test_five_nines_of_a_core_context_are_met_with_three_pods_and_violated_with_one() -> None:
    rollouts = Rollouts(every_s=7 * DAY_S, start_up_s=Uniform(8, 15))
    three, one = (
        judge_uptime(ORDER, Fleet(replicas=replicas, failures=[CRASH], outages=[ZONE], rollouts=rollouts))
        for replicas in (3, 1)
    )
    assert (three.status, one.status) == (Status.MET, Status.VIOLATED)
    [finding] = three.findings
    assert "where 315.6 s are allowed" in finding.evidence[0]
    assert finding.evidence[1].startswith("most of it: zone 1")
    assert estimate(finding) == "99.99953%"
    assert interval(finding).startswith("99.9995")
    assert interval(finding).endswith("% (95%)")
    assert bound(finding.criterion) == "at least 99.999%\u00a0of the time"


def test_three_fifths_of_a_year_are_enough_for_a_supporting_context_on_a_single_shaky_pod() -> None:
    shaky = PodFailure(label="shaky", mtbf_s=6 * 3600.0, repair_s=Exponential(3 * 3600.0))
    verdict = judge_uptime(DELIVERY, Fleet(replicas=1, failures=[shaky]), episodes=20_000)
    assert verdict.status is Status.MET
    assert verdict.findings[0].estimate == pytest.approx(2 / 3, abs=0.01)
    assert "where 3,506 h are allowed" in verdict.findings[0].evidence[0]


def test_on_the_bound_itself_it_is_undecided() -> None:
    even = PodFailure(label="x", mtbf_s=600.0, repair_s=Exponential(400.0))
    assert judge_uptime(DELIVERY, Fleet(replicas=1, failures=[even]), episodes=2_000).status is Status.UNDECIDED


def test_what_nothing_ever_takes_down_is_not_called_up_for_good() -> None:
    quiet = Fleet(replicas=2, rollouts=Rollouts(every_s=DAY_S, start_up_s=10.0))
    verdict = judge_uptime(ORDER, quiet, episodes=200)
    assert verdict.status is Status.UNDECIDED
    assert verdict.findings[0].evidence[1] == "next to nothing ever took it down"
