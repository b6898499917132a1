"""The drills that come with the package meet their requirements, on real processes and real servers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers.drilling import drill
from tests.servers.urls import kafka_url

pytestmark = pytest.mark.timeout(1800)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a drill; what it says meanwhile is shown where a test fails."""
    command = [sys.executable, "-m", "bookdelivery", "drill", *arguments]
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)


def all_met(done: subprocess.CompletedProcess[str], *ids: str) -> None:
    told: dict[str, Any] = json.loads(done.stdout)
    broken = [
        one for verdict in told["verdicts"] for finding in verdict["findings"] for one in finding["counterexamples"]
    ]
    assert (done.returncode, broken) == (0, [])
    assert {verdict["id"] for verdict in told["verdicts"]} == {"kept", "N1", *ids}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "shows"),
    [("store-down", "N2"), ("payment-overload", "N3"), ("catch-up", "N2"), ("rolling-restart", "rolling-restart")],
)
def test_a_drill_that_needs_no_server_meets_what_it_must_show(name: str, shows: str) -> None:
    all_met(run(name, "--json"), shows)


@pytest.mark.services
def test_a_second_consumer_on_one_partition_waits_until_the_first_is_gone() -> None:
    all_met(run("consumer-replica", "--json", "--broker-url", kafka_url()), "consumer-replica")


@pytest.mark.services
def test_broker_and_database_killed_and_stopped_by_a_schedule_lose_and_double_nothing(tmp_path: Path) -> None:
    all_met(drill(["servers", "--json"], tmp_path))
