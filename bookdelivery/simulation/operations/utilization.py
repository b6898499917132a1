"""How many pods a HorizontalPodAutoscaler asks for at one look, from what it sees of the pods there are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs

from bookdelivery.simulation.operations.autoscaler import Autoscaler, Behavior


@attrs.frozen(kw_only=True)
class PodSeen:
    """One pod as the autoscaler sees it; one that has been told to end is not seen any more.

    Attributes:
        request_millicores: what it asks for, in thousandths of a core.
        running: whether its process was started; one whose process was not is pending.
        started_s: when the pod was started, in seconds.
        ready: whether it is ready.
        ready_changed_s: when that last changed, in seconds.
        use_millicores: its use of CPU over the last sample, in thousandths of a core; None: there is no sample.
        sampled_s: the end of that sample, in seconds.
        sample_window_s: the sample's length, in seconds.
    """

    request_millicores: int
    running: bool
    started_s: float
    ready: bool
    ready_changed_s: float
    use_millicores: int | None
    sampled_s: float = 0.0
    sample_window_s: float = 0.0


@attrs.frozen(kw_only=True)
class Recommendation:
    """What comes of one look.

    Attributes:
        replicas: how many pods are asked for, before any limit.
        cpu_percent: the use of CPU that it follows from, in whole percent of the requests, rounded down.
    """

    replicas: int
    cpu_percent: int


def recommend(settings: Autoscaler, current: int, pods: Sequence[PodSeen], now_s: float) -> Recommendation | None:
    """Compute the number of pods (`replica_calculator.go`; kubernetes.io, "Horizontal Pod Autoscaling").

    In the main it is ceil(pods x use / target), unless use / target is within the tolerance of 1. Pods without a sample
    are taken to use all they request (or the target, if that is more) where the others suggest fewer pods, and nothing
    where they suggest more; pods that are not ready yet are left out, or taken to use nothing where the others suggest
    more. If that turns the direction round, nothing is done.

    Args:
        settings: the autoscaler's.
        current: how many pods are wanted at present.
        pods: those there are.
        now_s: the time, in seconds.

    Returns:
        What is asked for; None if no pod that counts has a sample.
    """
    ready, unready, without_sample = _sorted(settings, pods, now_s)
    if not ready:
        return None
    uses = [(pod.use_millicores or 0, pod.request_millicores) for pod in ready]
    cpu_percent = _percent(uses)
    ratio = cpu_percent / settings.target_cpu_percent
    if without_sample or (unready and ratio > 1.0):
        uses += _assumed(settings, ratio, unready, without_sample)
        replicas = _cautious(settings, current, ratio, uses)
    else:
        replicas = current if _is_tolerated(settings, ratio) else math.ceil(ratio * len(uses))
    return Recommendation(replicas=replicas, cpu_percent=cpu_percent)


def _sorted(
    settings: Autoscaler, pods: Sequence[PodSeen], now_s: float
) -> tuple[list[PodSeen], list[PodSeen], list[PodSeen]]:
    """Tell the pods that count from those that are not ready yet, and from those without a sample."""
    ready: list[PodSeen] = []
    unready: list[PodSeen] = []
    without_sample: list[PodSeen] = []
    for pod in pods:
        if not pod.running:
            unready.append(pod)
        elif pod.use_millicores is None:
            without_sample.append(pod)
        elif _is_unready(settings, pod, now_s):
            unready.append(pod)
        else:
            ready.append(pod)
    return ready, unready, without_sample


def _assumed(
    settings: Autoscaler, ratio: float, unready: Sequence[PodSeen], without_sample: Sequence[PodSeen]
) -> list[tuple[int, int]]:
    """Give what the pods of which nothing is known are taken to use."""
    if ratio > 1.0:
        return [(0, pod.request_millicores) for pod in (*without_sample, *unready)]
    if ratio == 1.0:
        return []
    percent = max(100, settings.target_cpu_percent)
    return [(pod.request_millicores * percent // 100, pod.request_millicores) for pod in without_sample]


def _cautious(settings: Autoscaler, current: int, ratio: float, uses: Sequence[tuple[int, int]]) -> int:
    """Compute the number with the assumed uses in it, unless it is turned round by them."""
    cautious = _percent(uses) / settings.target_cpu_percent
    replicas = math.ceil(cautious * len(uses))
    up, down = cautious > 1.0, cautious < 1.0
    turned = (
        (ratio < 1.0 and up) or (ratio > 1.0 and down) or (down and replicas > current) or (up and replicas < current)
    )
    return current if turned or _is_tolerated(settings, cautious) else replicas


def _is_unready(settings: Autoscaler, pod: PodSeen, now_s: float) -> bool:
    if pod.started_s + settings.cpu_initialization_period_s > now_s:
        return not pod.ready or pod.sampled_s < pod.ready_changed_s + pod.sample_window_s
    return not pod.ready and pod.started_s + settings.initial_readiness_delay_s > pod.ready_changed_s


def _percent(uses: Sequence[tuple[int, int]]) -> int:
    return sum(use for use, _ in uses) * 100 // sum(request for _, request in uses)


def _is_tolerated(settings: Autoscaler, ratio: float) -> bool:
    behavior = settings.behavior or Behavior()
    up, down = behavior.scale_up.tolerance, behavior.scale_down.tolerance
    least = 1.0 - (settings.tolerance if down is None else down)
    most = 1.0 + (settings.tolerance if up is None else up)
    return least <= ratio <= most
