"""`make services` starts servers once, says what is in its way, and stops just what it started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.addresses import HOST, ROOT, port_of
from tests.servers.places import reachable_home
from tests.servers.urls import redis_url


def servers(action: str, directory: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Do something with the Redis of a directory."""
    environment = {"BOOKDELIVERY_SERVICES_DIR": str(directory), "BOOKDELIVERY_REDIS_PORT": str(port)}
    return subprocess.run(
        [sys.executable, "-m", "tests.servers", action, "redis"],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.mark.services
def test_a_server_is_started_once_and_stopped_once(tmp_path: Path) -> None:
    redis_url()  # it is installed, then
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    assert f"redis: does not run ({HOST}:{port}" in servers("status", tmp_path, port).stdout
    try:
        assert servers("start", tmp_path, port).stdout == f"redis: started, {HOST}:{port}\n"
        pid = (tmp_path / "redis.pid").read_text()
        assert servers("start", tmp_path, port).stdout == f"redis: runs already, {HOST}:{port}\n"
        assert (tmp_path / "redis.pid").read_text() == pid
        assert f"redis: answers ({HOST}:{port}" in servers("status", tmp_path, port).stdout
    finally:
        stopped = servers("stop", tmp_path, port)
    assert stopped.stdout == "redis: stopped\n"
    assert servers("stop", tmp_path, port).stdout == "redis: did not run\n"


@pytest.mark.services
def test_a_port_in_use_is_an_error_that_says_how_to_choose_another(tmp_path: Path, taken: int) -> None:
    redis_url()
    failed = servers("start", tmp_path, taken)
    assert failed.returncode == 1
    assert f"error: redis: port {taken} is in use by another process" in failed.stderr
    assert "BOOKDELIVERY_REDIS_PORT" in failed.stderr


def test_the_process_id_of_a_server_that_ended_is_not_taken_for_somebody_elses(tmp_path: Path) -> None:
    # This very process has that number, but was started at another time.
    (tmp_path / "redis.pid").write_text(f"{os.getpid()} 1\n")
    assert servers("stop", tmp_path, 16379).stdout == "redis: did not run\n"


@pytest.mark.parametrize("text", ["", "kafka", "80", "65536", "-1"])
def test_a_port_that_is_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKDELIVERY_KAFKA_PORT", text)
    with pytest.raises(ValueError, match=f"BOOKDELIVERY_KAFKA_PORT is '{text}': give a port number from 1024 to 65000"):
        port_of("kafka")


def test_data_stay_in_the_working_copy_where_the_servers_user_can_reach_it(tmp_path: Path) -> None:
    assert reachable_home(tmp_path / "postgresql", None) == tmp_path / "postgresql"


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody but root runs a server as somebody else")
def test_data_go_elsewhere_where_the_servers_user_cannot_reach_the_working_copy(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    elsewhere = reachable_home(closed / "postgresql", "nobody")
    assert elsewhere.parent == Path("/var/tmp")  # noqa: S108
    assert elsewhere.name.startswith("bookdelivery-postgresql-")
