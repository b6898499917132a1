"""The platform does what the stories say; and without its probes and its autoscaler the stories are not true."""

from __future__ import annotations

import attrs

from bookdelivery.requirements.verdict import Status
from bookdelivery.simulation import Scenario
from bookdelivery.simulation.experiments import changed
from tests.requirements.stories.telling import told, twist, violated


def test_order_grows_to_three_pods_and_shrinks_five_minutes_after_the_crowd_has_gone() -> None:
    seen, verdicts = told("autoscale")
    assert set(verdicts.values()) == {Status.MET}
    # A look every 15 s, ten seconds to start, the first ready look; then five minutes' patience.
    assert seen.figures["grows"] == 30.0
    assert 300.0 <= seen.figures["shrinks"] <= 330.0


def test_without_an_autoscaler_it_does_not_grow() -> None:
    def fixed(scenario: Scenario) -> Scenario:
        return attrs.evolve(changed(scenario, "deployment.order.platform.autoscaler", None), lasts=200.0)

    assert violated("autoscale", fixed)[0] >= {"grows", "shrinks", "bounds"}


def test_a_rollout_loses_nothing_with_a_readiness_probe_and_something_without() -> None:
    seen, verdicts = told("rolling-update")
    assert set(verdicts.values()) == {Status.MET}
    assert seen.figures["complete"] == 10.0


def test_a_shop_without_a_readiness_probe_is_condemned() -> None:
    assert violated("rolling-update", twist("rolling-update"))[0] == {"lost"}


def test_a_pod_that_does_not_answer_is_well_in_its_third_life() -> None:
    seen, verdicts = told("self-healing")
    assert set(verdicts.values()) == {Status.MET}
    assert 30.0 < seen.figures["well"] < 90.0


def test_a_shop_without_a_liveness_probe_is_condemned() -> None:
    assert violated("self-healing", twist("self-healing"))[0] == {"restarts", "well"}
