"""A short drill: services, PostgreSQL and Kafka are killed under load, and nothing that was promised is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.servers.drilling import drill

pytestmark = [pytest.mark.services, pytest.mark.timeout(1800)]


def test_killed_services_and_servers_lose_and_double_nothing(tmp_path: Path) -> None:
    done = drill(["--kills", "6", "--json", "--report", str(tmp_path / "report")], tmp_path)

    told = json.loads(done.stdout)
    broken = [
        one for verdict in told["verdicts"] for finding in verdict["findings"] for one in finding["counterexamples"]
    ]
    assert (done.returncode, broken) == (0, [])
    assert {verdict["id"] for verdict in told["verdicts"]} == {"kept", "N1"}
    requests = json.loads((tmp_path / "report" / "requests.json").read_text())
    assert [one for one in requests if (one["kind"], one["outcome"]) == ("place", "placed")]
