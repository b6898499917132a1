"""Settings of operations: Kubernetes' defaults, and clear words for what cannot be."""

from typing import Any

import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.operations import (
    RECOMMENDED_ALERTS,
    Autoscaler,
    Behavior,
    BurnRateAlert,
    DisruptionBudget,
    Maintenance,
    Objective,
    Platform,
    PolicyType,
    Probe,
    RestartBackOff,
    RollingUpdate,
    Rollout,
    ScalingPolicy,
    ScalingRules,
    SelectPolicy,
    Severity,
)

PODS = ScalingPolicy(type=PolicyType.PODS, value=1, period_s=60)


def test_the_defaults_are_those_of_kubernetes() -> None:
    probe, platform, autoscaler, behavior = Probe(), Platform(), Autoscaler(max_replicas=3), Behavior()
    assert (probe.initial_delay_s, probe.period_s, probe.timeout_s) == (0, 10, 1)
    assert (probe.success_threshold, probe.failure_threshold) == (1, 3)
    assert (platform.min_ready_s, platform.progress_deadline_s, platform.termination_grace_period_s) == (0, 600, 30)
    assert (platform.update.max_surge, platform.update.max_unavailable) == ("25%", "25%")
    assert (platform.restarts.first_s, platform.restarts.longest_s) == (10, 300)
    assert (autoscaler.min_replicas, autoscaler.target_cpu_percent, autoscaler.behavior) == (1, 80, None)
    assert (autoscaler.sync_period_s, autoscaler.tolerance) == (15, 0.1)
    assert (behavior.scale_up.stabilization_window_s, behavior.scale_down.stabilization_window_s) == (0, 300)
    assert behavior.scale_up.select_policy is behavior.scale_down.select_policy is SelectPolicy.MAX


def test_the_recommended_alerts_are_the_workbooks() -> None:
    table = [(alert.long_s, alert.short_s, alert.burn_rate, alert.severity) for alert in RECOMMENDED_ALERTS]
    assert table == [
        (3600, 300, 14.4, Severity.PAGE),
        (6 * 3600, 1800, 6.0, Severity.PAGE),
        (3 * 86400, 6 * 3600, 1.0, Severity.TICKET),
    ]
    assert Objective("orders").budget == pytest.approx(0.001)


def test_words_may_be_given_as_kubernetes_writes_them() -> None:
    rules = ScalingRules(
        stabilization_window_s=0, select_policy="Min", policies=[ScalingPolicy(type="Percent", value=10, period_s=60)]
    )
    assert rules.select_policy is SelectPolicy.MIN
    assert rules.policies[0].type is PolicyType.PERCENT
    assert BurnRateAlert(long_s=60, short_s=5, burn_rate=1, severity="ticket").severity is Severity.TICKET


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (Probe, {"period_s": 0}, "Probe.period_s is 0, but must be a positive number of seconds"),
        (Probe, {"failure_threshold": 0}, "Probe.failure_threshold is 0"),
        (RestartBackOff, {"first_s": 9, "longest_s": 8}, "RestartBackOff.longest_s is 8, but must be at least first_s"),
        (Autoscaler, {"min_replicas": 3, "max_replicas": 2}, "Autoscaler.max_replicas is 2, but must be at least min"),
        (Autoscaler, {"max_replicas": 2, "behavior": 3}, "Autoscaler.behavior is 3, but must be a Behavior, or None"),
        (ScalingPolicy, {"type": "Nodes", "value": 1, "period_s": 1}, "ScalingPolicy.type is 'Nodes', but must be"),
        (ScalingPolicy, {"type": "Pods", "value": 1, "period_s": 1801}, "ScalingPolicy.period_s is 1801"),
        (ScalingRules, {"stabilization_window_s": 0, "policies": []}, "ScalingRules.policies is ()"),
        (ScalingRules, {"stabilization_window_s": 3601, "policies": [PODS]}, "ScalingRules.stabilization_window_s"),
        (RollingUpdate, {"max_surge": 0, "max_unavailable": "0%"}, "RollingUpdate.max_unavailable is '0%'"),
        (RollingUpdate, {"max_unavailable": "101%"}, "RollingUpdate.max_unavailable is '101%', but must be at most"),
        (RollingUpdate, {"max_surge": "a few"}, "RollingUpdate.max_surge is 'a few', but must be a number of pods"),
        (RollingUpdate, {"max_surge": -1}, "RollingUpdate.max_surge is -1"),
        (DisruptionBudget, {}, "DisruptionBudget.min_available is None, but must be given, unless max"),
        (DisruptionBudget, {"min_available": 1, "max_unavailable": 1}, "DisruptionBudget.min_available is 1"),
        (Platform, {"liveness": Probe(success_threshold=2)}, "Platform.liveness.success_threshold is 2"),
        (Platform, {"min_ready_s": 600}, "Platform.progress_deadline_s is 600"),
        (Platform, {"readiness": 10}, "Platform.readiness is 10, but must be a Probe, or None"),
        (Platform, {"cpu_request": 0}, "Platform.cpu_request is 0, but must be a positive number"),
        (Rollout, {"context": "order", "at": -1}, "Rollout.at is -1, but must be a number of seconds, 0 or more"),
        (Rollout, {"context": "order", "at": 1, "gets_ready": "no"}, "Rollout.gets_ready is 'no', but must be True"),
        (Maintenance, {"context": "", "at": 1}, "Maintenance.context is '', but must be a name"),
        (Objective, {"name": "orders", "goal": 1.0}, "Objective.goal is 1.0, but must be a part above 0 and below 1"),
        (Objective, {"name": "orders", "kinds": ()}, "Objective.kinds is (), but must be one name or more"),
        (Objective, {"name": "orders", "alerts": [1]}, "Objective.alerts is (1,), but must be a list of BurnRateAlert"),
        (BurnRateAlert, {"long_s": 1, "short_s": 1, "burn_rate": 2}, "BurnRateAlert.short_s is 1, but must be shorter"),
        (
            BurnRateAlert,
            {"long_s": 2, "short_s": 1, "burn_rate": 2, "severity": "cry"},
            "BurnRateAlert.severity is 'cry', but must be 'page' or 'ticket'",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_field_the_value_and_what_is_allowed(
    kind: type[Any], given: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidField) as caught:
        kind(**given)
    assert str(caught.value).startswith(message)
