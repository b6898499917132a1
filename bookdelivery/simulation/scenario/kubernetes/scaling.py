"""What a HorizontalPodAutoscaler says."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import attrs

from bookdelivery.simulation.operations import (
    Autoscaler,
    Behavior,
    PolicyType,
    ScalingPolicy,
    ScalingRules,
    SelectPolicy,
)
from bookdelivery.simulation.scenario.kubernetes.fields import Fields, seconds, text, whole


def read_autoscaler(manifest: Fields) -> tuple[str, Autoscaler | None]:
    """Read an `autoscaling/v2` HorizontalPodAutoscaler: which Deployment it is for, and its settings.

    The settings are None where it says nothing that could be simulated; that has been noted then.
    """
    spec = manifest.inner("spec")
    target = _target(spec.inner("scaleTargetRef"))
    least = spec.take("minReplicas", whole(1), 1)
    most = spec.take("maxReplicas", whole(1), 0)
    percent = _cpu_target(spec)
    behavior = _behavior(spec.inner("behavior")) if spec.has("behavior") else None
    spec.end()
    manifest.end()
    if not most:
        manifest.notes.missing(spec.below("maxReplicas"), "a whole number, 1 or more")
    elif most < least:
        manifest.notes.wrong(spec.below("maxReplicas"), most, f"at least minReplicas, which is {least}")
    if percent is None or manifest.notes.problems:
        return target, None
    settings = Autoscaler(min_replicas=least, max_replicas=most, target_cpu_percent=percent, behavior=behavior)
    return target, settings


def _target(reference: Fields) -> str:
    def only_deployments(value: Any) -> str:
        if value != "Deployment":
            raise ValueError("Deployment: the simulation scales nothing else")
        return str(value)

    reference.skip("apiVersion")
    reference.take("kind", only_deployments, "Deployment")
    name = reference.take("name", text, "")
    if not name:
        reference.notes.missing(reference.below("name"), "a Deployment's name")
    reference.end()
    return name


def _cpu_target(spec: Fields) -> int | None:
    metrics = spec.items("metrics")
    percent: int | None = None
    for metric in metrics:
        metric.take("type", _only("Resource", "the simulation measures nothing else"), "")
        resource = metric.inner("resource")
        resource.take("name", _only("cpu", "the simulation measures nothing else"), "")
        target = resource.inner("target")
        target.take("type", _only("Utilization", "the simulation knows no other target"), "")
        percent = target.take("averageUtilization", whole(1), 0) or percent
        for level in (target, resource, metric):
            level.end()
    if percent is None:
        key = spec.below("metrics")
        spec.notes.missing(f"{key}[0].resource.target.averageUtilization", "a percentage of the CPU that pods request")
    for other in metrics[1:]:
        spec.notes.wrong(other.key, "another metric", "left out: the simulation scales by one metric")
    return percent


def _only(word: str, why: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value != word:
            raise ValueError(f"{word}: {why}")
        return word

    return read


def _behavior(behavior: Fields) -> Behavior:
    usual = Behavior()
    read = Behavior(
        scale_up=_rules(behavior.inner("scaleUp"), usual.scale_up),
        scale_down=_rules(behavior.inner("scaleDown"), usual.scale_down),
    )
    behavior.end()
    return read


def _rules(rules: Fields, usual: ScalingRules) -> ScalingRules:
    policies = [_policy(policy) for policy in rules.items("policies")]
    read = attrs.evolve(
        usual,
        stabilization_window_s=rules.take("stabilizationWindowSeconds", _window, usual.stabilization_window_s),
        select_policy=rules.take("selectPolicy", _word(SelectPolicy), usual.select_policy),
        policies=policies or usual.policies,
        tolerance=rules.take("tolerance", _tolerance, usual.tolerance),
    )
    rules.end()
    return read


def _policy(policy: Fields) -> ScalingPolicy:
    read = ScalingPolicy(
        type=policy.take("type", _word(PolicyType), PolicyType.PODS),
        value=policy.take("value", whole(1), 1),
        period_s=policy.take("periodSeconds", _period, 15.0),
    )
    policy.end()
    return read


def _word(words: type[StrEnum]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value not in tuple(words):
            raise ValueError(f"one of {', '.join(words)}")
        return words(value)

    return read


def _window(value: Any) -> float:
    if seconds(value) > 3600:
        raise ValueError("a number of seconds from 0 to 3600")
    return float(value)


def _period(value: Any) -> float:
    if not 0 < seconds(value) <= 1800:
        raise ValueError("a number of seconds from 1 to 1800")
    return float(value)


def _tolerance(value: Any) -> float | None:
    try:
        read = float(value)
    except (TypeError, ValueError):
        read = -1.0
    if not 0 <= read < float("inf"):
        raise ValueError("a part such as 0.1")
    return read
