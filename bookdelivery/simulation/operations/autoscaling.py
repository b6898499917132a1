"""An autoscaler at work: it measures the pods' use of CPU, and has the keeper add pods or take them away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import attrs

from bookdelivery.simulation.operations.autoscaler import Autoscaler
from bookdelivery.simulation.operations.keeper import Keeper
from bookdelivery.simulation.operations.scaling import Scaling
from bookdelivery.simulation.operations.utilization import PodSeen, recommend
from bookdelivery.simulation.operations.ward import Ward
from bookdelivery.simulation.tables import Table

if TYPE_CHECKING:
    from bookdelivery.simulation.pods import Pod

_UNKNOWN = -1


@attrs.frozen
class _Scrape:
    """What the metrics server has read of a pod last."""

    life: int
    used_s: float
    use_millicores: int | None


async def autoscale(context: str, settings: Autoscaler, keeper: Keeper, scaling: Table) -> None:
    """Sample and scale for ever: samples first where both fall on one moment.

    Args:
        context: whose pods.
        settings: the autoscaler's.
        keeper: looks after the pods.
        scaling: where each look is written down.
    """
    loop = asyncio.get_running_loop()
    memory = Scaling(settings)
    scrapes: dict[Pod, _Scrape] = {}
    scraped_s = loop.time()
    samples, looks = 1, 1
    while True:
        next_sample_s, next_look_s = samples * settings.metric_resolution_s, looks * settings.sync_period_s
        await asyncio.sleep(min(next_sample_s, next_look_s) - loop.time())
        if next_sample_s <= next_look_s:
            scrapes = {ward.pod: _scrape(ward.pod, scrapes, settings) for ward in keeper.wards if ward.pod.is_up}
            scraped_s = loop.time()
            samples += 1
        else:
            looks += 1
            _look(context, settings, keeper, memory, scrapes, scraped_s, scaling)


def _scrape(pod: Pod, before: dict[Pod, _Scrape], settings: Autoscaler) -> _Scrape:
    used_s = 0.0 if pod.cpu is None else pod.cpu.used_s
    last = before.get(pod)
    if last is None or last.life != pod.life:
        return _Scrape(pod.life, used_s, None)
    return _Scrape(pod.life, used_s, round(1000 * (used_s - last.used_s) / settings.metric_resolution_s))


def _look(
    context: str,
    settings: Autoscaler,
    keeper: Keeper,
    memory: Scaling,
    scrapes: dict[Pod, _Scrape],
    scraped_s: float,
    scaling: Table,
) -> None:
    now_s = asyncio.get_running_loop().time()
    wards = keeper.wards
    seen = [_seen(ward, keeper, settings, scrapes.get(ward.pod), scraped_s) for ward in wards]
    found = recommend(settings, keeper.wanted, seen, now_s)
    wanted = memory.next_replicas(keeper.wanted, None if found is None else found.replicas, now_s)
    ready = sum(ward.is_ready for ward in wards)
    percent, recommended = (_UNKNOWN, _UNKNOWN) if found is None else (found.cpu_percent, found.replicas)
    scaling.add((now_s, context, ready, percent, recommended, wanted))
    if wanted != keeper.wanted:
        keeper.scale(wanted)


def _seen(ward: Ward, keeper: Keeper, settings: Autoscaler, scrape: _Scrape | None, scraped_s: float) -> PodSeen:
    return PodSeen(
        request_millicores=max(1, round(1000 * keeper.platform.cpu_request)),
        running=ward.is_running,
        started_s=ward.started_s,
        ready=ward.is_ready,
        ready_changed_s=ward.ready_changed_s,
        use_millicores=scrape.use_millicores if scrape is not None and scrape.life == ward.pod.life else None,
        sampled_s=scraped_s,
        sample_window_s=settings.metric_resolution_s,
    )
