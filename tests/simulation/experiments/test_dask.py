"""Beyond one machine: a real Dask cluster runs replications, and gives what one process gives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import distributed
import pytest

from bookdelivery.simulation.experiments import replicate, replication_seed, sweep
from tests.simulation.experiments.little import LITTLE, METRICS, Kills, Stumbles, metric, till

pytestmark = [
    pytest.mark.timeout(180),
    # Dask's own ways of starting and stopping, which are no business of ours.
    pytest.mark.filterwarnings("default"),
]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs="ERROR"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.wait_for_workers(2)
        yield client


@pytest.mark.slow
def test_a_cluster_of_two_gives_what_one_process_gives(client: Any) -> None:
    assert len(client.scheduler_info()["workers"]) == 2
    alone = replicate(LITTLE, 6, system=till, metrics=METRICS, workers=1)
    assert replicate(LITTLE, 6, system=till, metrics=METRICS, executor=client.get_executor()) == alone


def test_a_sweep_on_a_cluster_reports_what_failed_and_keeps_what_did_not(client: Any, tmp_path: Path) -> None:
    unlucky = replication_seed(3, 2)
    found = sweep(
        LITTLE,
        {"load.per_second": [0.3, 0.5]},
        2,
        system=till,
        metrics=[metric(Stumbles((unlucky,)))],
        executor=client.get_executor(),
        directory=tmp_path,
    )
    assert [failure.seed for failure in found.failures] == [unlucky, unlucky]
    assert len(found.table) == len(list(tmp_path.iterdir())) == 2


def test_a_worker_killed_in_the_middle_of_it_is_replaced_and_nothing_is_lost(client: Any, tmp_path: Path) -> None:
    deadly = Kills(tmp_path, seed=replication_seed(3, 2), times=1, spare=os.getpid())
    found = replicate(LITTLE, 4, system=till, metrics=[metric(deadly)], executor=client.get_executor())
    assert len(list(tmp_path.iterdir())) == 1
    assert len(found.runs) == 4
    assert found.failures == ()
