"""What a Deployment says of its pods: their number, resources, probes, and how they come and go."""

from __future__ import annotations

import re
from typing import Any

import attrs

from bookdelivery.simulation.operations import Probe, RollingUpdate
from bookdelivery.simulation.scenario.kubernetes.fields import (
    Fields,
    cores,
    labels,
    number_or_percent,
    seconds,
    text,
    whole,
)

_NO_LABELS: dict[str, str] = {}
_HANDLERS = ("httpGet", "tcpSocket", "exec", "grpc")


@attrs.define(kw_only=True)
class PodsOf:
    """What a Deployment says.

    Attributes:
        replicas: how many pods.
        labels: of the pods.
        cores: their limit of CPU; None: none is said.
        platform: fields of a `Platform`.
    """

    replicas: int
    labels: dict[str, str]
    cores: float | None
    platform: dict[str, Any]


def read_deployment(manifest: Fields) -> PodsOf:
    """Read an `apps/v1` Deployment, whose `apiVersion`, `kind` and `metadata` have been taken."""
    spec = manifest.inner("spec")
    spec.skip("selector", "revisionHistoryLimit")
    platform: dict[str, Any] = {
        "min_ready_s": spec.take("minReadySeconds", seconds, 0.0),
        "progress_deadline_s": spec.take("progressDeadlineSeconds", seconds, 600.0),
        "update": _strategy(spec.inner("strategy")),
    }
    replicas = spec.take("replicas", whole(1), 1)
    template = spec.inner("template")
    metadata = template.inner("metadata")
    of_pods = metadata.take("labels", labels, _NO_LABELS)
    metadata.skip("annotations", "name", "creationTimestamp")
    metadata.end()
    pod = template.inner("spec")
    platform["termination_grace_period_s"] = pod.take("terminationGracePeriodSeconds", seconds, 30.0)
    pod.skip("serviceAccountName", "serviceAccount", "imagePullSecrets", "automountServiceAccountToken")
    pod.skip("securityContext", "volumes", "restartPolicy", "dnsPolicy", "schedulerName", "enableServiceLinks")
    limit = _container(pod, platform)
    pod.end()
    template.end()
    spec.end()
    manifest.end()
    return PodsOf(replicas=replicas, labels=of_pods, cores=limit, platform=platform)


def _strategy(strategy: Fields) -> RollingUpdate:
    def only_rolling(value: Any) -> str:
        if value != "RollingUpdate":
            raise ValueError("RollingUpdate: the simulation knows no other strategy")
        return str(value)

    strategy.take("type", only_rolling, "RollingUpdate")
    rolling = strategy.inner("rollingUpdate")
    surge = rolling.take("maxSurge", number_or_percent, "25%")
    unavailable = rolling.take("maxUnavailable", number_or_percent, "25%")
    rolling.end()
    strategy.end()
    if surge in _NOTHING and unavailable in _NOTHING:
        rolling.notes.wrong(rolling.below("maxUnavailable"), unavailable, "above 0 where maxSurge is 0")
        return RollingUpdate()
    return RollingUpdate(max_surge=surge, max_unavailable=unavailable)


_NOTHING = (0, "0%")


def _container(pod: Fields, platform: dict[str, Any]) -> float | None:
    containers = pod.items("containers")
    if not containers:
        pod.notes.missing(pod.below("containers"), "one container")
        return None
    for other in containers[1:]:
        pod.notes.wrong(
            other.key, other.take("name", text, "another container"), "left out: a simulated pod is one container"
        )
    container = containers[0]
    container.skip("name", "image", "imagePullPolicy", "ports", "env", "envFrom", "command", "args", "workingDir")
    container.skip("volumeMounts", "securityContext", "terminationMessagePath", "terminationMessagePolicy")
    limit = _resources(container.inner("resources"), platform)
    for field, name in (("readiness", "readinessProbe"), ("liveness", "livenessProbe")):
        if container.has(name):
            platform[field] = _probe(container.inner(name))
    lifecycle = container.inner("lifecycle")
    if lifecycle.has("preStop"):
        platform["pre_stop_s"] = _pre_stop(lifecycle.inner("preStop"))
    lifecycle.end()
    container.end()
    return limit


def _resources(resources: Fields, platform: dict[str, Any]) -> float | None:
    requests, limits = resources.inner("requests"), resources.inner("limits")
    limit: float | None = limits.take("cpu", cores, 0.0) or None
    # Without a request, Kubernetes takes the limit for it.
    request = requests.take("cpu", cores, 0.0) or limit
    if request is not None:
        platform["cpu_request"] = request
    requests.end()
    limits.end()
    resources.end()
    return limit


def _probe(probe: Fields) -> Probe:
    # What is asked and how makes no difference: a simulated pod answers well as soon as it serves.
    probe.skip(*_HANDLERS)
    read = Probe(
        initial_delay_s=probe.take("initialDelaySeconds", seconds, 0.0),
        period_s=probe.take("periodSeconds", whole(1), 10),
        timeout_s=probe.take("timeoutSeconds", whole(1), 1),
        success_threshold=probe.take("successThreshold", whole(1), 1),
        failure_threshold=probe.take("failureThreshold", whole(1), 3),
    )
    probe.end()
    return read


def _pre_stop(hook: Fields) -> float:
    sleep = hook.inner("sleep")
    slept_s = sleep.take("seconds", seconds, 0.0)
    sleep.end()
    execution = hook.inner("exec")
    slept_s += execution.take("command", _sleeping, 0.0)
    execution.end()
    hook.end()
    return slept_s


def _sleeping(command: Any) -> float:
    """Read a command that does nothing but sleep: `["sleep", "5"]`, or the same by a shell."""
    match = re.fullmatch(r"(?:(?:/bin/)?(?:ba)?sh -c )?(?:/bin/)?sleep (\d+)s?", " ".join(map(str, command)))
    if not isinstance(command, list) or match is None:
        raise ValueError("a command that sleeps, such as [sleep, '5']: the simulation knows no other")
    return float(match[1])
