"""What becomes of a HorizontalPodAutoscaler's recommendations: how many pods there may be next."""

from __future__ import annotations

import math
from collections import deque

import attrs

from bookdelivery.simulation.operations.autoscaler import (
    Autoscaler,
    Behavior,
    PolicyType,
    ScalingPolicy,
    ScalingRules,
    SelectPolicy,
)

_LEAST_UP_LIMIT = 4
"""Pods that may be there at once, however few there were before, where there is no `behavior`."""

_LONGEST_POLICY_PERIOD_S = 1800.0
"""What Kubernetes allows at most."""


@attrs.define
class Scaling:
    """The memory of one autoscaler: it turns recommendations into numbers of pods (`horizontal.go`).

    Args:
        settings: the autoscaler's.
    """

    settings: Autoscaler
    _recommended: deque[tuple[float, int]] = attrs.field(factory=deque, init=False)
    _added: deque[tuple[float, int]] = attrs.field(factory=deque, init=False)
    _removed: deque[tuple[float, int]] = attrs.field(factory=deque, init=False)

    def next_replicas(self, current: int, recommended: int | None, now_s: float) -> int:
        """Say how many pods there are to be from now on.

        Args:
            current: how many are wanted at present.
            recommended: how many the metric asks for; None: there is no metric, so nothing changes, but for the least
                and the most that are allowed.
            now_s: the time, in seconds; never less than at the last call.
        """
        settings = self.settings
        if not self._recommended:
            self._recommended.append((now_s, current))
        if current > settings.max_replicas:
            wanted = settings.max_replicas
        elif current < settings.min_replicas:
            wanted = settings.min_replicas
        elif recommended is None:
            wanted = current
        elif settings.behavior is None:
            wanted = self._without_behavior(current, recommended, now_s)
        else:
            wanted = self._with_behavior(settings.behavior, current, recommended, now_s)
        if wanted > current:
            self._added.append((now_s, wanted - current))
        elif wanted < current:
            self._removed.append((now_s, current - wanted))
        return wanted

    def _without_behavior(self, current: int, recommended: int, now_s: float) -> int:
        settings = self.settings
        self._forget(now_s, settings.downscale_stabilization_s)
        highest = max(recommended, *(replicas for _, replicas in self._recommended), 0)
        self._recommended.append((now_s, recommended))
        most = min(settings.max_replicas, max(2 * current, _LEAST_UP_LIMIT))
        return min(max(highest, settings.min_replicas), most)

    def _with_behavior(self, behavior: Behavior, current: int, recommended: int, now_s: float) -> int:
        up_from_s = now_s - behavior.scale_up.stabilization_window_s
        down_from_s = now_s - behavior.scale_down.stabilization_window_s
        self._forget(now_s, now_s - min(up_from_s, down_from_s))
        lowest = min([recommended, *(replicas for at_s, replicas in self._recommended if at_s > up_from_s)])
        highest = max([recommended, *(replicas for at_s, replicas in self._recommended if at_s > down_from_s)])
        self._recommended.append((now_s, recommended))
        wanted = min(max(current, lowest), highest)
        if wanted > current:
            limit = max(current, self._limit(behavior.scale_up, current, now_s, up=True))
            return min(wanted, limit, self.settings.max_replicas)
        if wanted < current:
            limit = min(current, self._limit(behavior.scale_down, current, now_s, up=False))
            return max(wanted, limit, self.settings.min_replicas)
        return wanted

    def _limit(self, rules: ScalingRules, current: int, now_s: float, *, up: bool) -> int:
        """Say how far one may go in this direction: the furthest, or the nearest, of what the policies allow."""
        if rules.select_policy is SelectPolicy.DISABLED:
            return current
        limits = [self._allowed(policy, current, now_s, up=up) for policy in rules.policies]
        return max(limits) if up == (rules.select_policy is SelectPolicy.MAX) else min(limits)

    def _allowed(self, policy: ScalingPolicy, current: int, now_s: float, *, up: bool) -> int:
        since_s = now_s - policy.period_s
        added = sum(change for at_s, change in self._added if at_s > since_s)
        removed = sum(change for at_s, change in self._removed if at_s > since_s)
        before = current - added + removed
        change = policy.value if up else -policy.value
        if policy.type is PolicyType.PODS:
            return before + change
        percent = before * (1 + change / 100)
        # Rounded so that a small percentage of few pods is one pod at least, in both directions.
        return math.ceil(percent) if up else int(percent)

    def _forget(self, now_s: float, window_s: float) -> None:
        """Forget what can never count again."""
        while self._recommended and self._recommended[0][0] < now_s - window_s:
            self._recommended.popleft()
        for changes in (self._added, self._removed):
            while changes and changes[0][0] < now_s - _LONGEST_POLICY_PERIOD_S:
                changes.popleft()
