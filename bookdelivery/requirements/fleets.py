"""How the bookstore's contexts are taken to be deployed and to fail: what their yearly uptime is judged by.

These figures are assumptions, not measurements; whoever knows better passes a `Fleet` of their own to `judge_uptime`.
Where Kubernetes has a default, it is Kubernetes' (kubernetes.io, "Nodes" and "Taints and Tolerations"): a node that
says nothing for 50 s is taken for lost and gets no more requests, and its pods are made anew elsewhere 300 s later. A
pod that hangs is found by its probes. Payment has no fleet, as its uptime is its provider's.
"""

from __future__ import annotations

from collections.abc import Mapping

from bookdelivery.simulation.distributions import Distribution, LogNormal, Uniform
from bookdelivery.simulation.operations import Probe
from bookdelivery.simulation.uptime import CommonOutage, Fleet, PodFailure, Rollouts, Sum, noticed_after

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S

START_UP_S = Uniform(8.0, 15.0)
"""From the start of a pod until it serves."""

READINESS = Probe(period_s=5.0)
LIVENESS = Probe()

NODE_LOST_S, EVICTED_S = 50.0, 300.0
"""`node-monitor-grace-period`, and `tolerationSeconds` of a pod on a node that cannot be reached."""


def _noticed_after(probe: Probe) -> Distribution:
    return noticed_after(probe.period_s, probe.failure_threshold, probe.timeout_s)


CRASHES = PodFailure(label="crash", mtbf_s=7 * DAY_S, repair_s=START_UP_S)
"""The process ends, and is started again at once."""

HANGS = PodFailure(
    label="hang",
    mtbf_s=30 * DAY_S,
    unnoticed_s=_noticed_after(READINESS),
    repair_s=Sum([_noticed_after(LIVENESS), START_UP_S]),
)
"""The process is there and does not answer, until its liveness probe has it killed."""

NODES = PodFailure(
    label="node", mtbf_s=365 * DAY_S, unnoticed_s=NODE_LOST_S, repair_s=Sum([NODE_LOST_S + EVICTED_S, START_UP_S])
)
"""The machine goes, and the pod has to wait until it is given up for lost."""

STORE_FAILS_OVER = CommonOutage(label="store", mtbf_s=180 * DAY_S, lasts_s=LogNormal(30.0, 0.5))
"""The context's own database changes to its replica."""

ZONE = CommonOutage(label="zone", mtbf_s=10 * 365 * DAY_S, lasts_s=LogNormal(600.0, 1.0))
"""The whole zone is away."""


def _core(rollouts_every_s: float) -> Fleet:
    return Fleet(
        replicas=3,
        failures=[CRASHES, HANGS, NODES],
        outages=[STORE_FAILS_OVER, ZONE],
        rollouts=Rollouts(every_s=rollouts_every_s, start_up_s=START_UP_S, max_surge=1, max_unavailable=0, bad=0.05),
    )


FLEETS: Mapping[str, Fleet] = {
    "order": _core(7 * DAY_S),
    "ordermanagement": _core(30 * DAY_S),
    # It is rolled out with order.
    "mypage": _core(7 * DAY_S),
    "delivery": Fleet(
        replicas=1,
        failures=[
            CRASHES,
            # Nobody is on call: whoever comes in the morning sees to it.
            PodFailure(label="stuck", mtbf_s=3 * DAY_S, repair_s=LogNormal(8 * HOUR_S, 0.7)),
        ],
        outages=[STORE_FAILS_OVER, ZONE],
        rollouts=Rollouts(
            every_s=3.5 * DAY_S, start_up_s=START_UP_S, probed=False, bad=0.1, rolled_back_s=LogNormal(4 * HOUR_S, 0.7)
        ),
    ),
}
"""By context. The core serves as long as one of three pods does; delivery is one pod that nobody watches."""
