"""A web service of somebody else's has the bookstore in it: a real process, asked over HTTP, ended in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bookdelivery.services.drill.ports import free_ports
from tests.services.processes import PATIENCE_S, eventually

ROOT = Path(__file__).parents[2]
FRAMEWORKS = pytest.mark.parametrize("framework", ["with_fastapi", "with_litestar"])


@contextmanager
def served(framework: str, folder: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    """Start the service on a free port, and see that it ends when it is asked to."""
    port = free_ports(1)
    command = [sys.executable, "-m", "uvicorn", f"examples.embedded_in_a_service.{framework}:app", f"--port={port}"]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "BOOKSTORE_URL": "sqlite:///shop.db"}
    process = subprocess.Popen(command, cwd=folder, env=surroundings)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as http:
            eventually(lambda: process.poll() is not None or answers(http))
            yield http, process
            process.send_signal(signal.SIGTERM)
            # uvicorn has finished with all it had in hand, and then ends by the signal that it was sent.
            assert process.wait(PATIENCE_S) in (0, -signal.SIGTERM)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(PATIENCE_S)


def answers(http: httpx.Client) -> bool:
    """Say whether anybody is there yet."""
    try:
        return http.get("/timetable").is_success
    except httpx.TransportError:
        return False


@pytest.mark.slow
@FRAMEWORKS
def test_it_sells_books_beside_its_own_routes_and_orders_outlive_the_process(framework: str, tmp_path: Path) -> None:
    with served(framework, tmp_path) as (http, _):
        assert http.get("/timetable").json() == ["Monday: event storming", "Tuesday: sagas"]
        large = http.post("/textbooks", params={"student": 7, "copies": 3})
        assert large.status_code == 201
        assert large.json()["complete"]
        small = http.post("/textbooks", params={"student": 8, "copies": 1})
    # What had not reached the gifts when the service was asked to end, it has seen to before it did.
    with served(framework, tmp_path) as (http, _):
        assert http.get(f"/textbooks/{large.json()['order']}").json()["gift"]
        assert not http.get(f"/textbooks/{small.json()['order']}").json()["gift"]


@FRAMEWORKS
def test_what_cannot_be_is_said_in_the_words_of_http(framework: str, tmp_path: Path) -> None:
    with served(framework, tmp_path) as (http, _):
        wrong = http.post("/textbooks", params={"student": 7, "copies": 0})
        assert wrong.status_code == 422
        assert "qty" in wrong.json()["detail"]
        assert http.get("/textbooks/4711").status_code == 404
